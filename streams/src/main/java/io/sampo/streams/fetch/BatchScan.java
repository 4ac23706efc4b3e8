package io.sampo.streams.fetch;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/// The whole batches at the beginning of what a broker sent; a torn last one is not counted.
///
/// @param batches in order; those that end below the position are left out
/// @param nextOffset offset after the last batch; the position itself when there is none
/// @param leaderEpoch of the last batch; -1 before message format v2 and without batches
/// @param maxTimestampMs of the last batch, since the epoch; -1 without
/// @param sizeBytes of the batches
/// @param corruption why the batch at `nextOffset` cannot be read; null when nothing is wrong
record BatchScan(
        List<RecordBatch> batches,
        long nextOffset,
        int leaderEpoch,
        long maxTimestampMs,
        int sizeBytes,
        @Nullable KafkaException corruption) {

    /// @param position batches that end below it are not wanted
    /// @param checkCrcs whether checksums are looked at
    static BatchScan of(MemoryRecords records, long position, boolean checkCrcs) {
        List<RecordBatch> batches = new ArrayList<>();
        long nextOffset = position;
        int leaderEpoch = -1;
        long maxTimestampMs = -1;
        int sizeBytes = 0;
        KafkaException corruption = null;
        Iterator<? extends RecordBatch> all = records.batchIterator();
        try {
            while (all.hasNext()) {
                RecordBatch batch = all.next();
                if (batch.lastOffset() < nextOffset) {
                    continue;
                }
                if (checkCrcs) {
                    batch.ensureValid();
                }
                batches.add(batch);
                nextOffset = batch.nextOffset();
                leaderEpoch = batch.partitionLeaderEpoch();
                maxTimestampMs = batch.maxTimestamp();
                sizeBytes += batch.sizeInBytes();
            }
        } catch (KafkaException failure) {
            corruption = failure;
        }
        return new BatchScan(batches, nextOffset, leaderEpoch, maxTimestampMs, sizeBytes, corruption);
    }
}
