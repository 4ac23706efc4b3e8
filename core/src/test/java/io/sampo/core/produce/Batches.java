package io.sampo.core.produce;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.common.utils.internals.Crc32C;
import org.jspecify.annotations.Nullable;

/// Batches as producers make them, and the tools to damage them.
final class Batches {
    static final long NOW_MS = 1_700_000_000_000L;
    static final int ATTRIBUTES_OFFSET = DefaultRecordBatch.CRC_OFFSET + 4;

    private Batches() {}

    static SimpleRecord record(long timestampMs, @Nullable String key, @Nullable String value) {
        return new SimpleRecord(
                timestampMs,
                key == null ? null : key.getBytes(StandardCharsets.UTF_8),
                value == null ? null : value.getBytes(StandardCharsets.UTF_8),
                new Header[] {new RecordHeader("h", new byte[] {1}), new RecordHeader("n", (byte[]) null)});
    }

    static SimpleRecord[] records(int count) {
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            records[i] = record(NOW_MS + i % 7, i % 3 == 0 ? "key-" + i : "k", i % 5 == 0 ? null : "value " + i);
        }
        return records;
    }

    static MemoryRecords batch(Compression compression, SimpleRecord... records) {
        return direct(MemoryRecords.withRecords(compression, records));
    }

    /// As a connection hands them over: a view of a direct buffer.
    static MemoryRecords direct(MemoryRecords records) {
        ByteBuffer heap = records.buffer();
        ByteBuffer buffer = ByteBuffer.allocateDirect(heap.remaining());
        buffer.put(heap.duplicate()).flip();
        return MemoryRecords.readableRecords(buffer);
    }

    /// Writes the checksum anew, as a client does that means what it sends.
    static MemoryRecords sealed(MemoryRecords records) {
        ByteBuffer buffer = records.buffer();
        int size = buffer.getInt(8) + 12;
        buffer.putInt(DefaultRecordBatch.CRC_OFFSET, (int)
                Crc32C.compute(buffer, ATTRIBUTES_OFFSET, size - ATTRIBUTES_OFFSET));
        return records;
    }

    static MemoryRecords withInt(MemoryRecords records, int offset, int value) {
        records.buffer().putInt(offset, value);
        return sealed(records);
    }

    static MemoryRecords withAttributes(MemoryRecords records, int attributes) {
        records.buffer().putShort(ATTRIBUTES_OFFSET, (short) attributes);
        return sealed(records);
    }

    /// A batch around any payload, with a right checksum.
    static MemoryRecords around(int codecId, int recordCount, byte[] payload) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(DefaultRecordBatch.RECORD_BATCH_OVERHEAD + payload.length);
        DefaultRecordBatch.writeHeader(
                buffer,
                0,
                recordCount - 1,
                buffer.capacity(),
                RecordBatch.MAGIC_VALUE_V2,
                org.apache.kafka.common.record.internal.CompressionType.NONE,
                TimestampType.CREATE_TIME,
                NOW_MS,
                NOW_MS,
                -1,
                (short) -1,
                -1,
                false,
                false,
                false,
                -1,
                recordCount);
        buffer.position(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        buffer.put(payload).flip();
        return withAttributes(MemoryRecords.readableRecords(buffer), codecId);
    }

    static @Nullable String bytesOf(@Nullable ByteBuffer buffer) {
        return buffer == null ? null : java.util.HexFormat.of().formatHex(Utils.toArray(buffer));
    }

    /// What a consumer would see.
    static List<String> contents(MemoryRecords records) {
        List<String> contents = new ArrayList<>();
        for (Record record : records.records()) {
            StringBuilder text = new StringBuilder();
            text.append(record.offset()).append(' ').append(record.timestamp()).append(' ');
            text.append(bytesOf(record.key())).append(' ').append(bytesOf(record.value()));
            for (Header header : record.headers()) {
                text.append(' ').append(header.key()).append('=');
                text.append(header.value() == null ? "null" : header.value().length);
            }
            contents.add(text.toString());
        }
        return contents;
    }
}
