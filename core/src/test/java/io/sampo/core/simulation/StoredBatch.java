package io.sampo.core.simulation;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// A batch as it lies on a disk.
///
/// @param contentHash of all its bytes, taken when it was written
record StoredBatch(BatchAppended batch, long contentHash) {

    static StoredBatch of(BatchAppended batch) {
        return new StoredBatch(batch, hash(batch));
    }

    BatchHeader header() {
        return batch.header();
    }

    long baseOffset() {
        return batch.header().baseOffset();
    }

    long nextOffset() {
        return batch.header().nextOffset();
    }

    boolean isSame(StoredBatch other) {
        return contentHash == other.contentHash
                && baseOffset() == other.baseOffset()
                && nextOffset() == other.nextOffset()
                && header().leaderEpoch() == other.header().leaderEpoch();
    }

    static MemoryRecords bytes(BatchAppended batch) {
        return Objects.requireNonNull(batch.bytes(), "a live batch has its bytes");
    }

    private static long hash(BatchAppended batch) {
        ByteBuffer bytes = bytes(batch).buffer().duplicate();
        long hash = 0xcbf29ce484222325L;
        while (bytes.remaining() >= Long.BYTES) {
            hash = (hash ^ bytes.getLong()) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 31;
        }
        while (bytes.hasRemaining()) {
            hash = (hash ^ bytes.get()) * 0x9E3779B97F4A7C15L;
        }
        return hash;
    }

    @Override
    public String toString() {
        return baseOffset() + ".." + (nextOffset() - 1) + "@" + header().leaderEpoch() + "#"
                + Long.toHexString(contentHash & 0xffff);
    }
}
