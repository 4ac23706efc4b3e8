package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/// A broker for all tests of a class, and for each test a topic named as it, and a client.
abstract class StreamClientFixture {
    static final int PARTITIONS = 4;

    /// How long anything may take, a broker's start included.
    private static final long LIMIT_SECONDS = 90;

    @SuppressWarnings("NullAway.Init")
    static BrokerUnderTest broker;

    @SuppressWarnings("NullAway.Init")
    StreamClient client;

    @SuppressWarnings("NullAway.Init")
    String topicName;

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

    static void createTopic(String name) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(name, Optional.of(PARTITIONS), Optional.empty())))
                    .all()
                    .get();
        }
    }

    static StreamClient client(Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.putIfAbsent("bootstrap.servers", broker.bootstrap());
        settings.putIfAbsent("auto.commit.interval.ms", 100);
        return StreamClient.connect(settings);
    }

    Topic<String, String> topic() {
        return client.topic(topicName, Codec.utf8(), Codec.utf8());
    }

    static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /// As [#get], in a condition that is waited for.
    static <T> T now(CompletionStage<T> stage) {
        try {
            return get(stage);
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// What a map has for a key that must be in it.
    static <K, V> V known(Map<K, V> map, K key) {
        return Objects.requireNonNull(map.get(key), () -> key + " is not among " + map.keySet());
    }

    /// What the stage fails with.
    static <E extends Throwable> E failure(Class<E> type, CompletionStage<?> stage) {
        return assertInstanceOf(
                type, assertThrows(ExecutionException.class, () -> get(stage)).getCause());
    }

    static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within " + LIMIT_SECONDS + " s: " + what);
            Thread.sleep(10);
        }
    }

    /// Keys k0 to k9, values 0 to count - 1.
    void write(int count) throws Exception {
        write(0, count);
    }

    /// Keys k0 to k9.
    ///
    /// @param from the first value
    /// @param to behind the last one
    void write(int from, int to) throws Exception {
        List<Outgoing<String, String>> records = IntStream.range(from, to)
                .mapToObj(i -> Outgoing.of("k" + i % 10, Integer.toString(i)))
                .toList();
        get(Source.from(records).runWith(topic().sink(), client.system()));
    }

    List<Event<String, String>> readAll(String name) throws Exception {
        return get(client.topic(name, Codec.utf8(), Codec.utf8())
                .read(Span.all().untilNow())
                .runWith(Sink.seq(), client.system()));
    }

    static Map<TopicPartition, OffsetAndMetadata> committed(String group) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            return admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
        } catch (InterruptedException | ExecutionException failure) {
            throw new IllegalStateException(failure);
        }
    }

    static long committedRecords(String group) {
        return committed(group).values().stream()
                .mapToLong(OffsetAndMetadata::offset)
                .sum();
    }

    static void assertOrdered(List<Event<String, String>> events) {
        Map<String, Integer> last = new HashMap<>();
        for (Event<String, String> event : events) {
            int number = Integer.parseInt(String.valueOf(event.value()));
            Integer before = last.put(String.valueOf(event.key()), number);
            assertTrue(before == null || before < number, event.key() + ": " + number + " after " + before);
        }
    }
}
