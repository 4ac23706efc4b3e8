package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.PartitionLog.Slice;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;

/// Reads batches for followers: one read of the file (the page cache, at the tail) into one heap buffer, of which
/// each batch is a slice.
///
/// The bytes that a leader appends are not kept for its followers: they belong to the request that brought them,
/// and a copy of each would cost more than one read for all that a follower takes at once.
///
/// Thread rule: any thread, beside appends.
final class ReplicationReader {
    private final LogReader reader;

    ReplicationReader(LogReader reader) {
        this.reader = reader;
    }

    /// See `PartitionLog.readBatches`.
    List<BatchAppended> read(long startOffset, long upperOffset, int maxBytes) throws IOException {
        List<BatchAppended> batches = new ArrayList<>();
        long next = startOffset;
        int left = maxBytes;
        while (next < upperOffset && (batches.isEmpty() || left > 0)) {
            try {
                Slice slice = reader.read(next, upperOffset, left, batches.isEmpty());
                if (!(slice.records() instanceof FileSlice file)) {
                    break;
                }
                MemoryRecords bytes = load(file);
                long before = next;
                next = take(bytes, before, batches);
                if (next <= before) {
                    throw new DamagedBatchException(before, "it ends at " + next);
                }
                left -= bytes.sizeInBytes();
            } catch (IOException damaged) {
                if (batches.isEmpty()) {
                    throw damaged;
                }
                // What lies in front of the damage is good; who comes for the rest is told.
                return batches;
            }
        }
        return batches;
    }

    private static MemoryRecords load(FileSlice file) throws IOException {
        try {
            return file.load();
        } finally {
            file.close();
        }
    }

    /// @param from offset that was asked for
    /// @return offset after the last batch; -1 when there is none
    private static long take(MemoryRecords bytes, long from, List<BatchAppended> into) throws IOException {
        ByteBuffer buffer = bytes.buffer();
        int position = buffer.position();
        long next = -1;
        try {
            for (MutableRecordBatch batch : bytes.batches()) {
                batch.ensureValid();
                if (batch.baseOffset() < next) {
                    // Not covered by the checksum.
                    throw new DamagedBatchException(next, "one at offset " + batch.baseOffset() + " follows");
                }
                MemoryRecords one = MemoryRecords.readableRecords(buffer.slice(position, batch.sizeInBytes()));
                into.add(new BatchAppended(BatchHeader.of(batch), one));
                position += batch.sizeInBytes();
                next = batch.nextOffset();
            }
        } catch (CorruptRecordException damaged) {
            throw new DamagedBatchException(Math.max(from, next), String.valueOf(damaged.getMessage()));
        }
        return next;
    }
}
