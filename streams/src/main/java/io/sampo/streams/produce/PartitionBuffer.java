package io.sampo.streams.produce;

import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/// The batches of one partition that were not taken yet; the last one is open. Thread-safe: callers append,
/// the sender takes.
final class PartitionBuffer implements BatchSupply {

    enum Appended {
        /// There is no open batch, and none may be begun.
        NO_BATCH,
        /// The open batch has no room, and none may be begun.
        FULL,
        NO_MEMORY,
        /// The record is in; the sender knows that there are some.
        DONE,
        /// The record is in, and is the first: the sender is to be told.
        FIRST,
        /// The record is in, and there is a full batch: the sender is to look.
        READY
    }

    final TopicPartition partition;
    private final RecordBatch.Origin origin;
    private final BatchSizes sizes;
    private final long lingerMs;
    private final LongSupplier clockMs;
    private final ArrayDeque<RecordBatch> batches = new ArrayDeque<>();
    private final BooleanSupplier isHurried;

    /// The last batch, while records may be appended to it.
    private @Nullable RecordBatch open;

    /// @param clockMs monotonic
    /// @param isHurried whether batches go without waiting, as somebody needs room
    PartitionBuffer(
            TopicPartition partition,
            RecordBatch.Origin origin,
            BatchSizes sizes,
            long lingerMs,
            LongSupplier clockMs,
            BooleanSupplier isHurried) {
        this.partition = partition;
        this.origin = origin;
        this.sizes = sizes;
        this.lingerMs = lingerMs;
        this.clockMs = clockMs;
        this.isHurried = isHurried;
    }

    /// @param sizeBytes an upper bound of a batch with this record alone
    /// @param mayBegin whether a new batch may be begun
    /// @param isPaid whether memory was taken before, so that it may be overdrawn
    synchronized Appended append(
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            Header[] headers,
            SendOutcome outcome,
            int sizeBytes,
            boolean mayBegin,
            boolean isPaid) {
        RecordBatch last = open;
        if (last != null && last.append(timestampMs, key, value, headers, outcome)) {
            if (last.isFull()) {
                seal();
                return Appended.READY;
            }
            // Behind others it goes with their turn.
            return batches.peekFirst() == last && last.isEnough() ? Appended.READY : Appended.DONE;
        }
        if (!mayBegin) {
            return last == null ? Appended.NO_BATCH : Appended.FULL;
        }
        long memoryBytes = Math.max(sizes.nextBytes(batches.size()), sizeBytes);
        if (isPaid) {
            origin.memory().force(memoryBytes);
        } else if (!origin.memory().take(memoryBytes)) {
            return Appended.NO_MEMORY;
        }
        seal();
        RecordBatch begun = new RecordBatch(
                partition,
                origin,
                sizes,
                memoryBytes,
                clockMs.getAsLong(),
                origin.work().begin());
        begun.append(timestampMs, key, value, headers, outcome);
        boolean wasEmpty = batches.isEmpty();
        batches.add(begun);
        open = begun;
        if (begun.isFull()) {
            seal();
        }
        return wasEmpty ? Appended.FIRST : Appended.READY;
    }

    /// The open batch waits no longer.
    synchronized void seal() {
        if (open != null) {
            open.seal();
            open = null;
        }
    }

    @Override
    public synchronized long readyAtMs() {
        RecordBatch oldest = batches.peekFirst();
        if (oldest == null) {
            return NEVER;
        }
        boolean goes = oldest != open || isHurried.getAsBoolean() || oldest.isEnough();
        return goes ? Long.MIN_VALUE : oldest.createdMs() + lingerMs;
    }

    @Override
    public synchronized long oldestMs() {
        RecordBatch oldest = batches.peekFirst();
        return oldest == null ? NEVER : oldest.createdMs();
    }

    @Override
    public synchronized int nextBytes() {
        RecordBatch oldest = batches.peekFirst();
        return oldest == null ? 0 : oldest.sizeBytes();
    }

    @Override
    public synchronized RecordBatch take() {
        RecordBatch oldest = batches.removeFirst();
        if (oldest == open) {
            seal();
        }
        return oldest;
    }
}
