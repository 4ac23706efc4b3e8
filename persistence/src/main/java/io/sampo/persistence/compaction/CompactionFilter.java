package io.sampo.persistence.compaction;

import java.util.Set;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/// Which records survive a round of cleaning.
///
/// - A record survives when no later record of its key lies in the mapped range, or when it lies above that range.
/// - A tombstone survives until the delete horizon of its batch: `delete.retention.ms` after the first round that
///     saw it
///     (KIP-534; the horizon is written into the batch header by Kafka's filter).
/// - Control batches and records of transactions survive always, and do not shadow older records: whether a
///     transaction
///     was aborted is not known here, and an aborted record must not remove a committed one.
/// - A batch that becomes empty keeps its header when it is the last of its producer, the last of the round, or the
///   last before the marker of a leader epoch: a follower that fetches this log must reach the marker's offset.
final class CompactionFilter extends RecordFilter {
    private final OffsetMap map;
    private final ProducerTails producers;
    private final long upperOffset;
    private final Set<Long> markedOffsets;

    /// @param upperOffset exclusive end of the round
    /// @param markedOffsets where leader epochs start
    CompactionFilter(
            OffsetMap map,
            ProducerTails producers,
            long upperOffset,
            Set<Long> markedOffsets,
            long nowMs,
            long deleteRetentionMs) {
        super(nowMs, deleteRetentionMs);
        this.map = map;
        this.producers = producers;
        this.upperOffset = upperOffset;
        this.markedOffsets = markedOffsets;
    }

    @Override
    protected BatchRetentionResult checkBatchRetention(RecordBatch batch) {
        boolean keepHeader = producers.isLast(batch)
                || batch.nextOffset() == upperOffset
                || markedOffsets.contains(batch.nextOffset());
        return new BatchRetentionResult(keepHeader ? BatchRetention.RETAIN_EMPTY : BatchRetention.DELETE_EMPTY, false);
    }

    @Override
    protected boolean shouldRetainRecord(RecordBatch batch, Record record) {
        if (batch.isControlBatch() || batch.isTransactional() || record.offset() > map.latestOffset()) {
            return true;
        }
        if (!record.hasKey()) {
            // Nothing can ever replace it: refused when produced, so only an older topic setting lets it be here.
            return false;
        }
        return record.offset() >= map.get(record.key()) && (record.hasValue() || isBeforeDeleteHorizon(batch));
    }

    private boolean isBeforeDeleteHorizon(RecordBatch batch) {
        return batch.deleteHorizonMs().isEmpty()
                || currentTime < batch.deleteHorizonMs().getAsLong();
    }
}
