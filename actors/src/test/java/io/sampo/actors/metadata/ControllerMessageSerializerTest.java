package io.sampo.actors.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import com.typesafe.config.ConfigFactory;
import io.sampo.core.metadata.ControllerCommand;
import java.io.NotSerializableException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ControllerMessageSerializerTest {
    private static final ActorTestKit KIT = ActorTestKit.create(
            "controller-messages",
            ConfigFactory.parseString("pekko.actor.provider = local").withFallback(ConfigFactory.load()));

    private final TestProbe<ControllerGateway.Command> gateway = KIT.createTestProbe(ControllerGateway.Command.class);

    @AfterAll
    static void shutdown() {
        KIT.shutdownTestKit();
    }

    private static SerializerWithStringManifest serializer() throws NotSerializableException {
        return assertInstanceOf(
                SerializerWithStringManifest.class,
                SerializationExtension.get(KIT.system().classicSystem()).serializerFor(Controller.RemoteSubmit.class));
    }

    private Controller.RemoteSubmit creation(int topics) {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        List<Uuid> ids = new ArrayList<>();
        for (int i = 0; i < topics; i++) {
            request.topics().add(new CreatableTopic().setName("orders-" + i).setNumPartitions(3));
            ids.add(Uuid.randomUuid());
        }
        return new Controller.RemoteSubmit(7, new ControllerCommand.CreateTopics(request, ids), gateway.getRef());
    }

    private List<ControllerMessage> messages() {
        return List.of(
                creation(2),
                creation(5_000),
                new ControllerGateway.Answered(8, new ControllerOutcome.StandingBy()),
                new ControllerGateway.Answered(
                        9, new ControllerOutcome.Done(new ControllerCommand.ProducerIdBlock(1_000, 500), 44)));
    }

    @Test
    void messagesSurviveTheirStoredFormAlsoDeflated() throws Exception {
        for (ControllerMessage message : messages()) {
            assertEquals(
                    message,
                    serializer()
                            .fromBinary(
                                    serializer().toBinary(message), serializer().manifest(message)));
        }
    }

    @Test
    void garbageIsRefusedOrReadAndNothingElse() throws Exception {
        Random random = new Random(11);
        for (ControllerMessage message : messages()) {
            byte[] bytes = serializer().toBinary(message);
            String manifest = serializer().manifest(message);
            for (int i = 0; i < 300; i++) {
                byte[] damaged = bytes.clone();
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                readOrRefuse(damaged, manifest);
                byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
                readOrRefuse(cut, manifest);
            }
        }
    }

    private static void readOrRefuse(byte[] bytes, String manifest) throws Exception {
        try {
            serializer().fromBinary(bytes, manifest);
        } catch (NotSerializableException expected) {
            assertTrue(String.valueOf(expected.getMessage()).contains(manifest));
        }
    }

    @Test
    void aSizeThatIsOnlyAnnouncedTakesNoMemory() throws Exception {
        byte[] announced = ByteBuffer.allocate(8 + 8 + 4 + 1)
                .putInt(16, ControllerMessageSerializer.MAX_BODY)
                .array();
        SerializerWithStringManifest serializer = serializer();
        ThreadMXBean threads = assertInstanceOf(ThreadMXBean.class, ManagementFactory.getThreadMXBean());
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10; i++) {
            assertThrows(NotSerializableException.class, () -> serializer.fromBinary(announced, "done-1"));
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < ControllerMessageSerializer.MAX_BODY, () -> allocated + " bytes");
    }
}
