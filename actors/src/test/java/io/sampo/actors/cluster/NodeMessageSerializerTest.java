package io.sampo.actors.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.LogKey;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.io.NotSerializableException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class NodeMessageSerializerTest {
    private static final ActorTestKit KIT = ActorTestKit.create(
            "node-messages",
            ConfigFactory.parseString("pekko.actor.provider = local").withFallback(ConfigFactory.load()));

    private static final PartitionId ID = new PartitionId(Uuid.randomUuid(), 7);
    private static final NodeMessage.Leader LEADER = new NodeMessage.Leader(
            ID, 4, new Leadership(2, 4, List.of(2, 3), List.of(1), List.of(new ReplicaId(2, Uuid.randomUuid()))));
    private static final List<NodeMessage> MESSAGES = List.of(
            new NodeMessage.Hello(3, "broker-3.example", 29_092, 77, 5, 6, Map.of(1, 4L, 2, 8L)),
            new NodeMessage.ReplicasEnded(3, 5, 6, List.of(ID, new PartitionId(Uuid.randomUuid(), 8))),
            new NodeMessage.WantLeaders(1),
            new NodeMessage.LeadersChanged(2, 9, List.of(LEADER, new NodeMessage.Leader(ID, 5, null))),
            new NodeMessage.Leaders(2, 9, 1, 3, List.of(LEADER)));

    private final Serialization serialization =
            SerializationExtension.get(KIT.system().classicSystem());

    @AfterAll
    static void shutdown() {
        KIT.shutdownTestKit();
    }

    private SerializerWithStringManifest serializer() throws NotSerializableException {
        return assertInstanceOf(
                SerializerWithStringManifest.class, serialization.serializerFor(NodeMessage.Hello.class));
    }

    private Object roundTrip(Object message) throws Exception {
        SerializerWithStringManifest serializer =
                assertInstanceOf(SerializerWithStringManifest.class, serialization.findSerializerFor(message));
        return serializer.fromBinary(serializer.toBinary(message), serializer.manifest(message));
    }

    @Test
    void messagesSurviveTheirStoredForm() throws Exception {
        for (NodeMessage message : MESSAGES) {
            assertEquals(message, roundTrip(message));
        }
        assertEquals(new NodeMessage.LeaderMoved(false, "no"), roundTrip(new NodeMessage.LeaderMoved(false, "no")));
        TestProbe<NodeMessage.LeaderMoved> asker = KIT.createTestProbe(NodeMessage.LeaderMoved.class);
        NodeMessage.MoveLeader move = new NodeMessage.MoveLeader(ID, 3, asker.getRef());
        assertEquals(move, roundTrip(move));
        TestProbe<NodeMessage.Standing> curious = KIT.createTestProbe(NodeMessage.Standing.class);
        NodeMessage.WantStanding want = new NodeMessage.WantStanding(ID, curious.getRef());
        assertEquals(want, roundTrip(want));
        NodeMessage.Standing standing = new NodeMessage.Standing(Optional.of(
                new ReplicaStanding(new ReplicaId(2, Uuid.randomUuid()), new LogKey(3, 4), 5, true, false)));
        assertEquals(standing, roundTrip(standing));
        assertEquals(new NodeMessage.Standing(Optional.empty()), roundTrip(new NodeMessage.Standing(Optional.empty())));
    }

    @Test
    void envelopesKeepTheirBytes() throws Exception {
        byte[] first = {1, 2, 3};
        var read = assertInstanceOf(
                NodeMessage.Envelopes.class, roundTrip(new NodeMessage.Envelopes(List.of(first, new byte[0]))));
        assertEquals(2, read.envelopes().size());
        assertArrayEquals(first, read.envelopes().getFirst());
    }

    /// The messenger would fail on them, and stop for ever.
    @Test
    void numbersThatMeanNothingAreRefused() {
        for (int port : new int[] {-1, 0, 65_536, Integer.MAX_VALUE}) {
            NodeMessage hello = new NodeMessage.Hello(3, "broker-3.example", port, 77, 5, 6, Map.of());
            assertThrows(NotSerializableException.class, () -> roundTrip(hello));
        }
        for (int part : new int[] {-1, 3}) {
            NodeMessage leaders = new NodeMessage.Leaders(2, 9, part, 3, List.of(LEADER));
            assertThrows(NotSerializableException.class, () -> roundTrip(leaders));
        }
    }

    @Test
    void garbageIsRefusedAndTakesNoMemory() throws Exception {
        Random random = new Random(7);
        for (NodeMessage message : MESSAGES) {
            SerializerWithStringManifest serializer = serializer();
            String manifest = serializer.manifest(message);
            byte[] bytes = serializer.toBinary(message);
            for (int i = 0; i < 500; i++) {
                byte[] damaged = bytes.clone();
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                try {
                    serializer.fromBinary(damaged, manifest);
                } catch (NotSerializableException expected) {
                    assertTrue(String.valueOf(expected.getMessage()).contains(manifest));
                }
            }
        }
        byte[] many = {0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff};
        assertThrows(NotSerializableException.class, () -> serializer().fromBinary(many, "envelopes-1"));
        assertThrows(NotSerializableException.class, () -> serializer().fromBinary(many, "unheard-of"));
    }
}
