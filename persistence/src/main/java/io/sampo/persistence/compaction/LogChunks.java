package io.sampo.persistence.compaction;

import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLog.Slice;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.persistence.log.FileSlice;
import java.io.IOException;
import java.util.function.LongConsumer;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/// Reads a range of a log in slices of whole batches, through one buffer that grows only for a batch that is
/// larger.
///
/// Thread rule: one thread.
final class LogChunks {
    private final PartitionLog log;
    private final long endOffset;
    private final int chunkBytes;
    private final Throttle throttle;
    private final LongConsumer onDamage;
    private long nextOffset;

    /// @param endOffset exclusive
    /// @param onDamage takes the offset of a batch that is not what was written
    LogChunks(
            PartitionLog log,
            long startOffset,
            long endOffset,
            int chunkBytes,
            Throttle throttle,
            LongConsumer onDamage) {
        this.log = log;
        this.nextOffset = startOffset;
        this.endOffset = endOffset;
        this.chunkBytes = chunkBytes;
        this.throttle = throttle;
        this.onDamage = onDamage;
    }

    /// The next whole batches, empty at the end of the range.
    MemoryRecords next() {
        if (nextOffset >= endOffset) {
            return MemoryRecords.EMPTY;
        }
        MemoryRecords chunk = inMemory(log.read(nextOffset, endOffset, chunkBytes, true));
        try {
            for (RecordBatch batch : chunk.batches()) {
                // What is damaged is not written again, with a checksum that is right.
                batch.ensureValid();
                nextOffset = batch.nextOffset();
            }
        } catch (CorruptRecordException damaged) {
            onDamage.accept(nextOffset);
            throw new PartitionLogException(
                    "the batch of " + log.topic() + " at offset " + nextOffset + " is damaged: " + damaged.getMessage(),
                    damaged);
        }
        throttle.pass(chunk.sizeInBytes());
        return chunk;
    }

    private MemoryRecords inMemory(Slice slice) {
        try {
            return switch (slice.records()) {
                case MemoryRecords records -> records;
                case FileSlice records -> {
                    try {
                        yield records.load();
                    } finally {
                        records.close();
                    }
                }
                default ->
                    throw new IllegalStateException(
                            "unexpected records: " + slice.records().getClass());
            };
        } catch (IOException failed) {
            throw new PartitionLogException("reading " + log.topic() + " failed: " + failed.getMessage(), failed);
        }
    }
}
