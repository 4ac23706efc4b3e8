package io.sampo.streams.produce;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.produce.PartitionBuffer.Appended;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.jspecify.annotations.Nullable;

/// The records of one topic that were not taken yet: in their partition's buffer, or waiting for the topic,
/// or their partition, to be known. Thread-safe.
///
/// Records that wait go to their partitions before any later one does.
final class TopicBuffers {

    /// What one record needs on its way.
    ///
    /// @param sizeBytes an upper bound of a batch with it alone
    record Waiting(
            OptionalInt partition,
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Header[] headers,
            int sizeBytes,
            SendOutcome outcome,
            long sinceMs,
            OpenWork.Generation generation) {}

    /// How a record fared: where it is now, and what the buffer says.
    record Placed(@Nullable PartitionBuffer buffer, Appended appended) {
        private static final Placed STASHED = new Placed(null, Appended.FIRST);
        private static final Placed NO_MEMORY = new Placed(null, Appended.NO_MEMORY);
    }

    /// What the buffers of a producer share.
    ///
    /// @param batchSizeBytes after which records without a key go to another partition
    record Shared(
            boolean ignoreKeys,
            long maxBlockMs,
            int batchSizeBytes,
            RecordBatch.Origin origin,
            Outcomes outcomes,
            Supplier<ClusterView> view) {}

    final String topic;
    private final Shared shared;
    private final IntFunction<PartitionBuffer> newBuffer;
    private final StickyPartition sticky;

    /// Never fewer than before, as records may wait in any of them. Written under the lock of this object.
    private volatile PartitionBuffer[] buffers = {};

    /// How many partitions the topic has now.
    private volatile int partitionCount;

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    /// Whether a record must not go to its partition without a look at those that wait. Written under the lock.
    private volatile boolean someWait;

    /// Why the cluster could not be asked for the topic the last time; null when it could.
    private @Nullable Throwable lookFailure;

    /// Whether some that wait were to go without waiting for `linger.ms`.
    private boolean waitingIsSealed;

    TopicBuffers(String topic, Shared shared, IntFunction<PartitionBuffer> newBuffer) {
        this.topic = topic;
        this.shared = shared;
        this.newBuffer = newBuffer;
        this.sticky = new StickyPartition(
                shared.batchSizeBytes(), bound -> ThreadLocalRandom.current().nextInt(bound));
    }

    Placed offer(
            OptionalInt partition,
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Header[] headers,
            int sizeBytes,
            SendOutcome outcome,
            long nowMs) {
        Placed placed = someWait ? null : place(partition, timestampMs, key, value, headers, sizeBytes, outcome, false);
        if (placed != null) {
            return placed;
        }
        synchronized (this) {
            // Those that still wait here wait for another partition than this record's.
            placed = place(partition, timestampMs, key, value, headers, sizeBytes, outcome, false);
            if (placed != null) {
                return placed;
            }
            if (!shared.origin().memory().take(sizeBytes)) {
                return Placed.NO_MEMORY;
            }
            OpenWork.Generation generation = shared.origin().work().begin();
            someWait = true;
            waiting.add(
                    new Waiting(partition, timestampMs, key, value, headers, sizeBytes, outcome, nowMs, generation));
            return Placed.STASHED;
        }
    }

