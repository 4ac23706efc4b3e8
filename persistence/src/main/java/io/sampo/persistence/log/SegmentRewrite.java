package io.sampo.persistence.log;

import org.apache.kafka.common.record.internal.MemoryRecords;

/// The new content of some closed segments; nothing is visible before [#commit]. One thread.
public interface SegmentRewrite extends AutoCloseable {
    /// Name of the file, beside the segments, in which the cleaner remembers how far it came.
    String CHECKPOINT_FILE = "cleaner-checkpoint";

    /// Batches in offset order, final.
    void append(MemoryRecords batches);

    /// Bytes so far.
    int sizeInBytes();

    /// Syncs and puts the new segment in place of the old ones. A crash leaves either.
    void commit();

    /// Drops the new content unless it was committed.
    @Override
    void close();
}
