package io.sampo.core.partition;

import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;

/// Record batches as producers send them: offsets from 0, no leader epoch.
final class Batches {
    private Batches() {}

    static MemoryRecords plain(int recordCount) {
        return idempotent(
                RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH, RecordBatch.NO_SEQUENCE, recordCount);
    }

    static MemoryRecords idempotent(long producerId, short producerEpoch, int baseSequence, int recordCount) {
        return build(producerId, producerEpoch, baseSequence, recordCount, TimestampType.CREATE_TIME, false, false);
    }

    static MemoryRecords build(
            long producerId,
            short producerEpoch,
            int baseSequence,
            int recordCount,
            TimestampType timestampType,
            boolean isTransactional,
            boolean isControl) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(1024),
                RecordBatch.MAGIC_VALUE_V2,
                Compression.NONE,
                timestampType,
                0,
                1_000,
                producerId,
                producerEpoch,
                baseSequence,
                isTransactional,
                isControl,
                RecordBatch.NO_PARTITION_LEADER_EPOCH);
        for (int i = 0; i < recordCount; i++) {
            if (isControl) {
                builder.appendEndTxnMarker(
                        1_000,
                        new org.apache.kafka.common.record.internal.EndTransactionMarker(
                                org.apache.kafka.common.record.internal.ControlRecordType.COMMIT, 0));
            } else {
                builder.append(1_000 + i, ("k" + i).getBytes(java.nio.charset.StandardCharsets.UTF_8), new byte[] {1});
            }
        }
        return builder.build();
    }

    /// Both batches in one buffer.
    static MemoryRecords joined(MemoryRecords first, MemoryRecords second) {
        ByteBuffer buffer = ByteBuffer.allocate(first.sizeInBytes() + second.sizeInBytes());
        buffer.put(first.buffer().duplicate()).put(second.buffer().duplicate()).flip();
        return MemoryRecords.readableRecords(buffer);
    }
}
