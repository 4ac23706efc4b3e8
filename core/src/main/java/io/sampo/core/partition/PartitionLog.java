package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/// Port to the log of one local replica: its read side and its housekeeping. Appends do not come this way: they are
/// [ReplicaEvent]s that the replica persists.
///
/// Thread rule: any thread, at any time, also while the log is appended to; nothing here waits for an append.
/// Failures: [PartitionLogException] on I/O errors and damage; offsets outside the log are the caller's to check
/// first.
public interface PartitionLog {

    PartitionId id();

    String topic();

    /// First offset that may be read (inclusive).
    long logStartOffset();

    /// Offset of the next record (exclusive end), synced or not.
    long logEndOffset();

    /// Exclusive end of the prefix that is known to be on disk.
    long durableEndOffset();

    /// Bytes of all segments, indexes not counted.
    long sizeInBytes();

    /// Whole batches from the one that contains `startOffset`, up to `upperOffset` (exclusive: high watermark or
    /// last stable offset).
    ///
    /// @param maxBytes upper bound of the result, unless `atLeastOneBatch` and the first batch alone is larger
    /// @return empty records when nothing lies below `upperOffset`. File-backed where possible, so that a
    ///     connection can hand them to the kernel without copying; stays readable after the segment was deleted
    Slice read(long startOffset, long upperOffset, int maxBytes, boolean atLeastOneBatch);

    /// What a leader sends to its followers ([ReplicaEffect.SendTail]): whole batches from the one that
    /// contains `startOffset` (or, after compaction, the next) and ends at or below `upperOffset` (exclusive,
    /// and not bound to the high watermark). At least one batch if there is any, then no more than `maxBytes`;
    /// may be fewer than fit. Batches of a persist that is under way may be missing: their bytes are in its
    /// events.
    ///
    /// @return headers and bytes, in order; on the heap, so they stay what they are whatever happens to the
    ///     log. Their checksums were checked
    default List<BatchAppended> readBatches(long startOffset, long upperOffset, int maxBytes) {
        List<BatchAppended> batches = new ArrayList<>();
        int[] bytes = {0};
        forEachBatch(startOffset, upperOffset, batch -> {
            bytes[0] += batch.sizeInBytes();
            if (batches.isEmpty() || bytes[0] <= maxBytes) {
                ByteBuffer copy = ByteBuffer.allocate(batch.sizeInBytes());
                batch.writeTo(copy);
                batches.add(new BatchAppended(BatchHeader.of(batch), MemoryRecords.readableRecords(copy.flip())));
            }
        });
        return batches;
    }

    /// First record with a timestamp of at least `timestampMs` and an offset in [logStartOffset, upperOffset).
    Optional<TimestampedOffset> offsetForTimestamp(long timestampMs, long upperOffset);

    /// The record with the largest timestamp below `upperOffset`; the first of them if there are several (KIP-734).
    Optional<TimestampedOffset> maxTimestamp(long upperOffset);

    /// Batches from `startOffset` to `upperOffset`, in order, for loading a coordinator's state. Reads in bounded
    /// chunks.
    void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor);

    /// Markers of all leader epochs that still matter, oldest first.
    List<EpochStart> epochStarts();

    /// Takes over changed topic settings; they apply from the next append, roll or clean-up on.
    void updateSettings(LogSettings settings);

    /// @param records `MemoryRecords` or file-backed records
    /// @param firstBatchOffset base offset of the first batch, or `startOffset` when empty
    record Slice(BaseRecords records, long firstBatchOffset) {}

    /// @param leaderEpoch of the batch that holds the record
    record TimestampedOffset(long timestampMs, long offset, int leaderEpoch) {}

    @FunctionalInterface
    interface BatchVisitor {
        /// The batch is valid only during the call.
        void visit(RecordBatch batch);
    }
}
