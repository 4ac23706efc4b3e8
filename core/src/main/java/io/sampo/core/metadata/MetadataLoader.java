package io.sampo.core.metadata;

import io.sampo.core.partition.Mutation;
import io.sampo.core.partition.PartitionLog.BatchVisitor;
import java.util.Set;
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
        return load(base, log, logStartOffset, highWatermark, Set.of());
    }

    static MetadataImage load(
            MetadataImage base, Source log, long logStartOffset, long highWatermark, Set<Mutation> planted) {
        long from = Math.max(logStartOffset, base.offset() + 1);
        if (from >= highWatermark) {
            return base;
        }
        boolean anywhere = planted.contains(Mutation.METADATA_BATCH_COUNTS_ANYWHERE);
        MetadataDelta delta = new MetadataDelta(base);
        log.forEachBatch(from, highWatermark, batch -> {
            if (!batch.isControlBatch()
                    && batch.baseOffset() >= from
                    && (anywhere || MetadataRecordCodec.isInPlace(batch))) {
                for (Record record : batch) {
                    delta.apply(MetadataRecordCodec.decode(record));
                }
            }
        });
        return delta.build(highWatermark - 1);
    }
}
