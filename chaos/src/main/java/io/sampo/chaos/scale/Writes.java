package io.sampo.chaos.scale;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// One stock producer that writes to thousands of partitions with acks=all, one record at a time to each.
///
/// Thread rule: one thread.
public final class Writes implements AutoCloseable {
    private static final byte[] VALUE = "scale".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final KafkaProducer<byte[], byte[]> producer;

    /// @param limitMs no record waits longer for its acknowledgement
    public Writes(String bootstrap, long limitMs) {
        producer = new KafkaProducer<>(
                Map.ofEntries(
                        Map.entry("bootstrap.servers", bootstrap),
                        Map.entry("client.id", "scale"),
                        Map.entry("acks", "all"),
                        Map.entry("enable.idempotence", "true"),
                        Map.entry("request.timeout.ms", "5000"),
                        Map.entry("delivery.timeout.ms", Long.toString(Math.max(limitMs, 6_000))),
                        Map.entry("max.block.ms", Long.toString(limitMs)),
                        Map.entry("reconnect.backoff.max.ms", "500"),
                        // Memory is taken for a whole batch of each partition.
                        Map.entry("batch.size", "512")),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /// A write to one partition, and how long it took.
    ///
    /// @param latencyMs Long.MAX_VALUE when it was not acknowledged
    public record Outcome(TopicPartition partition, long latencyMs) {}

    /// Writes once to each partition and waits for all acknowledgements, which come in their order.
    ///
    /// @param sinceNanos from when each is counted
    public List<Outcome> writeOnce(Collection<TopicPartition> partitions, long sinceNanos) throws IOException {
        Map<TopicPartition, Long> latencies = new ConcurrentHashMap<>();
        for (TopicPartition partition : partitions) {
            send(partition, sinceNanos, latencies);
        }
        producer.flush();
        return outcomes(partitions, latencies);
    }

    /// Writes to all partitions in turn, each once in `roundMs`, until `until` says so, and then once more; waits for
    /// all acknowledgements.
    ///
    /// @return the slowest write of each partition
    public List<Outcome> writeOn(
            List<TopicPartition> partitions, long roundMs, java.util.function.BooleanSupplier until)
            throws IOException {
        Map<TopicPartition, Long> slowest = new ConcurrentHashMap<>();
        boolean last = false;
        while (!last) {
            last = until.getAsBoolean();
            long begin = System.nanoTime();
            int sent = 0;
            for (TopicPartition partition : partitions) {
                send(partition, System.nanoTime(), slowest);
                sent++;
                long dueNanos = begin + roundMs * 1_000_000 * sent / partitions.size();
                pauseUntil(dueNanos);
            }
        }
        producer.flush();
        return outcomes(partitions, slowest);
    }

    private void send(TopicPartition partition, long sinceNanos, Map<TopicPartition, Long> latencies) {
        var _ = producer.send(
                new ProducerRecord<>(partition.topic(), partition.partition(), null, VALUE), (_, failure) -> {
                    long latencyMs = failure == null ? (System.nanoTime() - sinceNanos) / 1_000_000 : Long.MAX_VALUE;
                    latencies.merge(partition, latencyMs, Math::max);
                });
    }

    private static List<Outcome> outcomes(Collection<TopicPartition> partitions, Map<TopicPartition, Long> latencies) {
        List<Outcome> outcomes = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            outcomes.add(new Outcome(partition, latencies.getOrDefault(partition, Long.MAX_VALUE)));
        }
        return outcomes;
    }

    private static void pauseUntil(long nanos) throws IOException {
        long leftMs = (nanos - System.nanoTime()) / 1_000_000;
        if (leftMs > 0) {
            Pause.ms(leftMs);
        }
    }

    @Override
    public void close() {
        producer.close(java.time.Duration.ZERO);
    }
}
