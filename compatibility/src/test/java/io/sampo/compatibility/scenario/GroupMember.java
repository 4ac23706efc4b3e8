package io.sampo.compatibility.scenario;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.jspecify.annotations.Nullable;

/// A consumer of a group on a thread of its own: reads, notes each record, commits after each poll and before it
/// gives partitions away.
final class GroupMember implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Map<Long, AtomicInteger>> seen;
    private final Map<TopicPartition, Long> lastOffsets = new HashMap<>();
    private final Thread thread;
    private final AtomicInteger assignments = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile Set<TopicPartition> owned = Set.of();
    private volatile int generation = -1;
    private volatile boolean stopping;

    /// @param seen how often each offset was read, by all members together
    GroupMember(
            KafkaConsumer<byte[], byte[]> consumer, String topic, Map<TopicPartition, Map<Long, AtomicInteger>> seen) {
        this.consumer = consumer;
        this.seen = seen;
        this.thread = new Thread(() -> run(topic), "member");
        thread.start();
    }

    Set<TopicPartition> owned() {
        return owned;
    }

    /// How often partitions were newly assigned.
    int assignments() {
        return assignments.get();
    }

    int generation() {
        return generation;
    }

    /// Ends the loop, commits and leaves as a client does that is closed.
    ///
    /// @throws AssertionError when the member failed at any time
    @Override
    public void close() {
        stopping = true;
        try {
            thread.join(30_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Check.that(!thread.isAlive(), "the member ended in time");
        Throwable failed = failure.get();
        if (failed != null) {
            throw new AssertionError("a group member failed", failed);
        }
    }

    private void run(String topic) {
        try (consumer) {
            consumer.subscribe(List.of(topic), new Listener());
            while (!stopping) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                    note(record);
                }
                owned = Set.copyOf(consumer.assignment());
                generation = consumer.groupMetadata().generationId();
                commit();
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        } finally {
            owned = Set.of();
        }
    }

    private void note(ConsumerRecord<byte[], byte[]> record) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        Long last = lastOffsets.put(partition, record.offset());
        Check.that(last == null || last + 1 == record.offset(), partition + ": " + record.offset() + " after " + last);
        seen.computeIfAbsent(partition, p -> new ConcurrentHashMap<>())
                .computeIfAbsent(record.offset(), offset -> new AtomicInteger())
                .incrementAndGet();
    }

    private void commit() {
        try {
            consumer.commitSync(Duration.ofSeconds(20));
        } catch (RebalanceInProgressException | CommitFailedException e) {
            // The next poll takes part in the rebalance; what was not committed is read again.
        }
    }

    private final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) {
                commit();
            }
            owned = Set.of();
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            partitions.forEach(lastOffsets::remove);
            assignments.incrementAndGet();
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            owned = Set.of();
        }
    }
}
