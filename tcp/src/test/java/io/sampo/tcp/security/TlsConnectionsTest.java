package io.sampo.tcp.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.api.ApiTable;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.ScramCredentials;
import io.sampo.tcp.SlowFile;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.client.ClientConnection;
import io.sampo.tcp.client.ClientResponse;
import io.sampo.tcp.connection.SocketSettings;
import io.sampo.tcp.connection.Transports;
import io.sampo.tcp.server.ListenerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Large batches, slow disks and clients that do not read, through TLS.
class TlsConnectionsTest {

    private static final short FETCH_VERSION = 13;
    private static final short PRODUCE_VERSION = 9;
    private static final int BATCH_BYTES = 1024 * 1024;

    @TempDir
    private Path dir;

    private SSLContext clientContext;
    private Map<String, String> listenerConfigs;

    @BeforeEach
    void makeKeys() throws Exception {
        TestKeys keys = new TestKeys(dir);
        Path server = keys.keyStore("server", "CN=localhost", "PKCS12");
        listenerConfigs = Map.of(
                "ssl.keystore.location",
                server.toString(),
                "ssl.keystore.type",
                "PKCS12",
                "ssl.keystore.password",
                TestKeys.PASSWORD);
        KeyStore trusted = TestKeys.load(keys.trustStore("server", server, "PKCS12"), "PKCS12");
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        clientContext = SSLContext.getInstance("TLS");
        clientContext.init(null, trust.getTrustManagers(), null);
    }

    private TestBroker broker(SocketSettings settings, Consumer<ApiTable.Builder> handlers) throws IOException {
        return new TestBroker(
                settings,
                new ListenerSettings("OUTSIDE", SecurityProtocol.SSL, "127.0.0.1", 0, listenerConfigs),
                handlers,
                ScramCredentials.NONE);
    }

    /// Limits that a client which does not read reaches soon.
    private static SocketSettings impatient(long authenticationTimeoutMs) {
        SocketSettings d = SocketSettings.defaults();
        return new SocketSettings(
                64 * 1024,
                256 * 1024,
                d.maxConnections(),
                d.maxConnectionsPerIp(),
                d.connectionsMaxIdleMs(),
                d.authenticationMaxBytes(),
                authenticationTimeoutMs,
                10,
                d.frameTimeoutMs(),
                400,
                3,
                d.listenBacklog(),
                -1,
                16 * 1024,
                d.transport());
    }

    private ClientConnection client(TestBroker broker) throws IOException {
        return ClientConnection.connect(
                broker.system(),
                1,
                broker.address(),
                "test",
                SocketSettings.defaults(),
                Transports.tls(_ -> clientEngine(broker)),
                100);
    }

    private SSLEngine clientEngine(TestBroker broker) {
        SSLEngine engine =
                clientContext.createSSLEngine("localhost", broker.address().getPort());
        engine.setUseClientMode(true);
        return engine;
    }

    private WireClient wireClient(TestBroker broker) throws IOException {
        return new WireClient(clientContext
                .getSocketFactory()
                .createSocket(broker.address().getAddress(), broker.address().getPort()));
    }