    /// @return null when it is not known where the record belongs
    private @Nullable Placed place(
            OptionalInt partition,
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Header[] headers,
            int sizeBytes,
            SendOutcome outcome,
            boolean isPaid) {
        PartitionBuffer[] known = buffers;
        int count = partitionCount;
        if (count == 0 || partition.orElse(0) >= count) {
            return null;
        }
        OptionalInt fixed = Partitioning.fixed(partition, key, shared.ignoreKeys(), count);
        if (fixed.isPresent()) {
            PartitionBuffer buffer = known[fixed.getAsInt()];
            return new Placed(
                    buffer, buffer.append(timestampMs, key, value, headers, outcome, sizeBytes, true, isPaid));
        }
        synchronized (sticky) {
            int index = sticky.current(count);
            if (index >= 0) {
                PartitionBuffer buffer = known[index];
                Appended appended = buffer.append(timestampMs, key, value, headers, outcome, sizeBytes, false, isPaid);
                boolean beginsNew = appended == Appended.NO_BATCH || appended == Appended.FULL;
                if (!beginsNew) {
                    sticky.produced(sizeBytes - DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
                    return new Placed(buffer, appended);
                }
                index = sticky.isDone(appended == Appended.FULL) ? -1 : index;
            }
            PartitionBuffer buffer = known[index >= 0 ? index : sticky.choose(count, available(count))];
            Appended appended = buffer.append(timestampMs, key, value, headers, outcome, sizeBytes, true, isPaid);
            if (appended != Appended.NO_MEMORY) {
                sticky.produced(sizeBytes - DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
            }
            return new Placed(buffer, appended);
        }
    }

    private List<Integer> available(int count) {
        return shared.view().get().topic(topic).map(ClusterView.Topic::partitions).orElse(List.of()).stream()
                .filter(each -> each.leader().isPresent() && each.index() < count)
                .map(ClusterView.Partition::index)
                .toList();
    }

    /// Takes over what the cluster says of the topic: records that waited for it go to their partitions, or
    /// fail when they waited for `max.block.ms`.
    ///
    /// @return buffers that have a record after they had none
    synchronized List<PartitionBuffer> update(ClusterView view, long nowMs) {
        ClusterView.Topic known = view.topic(topic).orElse(null);
        if (known != null && known.error() == Errors.NONE) {
            grow(known.partitions().size());
        }
        if (waiting.isEmpty()) {
            return List.of();
        }
        Errors error = known == null ? Errors.UNKNOWN_TOPIC_OR_PARTITION : known.error();
        if (error != Errors.NONE && !(error.exception() instanceof RetriableException)) {
            failWaiting(error.exception());
            return List.of();
        }
        List<PartitionBuffer> touched = new ArrayList<>();
        for (int left = waiting.size(); left > 0; left--) {
            Waiting next = waiting.removeFirst();
            Placed placed = place(
                    next.partition(),
                    next.timestampMs(),
                    next.key(),
                    next.value(),
                    next.headers(),
                    next.sizeBytes(),
                    counted(next),
                    true);
            if (placed != null && placed.buffer() != null) {
                shared.outcomes().tell(() -> shared.origin().memory().release(next.sizeBytes()));
                if (placed.appended() == Appended.FIRST) {
                    touched.add(placed.buffer());
                }
            } else if (nowMs - next.sinceMs() >= shared.maxBlockMs()) {
                fail(next, unknown(next, error));
            } else {
                waiting.add(next);
            }
        }
        someWait = !waiting.isEmpty();
        if (waitingIsSealed) {
            // Those that came later and do not wait go with them.
            seal();
        }
        return touched;
    }

    private void grow(int count) {
        PartitionBuffer[] now = buffers;
        if (count > now.length) {
            PartitionBuffer[] more = Arrays.copyOf(now, count);
            for (int index = now.length; index < count; index++) {
                more[index] = newBuffer.apply(index);
            }
            buffers = more;
        }
        partitionCount = count;
    }

    private Throwable unknown(Waiting next, Errors error) {
        String what = partitionCount == 0
                ? "topic " + topic + " was not known"
                : "topic " + topic + " had " + partitionCount + " partitions, not " + next.partition();
        String message = what + " within " + shared.maxBlockMs() + " ms (max.block.ms)";
        Throwable unasked = lookFailure;
        if (unasked != null) {
            return new TimeoutException(message + "; the cluster could not be asked: " + unasked, unasked);
        }
        return error == Errors.UNKNOWN_TOPIC_OR_PARTITION
                ? new UnknownTopicOrPartitionException(message)
                : new TimeoutException(message, error.exception());
    }

    private SendOutcome counted(Waiting next) {
        return new SendOutcome() {
            @Override
            public void sent(TopicPartition partition, long offset, long timestampMs) {
                next.outcome().sent(partition, offset, timestampMs);
                shared.origin().work().end(next.generation());
            }

            @Override
            public void failed(Throwable failure) {
                next.outcome().failed(failure);
                shared.origin().work().end(next.generation());
            }
        };
    }

    private void fail(Waiting next, Throwable failure) {
        shared.outcomes().tell(() -> {
            shared.origin().memory().release(next.sizeBytes());
            counted(next).failed(failure);
        });
    }

    /// The cluster was asked for the topic.
    ///
    /// @param failure null when it answered
    synchronized void looked(@Nullable Throwable failure) {
        lookFailure = failure;
    }

    synchronized void failWaiting(Throwable failure) {
        Waiting next;
        while ((next = waiting.pollFirst()) != null) {
            fail(next, failure);
        }
        someWait = false;
    }

    synchronized boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /// When the oldest record that waits for the topic has waited long enough; [BatchSupply#NEVER] for none.
    synchronized long dueMs() {
        Waiting oldest = waiting.peekFirst();
        return oldest == null ? BatchSupply.NEVER : oldest.sinceMs() + shared.maxBlockMs();
    }

    /// What is gathered goes without waiting for more; what waits for the topic does so when it is known.
    synchronized void seal() {
        waitingIsSealed = !waiting.isEmpty();
        for (PartitionBuffer buffer : buffers) {
            buffer.seal();
        }
    }
}
