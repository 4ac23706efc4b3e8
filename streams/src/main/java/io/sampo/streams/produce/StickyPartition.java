package io.sampo.streams.produce;

import java.util.List;
import java.util.function.IntUnaryOperator;

/// Where records of one topic without a key go: to one partition until a batch is full, then to another, so
/// that batches fill and partitions get the same share (KIP-794, without its weighing of slow brokers). Not
/// thread-safe.
final class StickyPartition {
    private final int batchSizeBytes;
    private final IntUnaryOperator random;
    private int current = -1;
    private long producedBytes;

    /// @param random from 0 inclusive to its argument exclusive
    StickyPartition(int batchSizeBytes, IntUnaryOperator random) {
        this.batchSizeBytes = batchSizeBytes;
        this.random = random;
    }

    /// @param partitionCount 1 or more
    /// @param available partitions that have a leader; none: all are as good
    int choose(int partitionCount, List<Integer> available) {
        current = available.isEmpty()
                ? random.applyAsInt(partitionCount)
                : available.get(random.applyAsInt(available.size()));
        producedBytes = 0;
        return current;
    }

    /// @return -1 when a partition is to be chosen
    int current(int partitionCount) {
        return current < partitionCount ? current : -1;
    }

    void produced(int recordBytes) {
        producedBytes += recordBytes;
    }

    /// The next record would begin a batch: whether it should do so in another partition.
    ///
    /// @param wasFull whether the batch before it has no room; else it was sent already
    boolean isDone(boolean wasFull) {
        return wasFull || producedBytes >= batchSizeBytes;
    }
}