    private static ClientResponse await(CompletionStage<ClientResponse> response) {
        return response.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static void append(ClientRequest request, FileRecords file) {
        try {
            MemoryRecords records = (MemoryRecords) ((ProduceRequest) request.body())
                    .data()
                    .topicData()
                    .iterator()
                    .next()
                    .partitionData()
                    .getFirst()
                    .records();
            records.batches().forEach(batch -> batch.ensureValid());
            file.append(records);
            request.respond(new ProduceResponse(new ProduceResponseData()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void fetch(ClientRequest request, BaseRecords records) {
        LinkedHashMap<TopicIdPartition, FetchResponseData.PartitionData> partitions = new LinkedHashMap<>();
        partitions.put(
                new TopicIdPartition(new Uuid(1, 2), 0, "t"),
                new FetchResponseData.PartitionData().setRecords(records));
        request.respond(FetchResponse.of(Errors.NONE, 0, 0, partitions, List.of()));
    }

    private static FetchRequest fetchAll() {
        return FetchRequest.Builder.forConsumer(FETCH_VERSION, 0, 0, new LinkedHashMap<>())
                .build(FETCH_VERSION);
    }

    private static ProduceRequest produce(MemoryRecords records) {
        ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1_000);
        var topic = new ProduceRequestData.TopicProduceData().setName("t");
        topic.partitionData().add(new ProduceRequestData.PartitionProduceData().setRecords(records));
        data.topicData().add(topic);
        return new ProduceRequest(data, PRODUCE_VERSION);
    }

    private static ByteBuffer recordsOf(ClientResponse response) {
        var partition = ((FetchResponse) response.body())
                .data()
                .responses()
                .getFirst()
                .partitions()
                .getFirst();
        return ((MemoryRecords) partition.records()).buffer();
    }

    private static ListGroupsRequest listGroups() {
        return new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 4);
    }

    @Test
    void tenLargeBatchesArriveAndLeaveByteForByte() throws Exception {
        Random random = new Random(11);
        ByteBuffer expected = ByteBuffer.allocate(11 * BATCH_BYTES);
        try (FileRecords file = FileRecords.open(dir.resolve("log").toFile());
                TestBroker broker = broker(
                        SocketSettings.defaults(),
                        builder -> builder.serve(ApiKeys.PRODUCE, request -> append(request, file))
                                .serve(ApiKeys.FETCH, request -> fetch(request, file)));
                ClientConnection client = client(broker)) {
            List<CompletionStage<ClientResponse>> acks = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                byte[] value = new byte[BATCH_BYTES];
                random.nextBytes(value);
                MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(17, value));
                expected.put(records.buffer().duplicate());
                acks.add(client.send(produce(records)));
            }
            for (CompletionStage<ClientResponse> ack : acks) {
                await(ack).close();
            }
            expected.flip();
            try (ClientResponse response = await(client.send(fetchAll()))) {
                assertEquals(-1, expected.mismatch(recordsOf(response)));
            }
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void aDiskThatDoesNotAnswerHoldsUpOnlyTheConsumerThatWaitsForIt() throws Exception {
        byte[] content = new byte[6 * BATCH_BYTES];
        new Random(12).nextBytes(content);
        Files.write(dir.resolve("segment"), content);
        try (SlowFile file = new SlowFile(dir.resolve("segment"));
                TestBroker broker = broker(
                        SocketSettings.defaults(),
                        builder -> builder.serve(
                                        ApiKeys.FETCH, request -> fetch(request, file.records(5 * BATCH_BYTES)))
                                .serve(
                                        ApiKeys.LIST_GROUPS,
                                        request -> request.respond(
                                                new ListGroupsResponse(new ListGroupsResponseData()))));
                ClientConnection consumer = client(broker)) {
            CompletionStage<ClientResponse> fetched = consumer.send(fetchAll());
            TestBroker.await("the disk is asked", () -> file.waiting() > 0);
            // As many as there are loops, and one more.
            try (WireClient one = wireClient(broker);
                    WireClient two = wireClient(broker);
                    WireClient three = wireClient(broker)) {
                for (WireClient other : List.of(one, two, three)) {
                    other.roundTrip(ApiKeys.LIST_GROUPS, listGroups(), 1);
                }
            }
            file.answer();
            try (ClientResponse response = await(fetched)) {
                assertEquals(-1, ByteBuffer.wrap(content, 0, 5 * BATCH_BYTES).mismatch(recordsOf(response)));
            }
        }
    }

    @Test
    void aClientThatDoesNotReadItsAnswersIsNoLongerReadFromAndClosedInTheEnd() throws Exception {
        AtomicInteger handled = new AtomicInteger();
        ListGroupsResponseData large = new ListGroupsResponseData();
        for (int i = 0; i < 5_000; i++) {
            large.groups().add(new ListGroupsResponseData.ListedGroup().setGroupId("g".repeat(200) + i));
        }
        try (TestBroker broker = broker(
                        impatient(30_000),
                        b -> b.serve(ApiKeys.LIST_GROUPS, request -> {
                            handled.incrementAndGet();
                            request.respond(new ListGroupsResponse(large));
                        }));
                WireClient deaf = wireClient(broker)) {
            byte[] frame = WireClient.frame(WireClient.header(ApiKeys.LIST_GROUPS, (short) 4, 1), listGroups());
            Thread flood = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        deaf.send(frame);
                    }
                } catch (IOException closed) {
                    // The end that the test waits for.
                }
            });
            TestBroker.await("a request is handled", () -> handled.get() > 0);
            TestBroker.await("the connection is closed", () -> broker.server().connectionCount() == 0);
            flood.join();
            // What the socket buffers of both sides take, and the requests in flight, are 1 MiB answers.
            assertTrue(handled.get() < 30, "answers made for a client that reads none: " + handled.get());
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void aClientThatNeverReadsTheHandshakeIsClosed() throws Exception {
        try (TestBroker broker = broker(impatient(2_000), _ -> {});
                Socket deaf = new Socket(
                        broker.address().getAddress(), broker.address().getPort())) {
            SSLEngine engine = clientEngine(broker);
            engine.beginHandshake();
            ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), hello);
            deaf.getOutputStream().write(hello.array(), 0, hello.position());
            TestBroker.await("it is accepted", () -> broker.server().connectionCount() == 1);
            TestBroker.await("it is closed", () -> broker.server().connectionCount() == 0);
        }
    }

    @Test
    void aClientSaysWhyTheHandshakeFailed() throws Exception {
        try (TestBroker broker = broker(SocketSettings.defaults(), _ -> {});
                ClientConnection good = verifying(broker, "localhost");
                ClientConnection bad = verifying(broker, "somebody-else.example")) {
            good.established().toCompletableFuture().get(10, TimeUnit.SECONDS);
            var failure = assertThrows(
                    ExecutionException.class,
                    () -> bad.established().toCompletableFuture().get(10, TimeUnit.SECONDS));
            assertInstanceOf(SSLException.class, failure.getCause());
        }
    }

    private ClientConnection verifying(TestBroker broker, String host) throws IOException {
        SSLEngine engine = clientContext.createSSLEngine(host, broker.address().getPort());
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        return ClientConnection.connect(
                broker.system(),
                1,
                broker.address(),
                "test",
                SocketSettings.defaults(),
                Transports.tls(_ -> engine),
                100);
    }
}
