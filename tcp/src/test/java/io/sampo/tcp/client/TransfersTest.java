package io.sampo.tcp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.api.ApiTable;
import io.sampo.core.api.ClientRequest;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.connection.SocketSettings;
import io.sampo.tcp.connection.SocketSettings.Transport;
import io.sampo.tcp.connection.Transports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Record batches in and out, byte for byte, over both transports and with the module's own client.
class TransfersTest {

    private static final Uuid TOPIC = new Uuid(1, 2);
    private static final short FETCH_VERSION = 13;

    private static SocketSettings over(Transport transport) {
        SocketSettings d = SocketSettings.defaults();
        return new SocketSettings(
                d.socketRequestMaxBytes(),
                d.queuedMaxRequestBytes(),
                100,
                100,
                60_000,
                d.authenticationMaxBytes(),
                10_000,
                10,
                30_000,
                30_000,
                5,
                50,
                -1,
                32 * 1024,
                transport);
    }

    private static ClientConnection client(TestBroker broker) throws IOException {
        return ClientConnection.connect(
                broker.system(), 1, broker.address(), "test", SocketSettings.defaults(), Transports.PLAINTEXT, 1_000);
    }

    private static ClientConnection client(TestBroker broker, ClientMemory memory) throws IOException {
        return ClientConnection.connect(
                broker.system(),
                1,
                broker.address(),
                "test",
                SocketSettings.defaults(),
                Transports.PLAINTEXT,
                1_000,
                memory);
    }

    private static ClientResponse await(CompletionStage<ClientResponse> response) {
        return response.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    private static MemoryRecords batch(Random random, int bytes) {
        byte[] value = new byte[bytes];
        random.nextBytes(value);
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(17, value));
    }

    private static ProduceRequest produce(MemoryRecords records) {
        return produce(records, -1);
    }

    private static ProduceRequest produce(MemoryRecords records, int acks) {
        ProduceRequestData data = new ProduceRequestData().setAcks((short) acks).setTimeoutMs(1_000);
        var topic = new ProduceRequestData.TopicProduceData().setName("t");
        topic.partitionData()
                .add(new ProduceRequestData.PartitionProduceData().setIndex(0).setRecords(records));
        data.topicData().add(topic);
        return new ProduceRequest(data, (short) 9);
    }

