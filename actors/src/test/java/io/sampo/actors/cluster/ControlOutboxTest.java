package io.sampo.actors.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEnvelopeCodec;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaMessage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ControlOutboxTest {
    private final List<Integer> wanted = new ArrayList<>();
    private final ControlOutbox outbox = new ControlOutbox(wanted::add);

    private static ReplicaEnvelope announcement(int toNode, int leaderEpoch) {
        return new ReplicaEnvelope(
                new PartitionId(Uuid.ZERO_UUID, 0),
                new ReplicaId(1, Uuid.ZERO_UUID),
                1,
                new ReplicaId(toNode, Uuid.ZERO_UUID),
                new ReplicaMessage.Announce(leaderEpoch, 0, 0, false));
    }

    @Test
    void allThatWaitsForANodeGoesOutTogetherInOrder() {
        outbox.put(announcement(2, 0));
        outbox.put(announcement(3, 9));
        outbox.put(announcement(2, 1));
        assertEquals(List.of(2, 3), wanted, "told once");

        List<NodeMessage.Envelopes> messages = outbox.take(2);
        assertEquals(1, messages.size());
        List<Integer> epochs = messages.getFirst().envelopes().stream()
                .map(bytes -> ReplicaEnvelopeCodec.decode(bytes).message().leaderEpoch())
                .toList();
        assertEquals(List.of(0, 1), epochs);
        assertEquals(List.of(), outbox.take(2));
        outbox.put(announcement(2, 2));
        assertEquals(List.of(2, 3, 2), wanted);
    }

    @Test
    void messagesStayBelowTheLargestFrameAndTheQueueBelowItsBound() {
        for (int i = 0; i < ControlOutbox.MAX_WAITING + 10; i++) {
            outbox.put(announcement(2, i));
        }
        List<NodeMessage.Envelopes> messages = outbox.take(2);
        int count = 0;
        for (NodeMessage.Envelopes message : messages) {
            int bytes = message.envelopes().stream()
                    .mapToInt(envelope -> envelope.length)
                    .sum();
            assertTrue(bytes <= ControlOutbox.MAX_MESSAGE_BYTES, "bytes " + bytes);
            count += message.envelopes().size();
        }
        assertEquals(ControlOutbox.MAX_WAITING, count, "what exceeds the bound is dropped");
    }
}
