package io.sampo.actors.metadata;

import io.sampo.core.metadata.MetadataDelta;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataRecordCodec;
import io.sampo.core.partition.PartitionLog;
import org.apache.kafka.common.record.internal.Record;

/// Builds images from the metadata log: one pass, one copy of the maps that change.
final class MetadataLoader {
    private MetadataLoader() {}

    /// The image after the records that follow `base` in the log.
    ///
    /// @param highWatermark exclusive
    static MetadataImage load(MetadataImage base, PartitionLog log, long logStartOffset, long highWatermark) {
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
