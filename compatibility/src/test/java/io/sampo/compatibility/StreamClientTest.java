package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerKind;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Sent;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.streams.UndecodableRecord;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Writing and reading without a group against real brokers: the same for Sampo and for Apache Kafka.
@Timeout(120)
abstract class StreamClientTest extends StreamClientFixture {
    /// Against a node of Sampo.
    static final class OnSampoTest extends StreamClientTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.SAMPO, directory, Map.of());
        }
    }

    /// Against Apache Kafka.
    static final class OnKafkaTest extends StreamClientTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA, directory, Map.of());
        }
    }

    /// Against the oldest Apache Kafka that is spoken with.
    static final class OnKafka28Test extends StreamClientTest {
        @BeforeAll
        static void start(@TempDir Path directory) {
            broker = BrokerUnderTest.start(BrokerKind.KAFKA_2_8, directory, Map.of());
        }
    }

    record Order(String customer, int pieces) {}

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
    void aStreamWithoutDemandWaitsAndGoesOnWithIt() throws Exception {
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
