package io.sampo.tcp.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.api.ApiTable;
import io.sampo.tcp.SlowFile;
import io.sampo.tcp.TestBroker;
import io.sampo.tcp.WireClient;
import io.sampo.tcp.connection.SocketSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A consumer of data that is only on the disk delays nobody but itself.
class ColdFetchTest {

    private static final short FETCH_VERSION = 13;
    private static final Uuid TOPIC = new Uuid(1, 2);
    private static final int FILE_BYTES = 6 * 1024 * 1024;
    private static final int FETCHED_BYTES = 5 * 1024 * 1024;

    private static Consumer<ApiTable.Builder> serving(SlowFile file) {
        return builder -> builder.serve(ApiKeys.FETCH, request -> {
                    LinkedHashMap<TopicIdPartition, FetchResponseData.PartitionData> partitions = new LinkedHashMap<>();
                    partitions.put(
                            new TopicIdPartition(TOPIC, 0, "t"),
                            new FetchResponseData.PartitionData().setRecords(file.records(FETCHED_BYTES)));
                    request.respond(FetchResponse.of(Errors.NONE, 0, 0, partitions, List.of()));
                })
                .serve(
                        ApiKeys.LIST_GROUPS,
                        request -> request.respond(new ListGroupsResponse(new ListGroupsResponseData())));
    }

    private static FetchRequest fetch() {
        return FetchRequest.Builder.forConsumer(FETCH_VERSION, 0, 0, new LinkedHashMap<>())
                .build(FETCH_VERSION);
    }

    private static ListGroupsRequest listGroups() {
        return new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 4);
    }

    private static byte[] fill(Path path) throws Exception {
        byte[] content = new byte[FILE_BYTES];
        new Random(3).nextBytes(content);
        Files.write(path, content);
        return content;
    }

    private static void assertServed(TestBroker broker) throws Exception {
        // More than there are loops: one of them shares the loop of the consumer.
        List<WireClient> others = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            WireClient other = broker.connect();
            others.add(other);
            other.roundTrip(ApiKeys.LIST_GROUPS, listGroups(), i);
        }
        for (WireClient other : others) {
            other.close();
        }
    }

    @Test
    void aDiskThatDoesNotAnswerHoldsUpOnlyTheConsumerThatWaitsForIt(@TempDir Path dir) throws Exception {
        byte[] content = fill(dir.resolve("segment"));
        try (SlowFile file = new SlowFile(dir.resolve("segment"));
                TestBroker broker = new TestBroker(SocketSettings.defaults(), serving(file));
                WireClient consumer = broker.connect()) {
            consumer.send(ApiKeys.FETCH, fetch(), 1);
            consumer.send(ApiKeys.LIST_GROUPS, listGroups(), 2);
            TestBroker.await("the disk is asked", () -> file.waiting() > 0);
            assertServed(broker);
            file.answer();
            FetchResponse fetched = (FetchResponse) consumer.receive(ApiKeys.FETCH, FETCH_VERSION, 1);
            consumer.receive(ApiKeys.LIST_GROUPS, (short) 4, 2);
            MemoryRecords records = (MemoryRecords) fetched.data()
                    .responses()
                    .getFirst()
                    .partitions()
                    .getFirst()
                    .records();
            byte[] received = new byte[records.sizeInBytes()];
            records.buffer().duplicate().get(received);
            assertArrayEquals(Arrays.copyOf(content, FETCHED_BYTES), received);
        }
    }

    @Test
    void aConsumerThatGoesWhileTheDiskIsAskedIsForgotten(@TempDir Path dir) throws Exception {
        fill(dir.resolve("segment"));
        try (SlowFile file = new SlowFile(dir.resolve("segment"));
                TestBroker broker = new TestBroker(SocketSettings.defaults(), serving(file))) {
            try (WireClient consumer = broker.connect()) {
                consumer.send(ApiKeys.FETCH, fetch(), 1);
                TestBroker.await("the disk is asked", () -> file.waiting() > 0);
            }
            TestBroker.await("it is gone", () -> broker.server().connectionCount() == 0);
            file.answer();
            assertServed(broker);
            TestBroker.await("nobody is left", () -> broker.server().connectionCount() == 0);
            assertEquals(0, broker.server().requestBytesInUse());
        }
    }

    @Test
    void aDiskThatTakesLongIsNotTheClientsFault(@TempDir Path dir) throws Exception {
        fill(dir.resolve("segment"));
        SocketSettings d = SocketSettings.defaults();
        long slowReaderTimeoutMs = 200;
        SocketSettings impatient = new SocketSettings(
                d.socketRequestMaxBytes(),
                d.queuedMaxRequestBytes(),
                d.maxConnections(),
                d.maxConnectionsPerIp(),
                d.connectionsMaxIdleMs(),
                d.authenticationMaxBytes(),
                d.authenticationTimeoutMs(),
                d.failedAuthenticationDelayMs(),
                d.frameTimeoutMs(),
                slowReaderTimeoutMs,
                d.maxInFlightRequestsPerConnection(),
                d.listenBacklog(),
                -1,
                -1,
                d.transport());
        try (SlowFile file = new SlowFile(dir.resolve("segment"));
                TestBroker broker = new TestBroker(impatient, serving(file));
                WireClient consumer = broker.connect()) {
            consumer.send(ApiKeys.FETCH, fetch(), 1);
            TestBroker.await("the disk is asked", () -> file.waiting() > 0);
            long waitedFromNs = System.nanoTime();
            TestBroker.await(
                    "several times the limit",
                    () -> System.nanoTime() - waitedFromNs > 4 * slowReaderTimeoutMs * 1_000_000);
            file.answer();
            consumer.receive(ApiKeys.FETCH, FETCH_VERSION, 1);
        }
    }
}
