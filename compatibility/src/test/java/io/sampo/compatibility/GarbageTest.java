package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.broker.ProcessFigures;
import io.sampo.compatibility.scenario.Check;
import io.sampo.compatibility.scenario.ScenarioClient;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bytes that are no request, on raw sockets, while a well-behaved producer goes on beside them and must notice
/// nothing.
final class GarbageTest {
    private static final int ANSWER_DEADLINE_MS = 15_000;
    private static final short METADATA = 3;
    private static final short API_VERSIONS = 18;
    private static final int UNSUPPORTED_VERSION = 35;

    @TempDir
    static Path dir;

    private static BrokerUnderTest broker;

    private SequenceLoad healthy;
    private String topic;
    private ScenarioClient client;

    @BeforeAll
    static void startBroker() {
        broker = BrokerUnderTest.start(dir, Map.of(), "-Xmx256m");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void startTheHealthyClient() throws Exception {
        client = new ScenarioClient(broker.bootstrap());
        topic = client.createTopic("healthy", SequenceLoad.PARTITIONS, Map.of());
        healthy = new SequenceLoad(client, topic);
        healthy.awaitMore(50);
    }

    @AfterEach
    void theHealthyClientNoticedNothing() throws Exception {
        try (SequenceLoad load = healthy) {
            load.awaitMore(50);
            load.finish().check(client.readWhole(topic, SequenceLoad.PARTITIONS));
        }
    }

    @Test
    void randomBytesAreEndedWithTheConnection() throws IOException {
        Random random = new Random(20_250_101);
        for (int i = 0; i < 100; i++) {
            byte[] bytes = new byte[1 + random.nextInt(5_000)];
            random.nextBytes(bytes);
            bytes[0] = (byte) (0x10 | bytes[0]); // a size that no limit allows, or a negative one
            try (Socket socket = connect()) {
                send(socket, bytes);
                assertClosed(socket);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 100 * 1024 * 1024 + 1})
    void aFrameSizeThatIsNotAllowedClosesTheConnection(int size) throws IOException {
        try (Socket socket = connect()) {
            send(socket, ByteBuffer.allocate(4).putInt(size).array());
            assertClosed(socket);
        }
    }

    @Test
    @DisabledIfSystemProperty(
            named = "broker",
            matches = "kafka",
            disabledReason = "Apache Kafka takes a whole frame's memory when its size is announced, and ends here")
    void memoryIsTakenOnlyAsBytesArrive() throws IOException {
        long residentBefore = ProcessFigures.residentBytes(broker.pid());
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                Socket socket = connect();
                sockets.add(socket);
                send(
                        socket,
                        ByteBuffer.allocate(14)
                                .putInt(100 * 1024 * 1024)
                                .putShort(METADATA)
                                .array());
            }
            healthy.awaitMore(200);
            long grown = ProcessFigures.residentBytes(broker.pid()) - residentBefore;
            assertTrue(grown < 256L * 1024 * 1024, "resident memory grew by " + grown + " bytes");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void halfFramesThatEndWithTheConnectionAreForgotten() throws IOException {
        int handlesBefore = ProcessFigures.openHandles(broker.pid());
        byte[] frame = frame(METADATA, (short) 9, new byte[] {0, 0, 0});
        for (int length = 1; length < frame.length; length++) {
            for (int i = 0; i < 5; i++) {
                try (Socket socket = connect()) {
                    send(socket, Arrays.copyOf(frame, length));
                }
            }
        }
        Check.eventually(
                Duration.ofSeconds(15),
                "the handles are given back",
                () -> ProcessFigures.openHandles(broker.pid()) <= handlesBefore + 10);
    }

    @ParameterizedTest
    @ValueSource(shorts = {999, -1, Short.MAX_VALUE, 5})
    void anUnknownApiKeyClosesTheConnection(short apiKey) throws IOException {
        try (Socket socket = connect()) {
            send(socket, frame(apiKey, (short) 0, new byte[20]));
            assertClosed(socket);
        }
    }

    @Test
    void anUnknownVersionOfMetadataClosesTheConnection() throws IOException {
        try (Socket socket = connect()) {
            send(socket, frame(METADATA, (short) 99, new byte[20]));
            assertClosed(socket);
        }
    }

    /// KIP-511: the answer is of version 0, so that every client can read it, and says what is supported.
    @Test
    void anUnknownVersionOfApiVersionsIsAnsweredWithVersion0() throws IOException {
        try (Socket socket = connect()) {
            send(socket, frame(API_VERSIONS, (short) 99, new byte[] {0, 4, 't', 'e', 's', 2, '1', 0}));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int size = in.readInt();
            assertTrue(size > 10 && size < 10_000, "size " + size);
            assertEquals(77, in.readInt(), "correlation id");
            assertEquals(UNSUPPORTED_VERSION, in.readShort(), "error code");
            int apiCount = in.readInt();
            assertTrue(apiCount >= 1 && apiCount < 100, "apis " + apiCount);
        }
    }

    /// A body that does not fit its schema: an answer or a closed connection, and nothing else happens.
    @Test
    void bodiesOfRandomBytesHarmNobody() throws IOException {
        Random random = new Random(7);
        for (short apiKey = 0; apiKey < 50; apiKey++) {
            for (short apiVersion = 0; apiVersion < 14; apiVersion = (short) (apiVersion + 3)) {
                byte[] body = new byte[random.nextInt(60)];
                random.nextBytes(body);
                try (Socket socket = connect()) {
                    send(socket, frame(apiKey, apiVersion, body));
                    socket.shutdownOutput();
                }
            }
        }
        assertEquals(0, randomTopics(), "topics that random bytes created");
    }

    private long randomTopics() {
        try (Admin admin = client.admin()) {
            return Check.get(admin.listTopics().names()).stream()
                    .filter(name -> !name.startsWith("healthy-"))
                    .count();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket(broker.host(), broker.port());
        socket.setSoTimeout(ANSWER_DEADLINE_MS);
        return socket;
    }

    /// The broker may close while we still write: that is an answer too.
    private static void send(Socket socket, byte[] bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (SocketException e) {
            assertTrue(e.toString().contains("reset") || e.toString().contains("Broken pipe"), e.toString());
        }
    }

    private static void assertClosed(Socket socket) throws IOException {
        try {
            assertEquals(-1, socket.getInputStream().read(), "the connection was closed without an answer");
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection was not closed within " + ANSWER_DEADLINE_MS + " ms", e);
        } catch (SocketException e) {
            // Reset: closed with our bytes unread.
        }
    }

    /// A frame with request header version 1 (client id "t") and correlation id 77.
    private static byte[] frame(short apiKey, short apiVersion, byte[] body) {
        int size = 2 + 2 + 4 + 2 + 1 + body.length;
        return ByteBuffer.allocate(4 + size)
                .putInt(size)
                .putShort(apiKey)
                .putShort(apiVersion)
                .putInt(77)
                .putShort((short) 1)
                .put((byte) 't')
                .put(body)
                .array();
    }
}
