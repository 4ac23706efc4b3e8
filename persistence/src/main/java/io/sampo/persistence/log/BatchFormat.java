package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.Records;

/// Fields of a record batch v2 at a place in a buffer, for scans that look at headers only and so must not ask for
/// the whole batch, as the client library's batches do.
final class BatchFormat {
    static final int HEADER_BYTES = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
    static final int CRC_STARTS_AT = 21;
    private static final int LEADER_EPOCH_AT = 12;
    private static final int CRC_AT = DefaultRecordBatch.CRC_OFFSET;
    private static final int ATTRIBUTES_AT = 21;
    private static final int LAST_OFFSET_DELTA_AT = DefaultRecordBatch.LAST_OFFSET_DELTA_OFFSET;
    private static final int MAX_TIMESTAMP_AT = 35;
    private static final int PRODUCER_ID_AT = 43;
    private static final int PRODUCER_EPOCH_AT = 51;
    private static final int BASE_SEQUENCE_AT = 53;
    private static final int TRANSACTIONAL = 0x10;
    private static final int CONTROL = 0x20;

    private BatchFormat() {}

    static long baseOffset(ByteBuffer buffer, int at) {
        return buffer.getLong(at);
    }

    static long lastOffset(ByteBuffer buffer, int at) {
        return baseOffset(buffer, at) + buffer.getInt(at + LAST_OFFSET_DELTA_AT);
    }

    static long maxTimestampMs(ByteBuffer buffer, int at) {
        return buffer.getLong(at + MAX_TIMESTAMP_AT);
    }

    static long checksum(ByteBuffer buffer, int at) {
        return Integer.toUnsignedLong(buffer.getInt(at + CRC_AT));
    }

    /// As the length field says: not to be trusted before [#isPlausible].
    static long sizeInBytes(ByteBuffer buffer, int at) {
        return (long) buffer.getInt(at + Records.SIZE_OFFSET) + Records.LOG_OVERHEAD;
    }

    /// Could be a batch: the magic and the length are right, as far as the header can say.
    static boolean isPlausible(ByteBuffer buffer, int at) {
        return buffer.get(at + Records.MAGIC_OFFSET) == RecordBatch.MAGIC_VALUE_V2
                && sizeInBytes(buffer, at) >= HEADER_BYTES
                && baseOffset(buffer, at) >= 0
                && buffer.getInt(at + LAST_OFFSET_DELTA_AT) >= 0;
    }

    static BatchHeader header(ByteBuffer buffer, int at) {
        int attributes = buffer.getShort(at + ATTRIBUTES_AT);
        return new BatchHeader(
                baseOffset(buffer, at),
                lastOffset(buffer, at),
                buffer.getInt(at + LEADER_EPOCH_AT),
                buffer.getLong(at + PRODUCER_ID_AT),
                buffer.getShort(at + PRODUCER_EPOCH_AT),
                buffer.getInt(at + BASE_SEQUENCE_AT),
                maxTimestampMs(buffer, at),
                (int) sizeInBytes(buffer, at),
                (attributes & TRANSACTIONAL) != 0,
                (attributes & CONTROL) != 0);
    }
}
