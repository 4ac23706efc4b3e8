package io.sampo.actors.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaMessage;
import io.sampo.core.partition.ReplicaTransport;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ReplicaRouterTest {
    private final PartitionId partition = new PartitionId(Uuid.randomUuid(), 0);
    private final ReplicaId self = new ReplicaId(1, Uuid.randomUuid());
    private final ReplicaId other = new ReplicaId(2, Uuid.randomUuid());
    private final List<ReplicaEnvelope> connections = new ArrayList<>();
    private final List<ReplicaEnvelope> control = new ArrayList<>();
    private boolean heard = true;

    private final ReplicaRouter router = new ReplicaRouter(
            new ReplicaTransport() {
                @Override
                public void send(ReplicaEnvelope envelope) {
                    connections.add(envelope);
                }

                @Override
                public boolean hasRoom(int nodeId) {
                    return true;
                }

                @Override
                public void whenRoom(int nodeId, Runnable resume) {
                    resume.run();
                }
            },
            control::add,
            node -> node == 2 && heard);

    private ReplicaEnvelope envelope(ReplicaMessage message) {
        return new ReplicaEnvelope(partition, self, 1, other, message);
    }

    @Test
    void controlMessagesGoWithTheMessengersWhileTheOtherNodeHearsThem() {
        ReplicaEnvelope told = envelope(new ReplicaMessage.TimeoutNow(3));
        router.send(told);
        assertEquals(List.of(told), control);
        assertEquals(List.of(), connections);
    }

    @Test
    void controlMessagesToANodeThatDoesNotHearTheMessengerTakeBothWays() {
        heard = false;
        ReplicaEnvelope told = envelope(new ReplicaMessage.TimeoutNow(3));
        router.send(told);
        assertEquals(List.of(told), control);
        assertEquals(List.of(told), connections);
    }
}
