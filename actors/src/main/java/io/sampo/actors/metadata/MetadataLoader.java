package io.sampo.actors.metadata;

import io.sampo.core.metadata.MetadataDelta;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataRecordCodec;
import io.sampo.core.partition.PartitionLog;
import org.apache.kafka.common.record.internal.Record;

/// Builds the image from the metadata log: one pass, one copy of the maps.
final class MetadataLoader {
    private MetadataLoader() {}

    /// @param highWatermark exclusive
    static MetadataImage load(PartitionLog log, long logStartOffset, long highWatermark) {
        MetadataDelta delta = new MetadataDelta(MetadataImage.EMPTY);
        log.forEachBatch(logStartOffset, highWatermark, batch -> {
            if (!batch.isControlBatch() && MetadataRecordCodec.isInPlace(batch)) {
                for (Record record : batch) {
                    delta.apply(MetadataRecordCodec.decode(record));
                }
            }
        });
        return delta.build(highWatermark - 1);
    }
}