    /// Appends the batch to the file and answers with its position.
    private static void append(ClientRequest request, FileRecords file) {
        try {
            ProduceRequest body = (ProduceRequest) request.body();
            MemoryRecords records = (MemoryRecords) body.data()
                    .topicData()
                    .iterator()
                    .next()
                    .partitionData()
                    .getFirst()
                    .records();
            records.batches().forEach(batch -> batch.ensureValid());
            long position = file.append(records);
            ProduceResponseData data = new ProduceResponseData();
            var topic = new ProduceResponseData.TopicProduceResponse().setName("t");
            topic.partitionResponses().add(new ProduceResponseData.PartitionProduceResponse().setBaseOffset(position));
            data.responses().add(topic);
            request.respond(new ProduceResponse(data));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void fetch(ClientRequest request, FileRecords file) {
        LinkedHashMap<TopicIdPartition, FetchResponseData.PartitionData> partitions = new LinkedHashMap<>();
        partitions.put(
                new TopicIdPartition(TOPIC, 0, "t"),
                new FetchResponseData.PartitionData().setPartitionIndex(0).setRecords(file));
        request.respond(FetchResponse.of(Errors.NONE, 0, 0, partitions, List.of()));
    }

    private static FetchRequest fetchAll() {
        return FetchRequest.Builder.forConsumer(FETCH_VERSION, 0, 0, new LinkedHashMap<>())
                .build(FETCH_VERSION);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void batchesOfEverySizeArriveAndLeaveByteForByte(Transport transport, @TempDir Path dir) throws Exception {
        Random random = new Random(7);
        try (FileRecords file = FileRecords.open(dir.resolve("log").toFile())) {
            Consumer<ApiTable.Builder> handlers =
                    builder -> builder.serve(ApiKeys.PRODUCE, request -> append(request, file))
                            .serve(ApiKeys.FETCH, request -> fetch(request, file));
            List<MemoryRecords> sent = new ArrayList<>();
            try (TestBroker broker = new TestBroker(over(transport), handlers);
                    ClientConnection client = client(broker)) {
                List<CompletionStage<ClientResponse>> acks = new ArrayList<>();
                for (int bytes : new int[] {1, 100, 3_900, 4_096, 16_384, 65_536, 300_000, 5_000_000, 70_000, 10}) {
                    MemoryRecords records = batch(random, bytes);
                    sent.add(records);
                    acks.add(client.send(produce(records)));
                }
                for (CompletionStage<ClientResponse> ack : acks) {
                    try (ClientResponse response = await(ack)) {
                        assertInstanceOf(ProduceResponse.class, response.body());
                    }
                }
                assertEquals(0, broker.server().requestBytesInUse());
                for (int round = 0; round < 3; round++) {
                    try (ClientResponse response = await(client.send(fetchAll()))) {
                        assertSameBytes(sent, response);
                    }
                }
            }
        }
    }

    private static void assertSameBytes(List<MemoryRecords> sent, ClientResponse response) {
        FetchResponse body = (FetchResponse) response.body();
        MemoryRecords received = (MemoryRecords)
                body.data().responses().getFirst().partitions().getFirst().records();
        ByteBuffer bytes = received.buffer().duplicate();
        for (MemoryRecords records : sent) {
            ByteBuffer expected = records.buffer().duplicate();
            ByteBuffer actual = bytes.slice(bytes.position(), expected.remaining());
            assertEquals(-1, expected.mismatch(actual));
            bytes.position(bytes.position() + expected.remaining());
        }
        assertEquals(0, bytes.remaining());
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void requestsWithoutAResponseFailWhenTheConnectionEnds(Transport transport) throws Exception {
        ConcurrentLinkedQueue<ClientRequest> parked = new ConcurrentLinkedQueue<>();
        try (TestBroker broker = new TestBroker(over(transport), b -> b.serve(ApiKeys.LIST_GROUPS, parked::add));
                ClientConnection client = client(broker)) {
            var request = new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 4);
            var first = client.send(request);
            var second = client.send(request);
            TestBroker.await("both requests", () -> parked.size() == 2);
            parked.remove().disconnect("on purpose, by a test");
            for (var response : List.of(first, second)) {
                CompletionException failure = assertThrows(CompletionException.class, () -> await(response));
                assertInstanceOf(DisconnectException.class, failure.getCause());
            }
            client.closed().toCompletableFuture().get(10, TimeUnit.SECONDS);
            var late = assertThrows(CompletionException.class, () -> await(client.send(request)));
            assertInstanceOf(DisconnectException.class, late.getCause());
            parked.remove().respondNothing();
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void aConnectionThatIsRefusedFailsItsRequests() throws Exception {
        try (TestBroker broker = new TestBroker(SocketSettings.defaults(), _ -> {})) {
            var address = broker.address();
            broker.server().stop(java.time.Duration.ZERO).toCompletableFuture().get(10, TimeUnit.SECONDS);
            try (ClientConnection client = ClientConnection.connect(
                    broker.system(), 0, address, "test", SocketSettings.defaults(), Transports.PLAINTEXT, 10)) {
                var request = new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 4);
                var failure = assertThrows(CompletionException.class, () -> await(client.send(request)));
                assertInstanceOf(DisconnectException.class, failure.getCause());
                var refused = assertThrows(
                        ExecutionException.class,
                        () -> client.established().toCompletableFuture().get(10, TimeUnit.SECONDS));
                assertInstanceOf(IOException.class, refused.getCause());
            }
        }
    }

    @Test
    void aProduceWithoutAcknowledgementEndsWhenItIsWrittenAndLaterAnswersKeepTheirRequests() throws Exception {
        AtomicInteger produced = new AtomicInteger();
        Consumer<ApiTable.Builder> handlers = builder -> builder.serve(ApiKeys.PRODUCE, request -> {
                    produced.incrementAndGet();
                    request.respondNothing();
                })
                .serve(
                        ApiKeys.LIST_GROUPS,
                        request -> request.respond(new ListGroupsResponse(new ListGroupsResponseData())));
        try (TestBroker broker = new TestBroker(SocketSettings.defaults(), handlers);
                ClientConnection client = client(broker)) {
            client.established().toCompletableFuture().get(10, TimeUnit.SECONDS);
            ProduceRequest request = produce(batch(new Random(3), 100), 0);
            for (int i = 0; i < 3; i++) {
                try (ClientResponse nothing = await(client.send(request))) {
                    assertInstanceOf(ProduceResponse.class, nothing.body());
                }
            }
            var list = new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 4);
            try (ClientResponse answer = await(client.send(list))) {
                assertInstanceOf(ListGroupsResponse.class, answer.body());
            }
            assertEquals(3, produced.get());
        }
    }

    @Test
    void connectionsShareMemoryWhichIsGivenBackWithTheirAnswers() throws Exception {
        Consumer<ApiTable.Builder> handlers = builder -> builder.serve(
                ApiKeys.LIST_GROUPS, request -> request.respond(new ListGroupsResponse(new ListGroupsResponseData())));
        var list = new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 4);
        try (TestBroker broker = new TestBroker(SocketSettings.defaults(), handlers);
                ClientMemory memory = new ClientMemory(1);
                ClientConnection first = client(broker, memory);
                ClientConnection second = client(broker, memory)) {
            ClientResponse held = await(first.send(list));
            assertTrue(memory.usedBytes() > 0);
            CompletionStage<ClientResponse> other = second.send(list);
            assertThrows(
                    TimeoutException.class,
                    () -> other.toCompletableFuture().copy().get(200, TimeUnit.MILLISECONDS));

            held.close();

            await(other).close();
            assertEquals(0, memory.usedBytes());
        }
    }
}
