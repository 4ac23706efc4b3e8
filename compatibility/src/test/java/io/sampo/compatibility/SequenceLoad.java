package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.compatibility.scenario.Check;
import io.sampo.compatibility.scenario.ScenarioClient;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/// An idempotent producer on a thread of its own that numbers the records of each partition, with its default
/// retries.
final class SequenceLoad implements AutoCloseable {
    static final int PARTITIONS = 3;

    /// Records under way at most: a broker that is mostly down must not let a queue grow until its head is too old.
    private static final int MAX_OUTSTANDING = 900;

    private final ScenarioClient client;
    private final String topic;
    private final AtomicLong acknowledged = new AtomicLong();
    private final Map<Long, Long> offsets = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean stopping;
    private volatile long sent;

    SequenceLoad(ScenarioClient client, String topic) {
        this.client = client;
        this.topic = topic;
        client.awaitLeaders(topic, PARTITIONS);
        this.thread = new Thread(this::run, "sequence-load");
        thread.start();
    }

    /// What was acknowledged: record `number` went to partition `number % PARTITIONS`.
    record Result(long sent, long acknowledged, Map<Long, Long> offsets) {
        /// The log must hold every record once, in the order of sending, at the offset that was acknowledged.
        void check(List<List<ConsumerRecord<byte[], byte[]>>> read) {
            assertEquals(sent, acknowledged, "every record was acknowledged in the end");
            for (int partition = 0; partition < PARTITIONS; partition++) {
                List<ConsumerRecord<byte[], byte[]>> records = read.get(partition);
                for (int i = 0; i < records.size(); i++) {
                    long number = ByteBuffer.wrap(records.get(i).value()).getLong();
                    assertEquals(
                            (long) i * PARTITIONS + partition, number, "record " + i + " of partition " + partition);
                    assertEquals(i, offsets.get(number), "acknowledged offset of record " + number);
                }
            }
            assertEquals(sent, read.stream().mapToInt(List::size).sum(), "records in the log");
        }
    }

    /// Waits until `more` records are acknowledged from now on.
    void awaitMore(long more) {
        long target = acknowledged.get() + more;
        Check.eventually(Duration.ofSeconds(60), more + " more records are acknowledged", () -> {
            assertTrue(failure.get() == null, () -> "the load failed: " + failure.get());
            return acknowledged.get() >= target;
        });
    }

    /// Stops sending and waits for every acknowledgement.
    Result finish() throws Exception {
        stopping = true;
        thread.join(Duration.ofSeconds(120));
        Exception failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        Check.that(!thread.isAlive(), "the load ended in time");
        return new Result(sent, acknowledged.get(), Map.copyOf(offsets));
    }

    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
    }

    private void run() {
        Map<String, Object> config = Map.of(
                "enable.idempotence", "true", "linger.ms", "1", "delivery.timeout.ms", "110000", "batch.size", "2000");
        try (KafkaProducer<byte[], byte[]> producer = client.producer(config)) {
            List<Future<RecordMetadata>> pending = new ArrayList<>();
            while (!stopping) {
                for (int i = 0; i < PARTITIONS * 10 && sent - acknowledged.get() < MAX_OUTSTANDING; i++) {
                    pending.add(send(producer, sent++));
                }
                Thread.sleep(2);
            }
            for (Future<RecordMetadata> one : pending) {
                Check.that(one.get() != null, "acknowledged");
            }
        } catch (Exception e) {
            failure.compareAndSet(null, e);
        }
    }

    private Future<RecordMetadata> send(KafkaProducer<byte[], byte[]> producer, long number) {
        byte[] value = ByteBuffer.allocate(100).putLong(number).array();
        int partition = (int) (number % PARTITIONS);
        return producer.send(new ProducerRecord<>(topic, partition, null, value), (metadata, error) -> {
            if (error == null) {
                offsets.put(number, metadata.offset());
                acknowledged.incrementAndGet();
            } else {
                failure.compareAndSet(null, error);
            }
        });
    }
}
