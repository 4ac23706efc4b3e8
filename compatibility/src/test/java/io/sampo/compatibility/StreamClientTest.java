package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Ack;
import io.sampo.streams.Codec;
import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.HandlerFailed;
import io.sampo.streams.Ordering;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Retry;
import io.sampo.streams.Running;
import io.sampo.streams.Sent;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.streams.UndecodableRecord;
import io.sampo.streams.UnsupportedFeature;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The stream client against real brokers: the same for Sampo and for Apache Kafka.
@Timeout(120)
abstract class StreamClientTest {
    private static final int PARTITIONS = 4;

    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamClientTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }

        @Test
        void theConsumerProtocolIsMissedByItsName() throws Exception {
            try (StreamClient modern = client(Map.of("group.protocol", "consumer"))) {
                Running running = modern.topic("any", Codec.utf8(), Codec.utf8())
                        .consume(Group.named("modern"))
                        .handle(_ -> {});
                ExecutionException failed = assertThrows(ExecutionException.class, () -> get(running.completion()));
                UnsupportedFeature missing = assertInstanceOf(UnsupportedFeature.class, failed.getCause());
                assertTrue(
                        String.valueOf(missing.getMessage()).startsWith("group.protocol=consumer"), missing::toString);
                assertEquals(0, running.restarts().count());
            }
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamClientTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }
    }

    record Order(String customer, int pieces) {}

    @SuppressWarnings("NullAway.Init")
    private static BrokerUnderTest broker;

    @SuppressWarnings("NullAway.Init")
    private StreamClient client;

    @SuppressWarnings("NullAway.Init")
    private String topicName;

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void connect(TestInfo test) throws Exception {
        topicName = test.getTestMethod().orElseThrow().getName();
        createTopic(topicName);
        client = client(Map.of());
    }

    @AfterEach
    void close() {
        client.close();
    }

    private static void createTopic(String name) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(name, Optional.of(PARTITIONS), Optional.empty())))
                    .all()
                    .get();
        }
    }

    private static StreamClient client(Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", broker.bootstrap());
        settings.putIfAbsent("auto.commit.interval.ms", 100);
        return StreamClient.connect(settings);
    }

    private Topic<String, String> topic() {
        return client.topic(topicName, Codec.utf8(), Codec.utf8());
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 60 s: " + what);
            Thread.sleep(10);
        }
    }

    /// Keys k0 to k9, values 0 to count - 1.
    private void write(int count) throws Exception {
        List<Outgoing<String, String>> records = IntStream.range(0, count)
                .mapToObj(i -> Outgoing.of("k" + i % 10, Integer.toString(i)))
                .toList();
        get(Source.from(records).runWith(topic().sink(), client.system()));
    }

    private List<Event<String, String>> readAll(String name) throws Exception {
        return get(client.topic(name, Codec.utf8(), Codec.utf8())
                .read(Span.all().untilNow())
                .runWith(Sink.seq(), client.system()));
    }

    private static Map<TopicPartition, OffsetAndMetadata> committed(String group) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            return admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
        } catch (InterruptedException | ExecutionException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static long committedRecords(String group) {
        return committed(group).values().stream()
                .mapToLong(OffsetAndMetadata::offset)
                .sum();
    }

    private static void assertOrdered(List<Event<String, String>> events) {
        Map<String, Integer> last = new HashMap<>();
        for (Event<String, String> event : events) {
            int number = Integer.parseInt(String.valueOf(event.value()));
            Integer before = last.put(String.valueOf(event.key()), number);
            assertTrue(before == null || before < number, event.key() + ": " + number + " after " + before);
        }
    }

    // ---- writing and reading ---------------------------------------------------------------------------------

    @Test
    void whatIsSentIsReadWithItsKeyHeadersAndTimestamp() throws Exception {
        Topic<String, Order> orders = client.topic(topicName, Codec.utf8(), Codec.json(Order.class));
        Sent sent = get(orders.send(Outgoing.of("c-17", new Order("c-17", 3))
                .at(1_700_000_000_000L)
                .with(new org.apache.kafka.common.header.internals.RecordHeader("trace", new byte[] {1, 2}))));
        assertEquals(0, sent.offset());
        assertEquals(topicName, sent.topic());
        get(orders.send("c-18", null));

        List<Event<String, Order>> events =
                get(orders.read(Span.all().untilNow()).runWith(Sink.seq(), client.system()));

        assertEquals(2, events.size());
        Event<String, Order> first = events.stream()
                .filter(event -> "c-17".equals(event.key()))
                .findFirst()
                .orElseThrow();
        assertEquals(new Order("c-17", 3), first.value());
        assertEquals(1_700_000_000_000L, first.timestampMs());
        assertEquals(sent.partition(), first.partition());
        assertEquals(2, first.headers().lastHeader("trace").value()[1]);
        assertTrue(events.stream().anyMatch(event -> "c-18".equals(event.key()) && event.isTombstone()));
    }

    @Test
    void keysGoWhereKafkasOwnProducerPutsThem() throws Exception {
        Map<String, Integer> expected = new HashMap<>();
        try (var producer = new org.apache.kafka.clients.producer.KafkaProducer<String, String>(
                Map.of("bootstrap.servers", broker.bootstrap()),
                new org.apache.kafka.common.serialization.StringSerializer(),
                new org.apache.kafka.common.serialization.StringSerializer())) {
            for (int i = 0; i < 40; i++) {
                expected.put(
                        "key-" + i,
                        producer.send(new org.apache.kafka.clients.producer.ProducerRecord<>(topicName, "key-" + i, ""))
                                .get()
                                .partition());
            }
        }
        for (int i = 0; i < 40; i++) {
            assertEquals(
                    expected.get("key-" + i), get(topic().send("key-" + i, "")).partition());
        }
    }

    @Test
    void aSinkWritesManyRecordsInTheOrderOfTheirKeys() throws Exception {
        write(50_000);
        List<Event<String, String>> events = readAll(topicName);
        assertEquals(50_000, events.size());
        assertEquals(50_000, events.stream().map(Event::value).distinct().count());
        assertOrdered(events);
    }

    @Test
    void everyCodecOfKafkaIsWrittenAndRead() throws Exception {
        for (String compression : List.of("gzip", "snappy", "lz4", "zstd")) {
            try (StreamClient compressing = client(Map.of("compression.type", compression))) {
                Topic<String, String> to = compressing.topic(topicName, Codec.utf8(), Codec.utf8());
                for (int i = 0; i < 50; i++) {
                    get(to.send(compression, Integer.toString(i)));
                }
            }
        }
        assertEquals(200, readAll(topicName).size());
    }

    @Test
    void aFlowHandsOnWhatCameWithARecordInOrder() throws Exception {
        List<Pair<Sent, Integer>> results = get(Source.range(1, 1_000)
                .map(i -> Pair.create(Outgoing.of("k" + i % 7, Integer.toString(i)), i))
                .via(topic().<Integer>flow())
                .runWith(Sink.seq(), client.system()));
        assertEquals(
                IntStream.rangeClosed(1, 1_000).boxed().toList(),
                results.stream().map(Pair::second).toList());
        assertEquals(1_000, results.stream().map(Pair::first).distinct().count());
    }

    @Test
    void aPartOfATopicIsReadFromATimeToATime() throws Exception {
        for (int i = 0; i < 100; i++) {
            get(topic().send(Outgoing.of("k" + i % 10, Integer.toString(i)).at(1_000_000L + i * 1_000L)));
        }
        Span span = Span.from(Instant.ofEpochMilli(1_020_000)).until(Instant.ofEpochMilli(1_070_000));
        List<Event<String, String>> events = get(topic().read(span).runWith(Sink.seq(), client.system()));
        Set<Integer> numbers = new HashSet<>();
        events.forEach(event -> numbers.add(Integer.parseInt(String.valueOf(event.value()))));
        assertEquals(new HashSet<>(IntStream.range(20, 70).boxed().toList()), numbers);
    }

    @Test
    void theJdksReactiveStreamsReadATopicToo() throws Exception {
        write(50);
        CompletableFuture<List<String>> all = new CompletableFuture<>();
        topic().publisher(Span.all().untilNow()).subscribe(new Flow.Subscriber<>() {
            private final List<String> seen = new ArrayList<>();
            private Flow.@Nullable Subscription subscription;

            @Override
            public void onSubscribe(Flow.Subscription begun) {
                subscription = begun;
                begun.request(1);
            }

            @Override
            public void onNext(Event<String, String> event) {
                seen.add(String.valueOf(event.value()));
                java.util.Objects.requireNonNull(subscription).request(1);
            }

            @Override
            public void onError(Throwable failure) {
                all.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {
                all.complete(seen);
            }
        });
        assertEquals(50, get(all).stream().distinct().count());
    }

    @Test
    void anEmptyTopicIsReadToItsEndAtOnce() throws Exception {
        assertEquals(List.of(), readAll(topicName));
    }

    @Test
    void aTopicThatIsNotThereIsATypedError() {
        try (StreamClient strict =
                client(Map.of("allow.auto.create.topics", "false", "default.api.timeout.ms", "2000"))) {
            ExecutionException failed = assertThrows(
                    ExecutionException.class,
                    () -> get(strict.topic("nobody-made-this", Codec.utf8(), Codec.utf8())
                            .read(Span.all().untilNow())
                            .runWith(Sink.seq(), strict.system())));
            assertInstanceOf(org.apache.kafka.common.errors.UnknownTopicOrPartitionException.class, failed.getCause());
        }
    }

    // ---- groups ----------------------------------------------------------------------------------------------

    @Test
    void aGroupReadsAllOnceAndCommitsWhatIsAcknowledged() throws Exception {
        write(10_000);
        String group = topicName + "-group";
        Running running = topic().source(Group.named(group)).to(Ack.sink()).run(client.system());
        eventually("all is committed", () -> committedRecords(group) == 10_000);
        assertEquals(0, get(running.lag()).records());
        get(running.drain(Duration.ofSeconds(30)));

        AtomicInteger again = new AtomicInteger();
        Running second = topic().source(Group.named(group))
                .to(Sink.foreach(delivery -> {
                    again.incrementAndGet();
                    delivery.ack();
                }))
                .run(client.system());
        write(100);
        eventually("the new ones are committed", () -> committedRecords(group) == 10_100);
        second.close();
        assertEquals(100, again.get(), "nothing that was committed came again");
    }

    @Test
    void whatIsNotAcknowledgedComesAgainAndNothingBehindItIsCommitted() throws Exception {
        write(100);
        String group = topicName + "-group";
        ConcurrentLinkedQueue<Delivery<Event<String, String>>> out = new ConcurrentLinkedQueue<>();
        Running running =
                topic().source(Group.named(group)).to(Sink.foreach(out::add)).run(client.system());
        eventually("all are out", () -> out.size() == 100);
        out.stream().filter(delivery -> delivery.get().offset() != 3).forEach(Delivery::ack);
        eventually("the prefixes are committed", () -> {
            Map<TopicPartition, OffsetAndMetadata> now = committed(group);
            // The ten keys go to three of the four partitions.
            return now.size() == 3 && now.values().stream().allMatch(offset -> offset.offset() == 3);
        });
        get(running.drain(Duration.ZERO));

        ConcurrentLinkedQueue<Event<String, String>> again = new ConcurrentLinkedQueue<>();
        Running second = topic().source(Group.named(group))
                .to(Sink.foreach(delivery -> {
                    again.add(delivery.get());
                    delivery.ack();
                }))
                .run(client.system());
        long expected =
                out.stream().filter(delivery -> delivery.get().offset() >= 3).count();
        eventually("the rest came again", () -> again.size() == expected);
        second.close();
    }

    @Test
    void theEndOfAStreamStillCommitsWhatIsAcknowledgedLater() throws Exception {
        write(100);
        String group = topicName + "-group";
        List<Delivery<Event<String, String>>> taken =
                get(topic().source(Group.named(group)).take(40).runWith(Sink.seq(), client.system()));
        taken.forEach(Delivery::ack);
        eventually("forty are committed", () -> committedRecords(group) == 40);
    }

    @Test
    void closingTheClientWaitsForWhatIsOutAndCommitsIt() throws Exception {
        write(60);
        String group = topicName + "-group";
        StreamClient own = client(Map.of("auto.commit.interval.ms", 60_000));
        AtomicInteger begun = new AtomicInteger();
        Running running = own.topic(topicName, Codec.utf8(), Codec.utf8())
                .consume(Group.named(group))
                .ordering(Ordering.NONE)
                .handle(event -> {
                    begun.incrementAndGet();
                    // Still at work when the client is closed, on purpose.
                    Thread.sleep(300);
                });
        eventually("some are at work", () -> begun.get() > 0);
        own.close();
        get(running.completion());
        assertEquals(begun.get(), committedRecords(group));
    }

    @Test
    void partitionsMoveBetweenMembersWithoutLossAndInOrderPerKey() throws Exception {
        String group = topicName + "-group";
        Map<String, List<Integer>> handled = new ConcurrentHashMap<>();
        AtomicInteger count = new AtomicInteger();
        List<StreamClient> clients = new ArrayList<>();
        List<Running> members = new ArrayList<>();
        try {
            for (int member = 0; member < 3; member++) {
                StreamClient own = client(Map.of("heartbeat.interval.ms", "300", "session.timeout.ms", "6000"));
                clients.add(own);
                members.add(own.topic(topicName, Codec.utf8(), Codec.utf8())
                        .consume(Group.named(group))
                        .ordering(Ordering.KEY)
                        .concurrency(16)
                        .handle(event -> {
                            handled.computeIfAbsent(String.valueOf(event.key()), _ -> new ArrayList<>())
                                    .add(Integer.parseInt(String.valueOf(event.value())));
                            count.incrementAndGet();
                        }));
                write(member * 2_000, (member + 1) * 2_000);
            }
            eventually(
                    "all three have partitions",
                    () -> members.stream()
                            .allMatch(member -> !member.assignment().isEmpty()));
            get(members.get(0).drain(Duration.ofSeconds(30)));
            write(6_000, 8_000);
            eventually("all are committed", () -> committedRecords(group) == 8_000);
        } finally {
            members.forEach(Running::close);
            clients.forEach(StreamClient::close);
        }
        assertEquals(8_000, count.get(), "orderly moves handle nothing twice");
        handled.forEach((key, numbers) -> assertEquals(numbers.stream().sorted().toList(), numbers, key));
    }

    private void write(int from, int to) throws Exception {
        List<Outgoing<String, String>> records = IntStream.range(from, to)
                .mapToObj(i -> Outgoing.of("k" + i % 10, Integer.toString(i)))
                .toList();
        get(Source.from(records).runWith(topic().sink(), client.system()));
    }

    @Test
    void aSlowHandlerCausesNoRebalance() throws Exception {
        write(4);
        String group = topicName + "-group";
        try (StreamClient quick = client(
                Map.of("session.timeout.ms", "6000", "heartbeat.interval.ms", "500", "max.poll.interval.ms", "6000"))) {
            CountDownLatch begun = new CountDownLatch(1);
            AtomicInteger calls = new AtomicInteger();
            Running running = quick.topic(topicName, Codec.utf8(), Codec.utf8())
                    .consume(Group.named(group))
                    .handle(event -> {
                        calls.incrementAndGet();
                        begun.countDown();
                        // Longer than the session and the poll interval, on purpose.
                        Thread.sleep(9_000);
                    });
            assertTrue(begun.await(60, TimeUnit.SECONDS));
            eventually("all are committed", () -> committedRecords(group) == 4);
            running.close();
            assertEquals(4, calls.get());
        }
    }

    @Test
    void aPoisonedRecordGoesToTheDeadLettersAndTheOthersGoOn() throws Exception {
        createTopic(topicName + "-dead");
        write(20);
        String group = topicName + "-group";
        Running running = topic().consume(Group.named(group))
                .ordering(Ordering.KEY)
                .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(10))
                        .max(3)
                        .thenDeadLetter(topicName + "-dead"))
                .handle(event -> {
                    if ("7".equals(event.value())) {
                        throw new IllegalStateException("poison");
                    }
                });
        eventually("all are committed", () -> committedRecords(group) == 20);
        running.close();
        List<Event<String, String>> dead = readAll(topicName + "-dead");
        assertEquals(1, dead.size());
        assertEquals("7", dead.getFirst().value());
        assertEquals(
                "3",
                new String(
                        dead.getFirst()
                                .headers()
                                .lastHeader("sampo.dead.attempts")
                                .value(),
                        java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void aHandlersLastFailureEndsTheConsumptionAndItsRecordComesAgain() throws Exception {
        write(20);
        String group = topicName + "-group";
        Running running = topic().consume(Group.named(group)).handle(event -> {
            if ("11".equals(event.value())) {
                throw new IllegalStateException("no further");
            }
        });
        ExecutionException failed = assertThrows(ExecutionException.class, () -> get(running.completion()));
        HandlerFailed last = assertInstanceOf(HandlerFailed.class, failed.getCause());
        assertEquals("java.lang.IllegalStateException: no further", String.valueOf(last.getCause()));
        assertEquals(0, running.restarts().count());
        ConcurrentLinkedQueue<String> values = new ConcurrentLinkedQueue<>();
        Running second = topic().consume(Group.named(group)).handle(event -> values.add(String.valueOf(event.value())));
        eventually("all are committed", () -> committedRecords(group) == 20);
        second.close();
        assertTrue(values.contains("11"));
    }

    @Test
    void whatCannotBeDecodedIsNamed() throws Exception {
        write(1);
        CompletionException failed = assertThrows(
                CompletionException.class,
                () -> client.topic(topicName, Codec.utf8(), Codec.int64())
                        .read(Span.all().untilNow())
                        .runWith(Sink.seq(), client.system())
                        .toCompletableFuture()
                        .join());
        UndecodableRecord undecodable = assertInstanceOf(UndecodableRecord.class, failed.getCause());
        assertEquals(0, undecodable.offset());
        assertEquals(topicName, undecodable.topic());
    }

    @Test
    void withoutDemandNothingIsFetched() throws Exception {
        write(20_000);
        AtomicInteger seen = new AtomicInteger();
        CountDownLatch gate = new CountDownLatch(1);
        CompletionStage<Long> total = topic().read(Span.all().untilNow())
                .map(event -> {
                    if (seen.incrementAndGet() == 10) {
                        assertTrue(gate.await(60, TimeUnit.SECONDS));
                    }
                    return event;
                })
                .runWith(Sink.fold(0L, (sum, _) -> sum + 1), client.system());
        eventually("ten were seen", () -> seen.get() == 10);
        assertFalse(total.toCompletableFuture().isDone());
        gate.countDown();
        assertEquals(20_000, get(total));
    }
}
