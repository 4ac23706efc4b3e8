package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.broker.ProcessFigures;
import io.sampo.compatibility.scenario.Check;
import io.sampo.compatibility.scenario.Payload;
import io.sampo.compatibility.scenario.ScenarioClient;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Minutes of steady work with retention, connections and topics that come and go: memory, handles and latency must
/// stay.
///
/// Prints a Markdown table and writes it to target/soak.md. `-Dsampo.soak.minutes` says how long.
@Tag("long")
@Timeout(value = 2, unit = TimeUnit.HOURS)
final class SoakTest {
    private static final int MINUTES = Integer.getInteger("sampo.soak.minutes", 10);
    private static final int RECORDS_PER_SECOND = 2_000;
    private static final int RECORD_BYTES = 1_024;
    private static final long MEBIBYTE = 1024 * 1024;

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final ConcurrentLinkedQueue<Long> latenciesMicros = new ConcurrentLinkedQueue<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong consumed = new AtomicLong();
    private volatile boolean stopping;

    private record Minute(int number, long records, long p50Micros, long p99Micros, long residentBytes, int handles) {
        String row() {
            return String.format(
                    Locale.ROOT,
                    "| %d | %d | %.2f | %.2f | %d | %d |",
                    number,
                    records,
                    p50Micros / 1e3,
                    p99Micros / 1e3,
                    residentBytes / MEBIBYTE,
                    handles);
        }
    }

    @Test
    void memoryHandlesAndLatencyStaySteady(@TempDir Path dir) throws Exception {
        List<Minute> minutes = new ArrayList<>();
        try (BrokerUnderTest broker = BrokerUnderTest.start(dir, Map.of("log.retention.check.interval.ms", "5000"))) {
            ScenarioClient client = new ScenarioClient(broker.bootstrap());
            String topic = client.createTopic(
                    "soak", 6, Map.of("segment.bytes", "" + 8 * MEBIBYTE, "retention.bytes", "" + 24 * MEBIBYTE));
            List<Thread> threads = List.of(
                    started("producer", () -> produce(client, topic)),
                    started("consumer", () -> consume(client, topic)),
                    started("visitors", () -> comeAndGo(client)));
            for (int number = 1; number <= MINUTES; number++) {
                minutes.add(minute(broker, number));
                System.out.println(minutes.getLast().row());
            }
            stopping = true;
            for (Thread thread : threads) {
                thread.join(60_000);
            }
        }
        report(minutes);
        Throwable failed = failure.get();
        if (failed != null) {
            throw new AssertionError("a client failed", failed);
        }
        assertEquals(acknowledged.get(), consumed.get(), "every record was consumed once");
        assertSteady(minutes);
    }

    private Minute minute(BrokerUnderTest broker, int number) throws InterruptedException {
        latenciesMicros.clear();
        long before = acknowledged.get();
        long endNanos = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (System.nanoTime() < endNanos && failure.get() == null) {
            Thread.sleep(100);
        }
        long[] sorted =
                latenciesMicros.stream().mapToLong(Long::longValue).sorted().toArray();
        return new Minute(
                number,
                acknowledged.get() - before,
                percentile(sorted, 0.50),
                percentile(sorted, 0.99),
                ProcessFigures.residentBytes(broker.pid()),
                ProcessFigures.openHandles(broker.pid()));
    }

    private static long percentile(long[] sorted, double fraction) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
    }

    /// The second half against the minutes after the start: caches and compiled code may grow at first, then not.
    private static void assertSteady(List<Minute> minutes) {
        if (minutes.size() < 4) {
            return;
        }
        Minute settled = minutes.get(minutes.size() / 2 - 1);
        Minute last = minutes.getLast();
        assertTrue(
                last.residentBytes() < settled.residentBytes() * 5 / 4 + 32 * MEBIBYTE,
                () -> "memory grew from " + settled.row() + " to " + last.row());
        assertTrue(
                last.handles() < settled.handles() + 40,
                () -> "handles grew from " + settled.row() + " to " + last.row());
        long[] late = minutes.subList(minutes.size() / 2, minutes.size()).stream()
                .mapToLong(Minute::p99Micros)
                .sorted()
                .toArray();
        long[] early = minutes.subList(0, minutes.size() / 2).stream()
                .mapToLong(Minute::p99Micros)
                .sorted()
                .toArray();
        assertTrue(
                late[late.length / 2] < 2 * early[early.length / 2] + 5_000,
                () -> "p99 latency grew from " + Arrays.toString(early) + " to " + Arrays.toString(late));
    }

    private static void report(List<Minute> minutes) throws Exception {
        StringBuilder table =
                new StringBuilder("| minute | records | end to end p50 ms | p99 ms | resident MiB | handles |\n"
                        + "|---:|---:|---:|---:|---:|---:|\n");
        minutes.forEach(minute -> table.append(minute.row()).append('\n'));
        System.out.println(table);
        Files.writeString(Path.of(System.getProperty("basedir", "."), "target", "soak.md"), table);
    }

    private Thread started(String name, io.sampo.compatibility.scenario.Step.Body body) {
        Thread thread = new Thread(
                () -> {
                    try {
                        body.run();
                    } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void produce(ScenarioClient client, String topic) throws InterruptedException {
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of("linger.ms", "1"))) {
            long number = 0;
            while (!stopping) {
                for (int i = 0; i < RECORDS_PER_SECOND / 100; i++) {
                    ByteBuffer value = ByteBuffer.wrap(Payload.of(number, RECORD_BYTES));
                    value.putLong(0, System.nanoTime());
                    var unused = producer.send(
                            new ProducerRecord<>(topic, (int) (number++ % 6), null, value.array()),
                            (metadata, error) -> {
                                if (error == null) {
                                    acknowledged.incrementAndGet();
                                } else {
                                    failure.compareAndSet(null, error);
                                }
                            });
                }
                Thread.sleep(10);
            }
        }
    }

    private void consume(ScenarioClient client, String topic) {
        Map<String, Object> config = Map.of("group.id", ScenarioClient.unique("soak"), "fetch.max.wait.ms", "100");
        try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(config)) {
            consumer.subscribe(List.of(topic));
            long quietSinceNanos = System.nanoTime();
            while (!stopping
                    || System.nanoTime() - quietSinceNanos
                            < Duration.ofSeconds(3).toNanos()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    long sentNanos = ByteBuffer.wrap(record.value()).getLong();
                    latenciesMicros.add((System.nanoTime() - sentNanos) / 1_000);
                    consumed.incrementAndGet();
                    quietSinceNanos = System.nanoTime();
                }
                consumer.commitAsync();
            }
        }
    }

    /// Once a second or so: a new topic, a new producer, a new group, and all of them gone again.
    private void comeAndGo(ScenarioClient client) throws Exception {
        while (!stopping) {
            String topic = client.createTopic("visitor", 3, Map.of());
            try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of())) {
                Check.get(producer.send(new ProducerRecord<>(topic, 0, null, Payload.of(1, 100))));
            }
            String groupId = ScenarioClient.unique("visitor");
            try (KafkaConsumer<byte[], byte[]> consumer = client.consumer(Map.of("group.id", groupId))) {
                consumer.subscribe(List.of(topic));
                Check.eventually(
                        Duration.ofSeconds(30),
                        "the visitor's record",
                        () -> !consumer.poll(Duration.ofMillis(100)).isEmpty());
                consumer.commitSync();
            }
            try (Admin admin = client.admin()) {
                Check.get(admin.deleteConsumerGroups(List.of(groupId)).all());
                Check.get(admin.deleteTopics(List.of(topic)).all());
            }
            Thread.sleep(500);
        }
    }
}
