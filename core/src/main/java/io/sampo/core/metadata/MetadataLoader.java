package io.sampo.core.metadata;

import io.sampo.core.partition.PartitionLog.BatchVisitor;
import org.apache.kafka.common.record.internal.Record;

/// Builds images from the metadata log: one pass, one copy of the maps that change.
public final class MetadataLoader {
    private MetadataLoader() {}

    /// The log of the metadata partition's replica on this node.
    @FunctionalInterface
    public interface Source {
        /// As [io.sampo.core.partition.PartitionLog#forEachBatch].
        void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor);
    }

    /// The image after the records that follow `base` in the log.
    ///
    /// @param highWatermark exclusive
    public static MetadataImage load(MetadataImage base, Source log, long logStartOffset, long highWatermark) {
        long from = Math.max(logStartOffset, base.offset() + 1);
        if (from >= highWatermark) {
            return base;
        }
        MetadataDelta delta = new MetadataDelta(base);
        log.forEachBatch(from, highWatermark, batch -> {
            if (!batch.isControlBatch() && batch.baseOffset() >= from && MetadataRecordCodec.isInPlace(batch)) {
                for (Record record : batch) {
                    delta.apply(MetadataRecordCodec.decode(record));
                }
            }
        });
        return delta.build(highWatermark - 1);
    }
}
