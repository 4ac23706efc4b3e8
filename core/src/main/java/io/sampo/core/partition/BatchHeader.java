package io.sampo.core.partition;

import org.apache.kafka.common.record.internal.RecordBatch;

/// What recovery, producer state and indexes need to know of one record batch (format v2) without its records.
///
/// @param baseOffset first offset, inclusive
/// @param lastOffset last offset, inclusive
/// @param leaderEpoch `partitionLeaderEpoch` of the batch
/// @param producerId -1 when the producer is not idempotent
/// @param producerEpoch -1 when the producer is not idempotent
/// @param baseSequence -1 when the producer is not idempotent
/// @param maxTimestampMs largest record timestamp, or the append time for LogAppendTime
/// @param sizeInBytes whole batch with its header
/// @param isTransactional part of a transaction
/// @param isControl a control batch (transaction marker)
public record BatchHeader(
        long baseOffset,
        long lastOffset,
        int leaderEpoch,
        long producerId,
        short producerEpoch,
        int baseSequence,
        long maxTimestampMs,
        int sizeInBytes,
        boolean isTransactional,
        boolean isControl) {

    public static BatchHeader of(RecordBatch batch) {
        return new BatchHeader(
                batch.baseOffset(),
                batch.lastOffset(),
                batch.partitionLeaderEpoch(),
                batch.producerId(),
                batch.producerEpoch(),
                batch.baseSequence(),
                batch.maxTimestamp(),
                batch.sizeInBytes(),
                batch.isTransactional(),
                batch.isControlBatch());
    }

    public boolean hasProducerId() {
        return producerId != RecordBatch.NO_PRODUCER_ID;
    }

    /// Offset of the record after this batch (exclusive end).
    public long nextOffset() {
        return lastOffset + 1;
    }
}
