package io.sampo.streams.fetch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a walk over a chunk sees: compression, transactions, positions and ends inside batches.
class RecordsOfAChunkTest {
    private static final TopicPartition P0 = new TopicPartition("t", 0);

    private static final int MAX_RECORD_BYTES = 200_000;

    private static SimpleRecord record(String value) {
        return new SimpleRecord(7, null, value.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static MemoryRecords concat(MemoryRecords... all) {
        ByteBuffer bytes = ByteBuffer.allocate(10_000);
        for (MemoryRecords records : all) {
            bytes.put(records.buffer().duplicate());
        }
        return MemoryRecords.readableRecords(bytes.flip());
    }

    private static MemoryRecords transactional(long offset, long producer, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = record(values[i]);
        }
        return MemoryRecords.withTransactionalRecords(offset, Compression.NONE, producer, (short) 0, 0, 0, records);
    }

    private static MemoryRecords marker(long offset, long producer, ControlRecordType type) {
        return MemoryRecords.withEndTransactionMarker(
                offset, 7, 0, producer, (short) 0, new EndTransactionMarker(type, 0));
    }

    private static List<Long> offsets(
            MemoryRecords records, List<AbortedTransaction> aborted, boolean committed, long from, long end) {
        BatchScan scan = BatchScan.of(records, from, true);
        assertNull(scan.corruption());
        List<Long> offsets = new ArrayList<>();
        try (RecordCursor cursor = new RecordCursor(
                P0, scan.batches(), committed ? new AbortedTransactions(aborted) : null, from, end, MAX_RECORD_BYTES)) {
            while (cursor.next()) {
                offsets.add(cursor.offset());
            }
        }
        return offsets;
    }

    @Test
    void recordsOfAbortedTransactionsAndMarkersAreNotSeen() {
        MemoryRecords records = concat(
                transactional(0, 1, "a", "b"),
                transactional(2, 2, "c"),
                MemoryRecords.withRecords(3, Compression.NONE, record("d")),
                marker(4, 1, ControlRecordType.ABORT),
                transactional(5, 1, "e"),
                marker(6, 2, ControlRecordType.COMMIT),
                marker(7, 1, ControlRecordType.COMMIT));
        List<AbortedTransaction> aborted =
                List.of(new AbortedTransaction().setProducerId(1).setFirstOffset(0));
        assertEquals(List.of(2L, 3L, 5L), offsets(records, aborted, true, 0, EndRule.NEVER));
        assertEquals(List.of(0L, 1L, 2L, 3L, 5L), offsets(records, aborted, false, 0, EndRule.NEVER));
    }

    @Test
    void aProducerThatAbortsTwiceIsFilteredBothTimesInWhateverOrderTheIndexComes() {
        MemoryRecords records = concat(
                transactional(0, 1, "a"),
                marker(1, 1, ControlRecordType.ABORT),
                transactional(2, 1, "b"),
                marker(3, 1, ControlRecordType.COMMIT),
                transactional(4, 1, "c"),
                marker(5, 1, ControlRecordType.ABORT));
        List<AbortedTransaction> aborted = List.of(
                new AbortedTransaction().setProducerId(1).setFirstOffset(4),
                new AbortedTransaction().setProducerId(1).setFirstOffset(0));
        assertEquals(List.of(2L), offsets(records, aborted, true, 0, EndRule.NEVER));
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void positionAndEndMayLieInsideABatch(CompressionType type) {
        MemoryRecords records = MemoryRecords.withRecords(
                10, Compression.of(type).build(), record("a"), record("b"), record("c"), record("d"));
        assertEquals(List.of(11L, 12L), offsets(records, List.of(), true, 11, 13));
    }

    @Test
    void keysHeadersTombstonesAndEpochsComeAlong() {
        Header header = new RecordHeader("h", new byte[] {9});
        MemoryRecords records = MemoryRecords.withRecords(
                0, Compression.gzip().build(), 5, new SimpleRecord(7, new byte[] {1}, null, new Header[] {header}));
        try (RecordCursor cursor = new RecordCursor(
                P0, BatchScan.of(records, 0, true).batches(), null, 0, EndRule.NEVER, MAX_RECORD_BYTES)) {
            assertThrows(IllegalStateException.class, cursor::offset);
            assertTrue(cursor.next());
            assertNull(cursor.value());
            assertArrayEquals(new byte[] {1}, cursor.key());
            assertEquals(List.of(header), List.of(cursor.headers()));
            assertEquals(Optional.of(5), cursor.leaderEpoch());
            assertEquals(7, cursor.timestampMs());
            assertFalse(cursor.next());
            assertThrows(IllegalStateException.class, cursor::offset);
        }
    }

    @Test
    void aTornLastBatchIsNotCounted() {
        MemoryRecords whole = MemoryRecords.withRecords(0, Compression.NONE, record("a"), record("b"));
        MemoryRecords next = MemoryRecords.withRecords(2, Compression.NONE, record("c"));
        ByteBuffer torn = ByteBuffer.allocate(whole.sizeInBytes() + next.sizeInBytes() - 1);
        torn.put(whole.buffer().duplicate());
        torn.put(next.buffer().duplicate().limit(next.sizeInBytes() - 1));
        BatchScan scan = BatchScan.of(MemoryRecords.readableRecords(torn.flip()), 0, true);
        assertEquals(1, scan.batches().size());
        assertEquals(2, scan.nextOffset());
        assertNull(scan.corruption());
    }

    /// A batch whose only record's bytes, compressed, are these.
    private static MemoryRecords compressed(CompressionType type, byte[] record) throws IOException {
        MemoryRecords one = MemoryRecords.withRecords(10, Compression.NONE, record("a"));
        ByteBufferOutputStream out = new ByteBufferOutputStream(record.length + 1_000);
        try (OutputStream compressing =
                Compression.of(type).build().wrapForOutput(out, RecordBatch.CURRENT_MAGIC_VALUE)) {
            compressing.write(record);
        }
        ByteBuffer body = out.buffer().flip();
        ByteBuffer batch = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD + body.remaining());
        batch.put(one.buffer().duplicate().limit(DefaultRecordBatch.RECORD_BATCH_OVERHEAD))
                .put(body)
                .flip();
        batch.putInt(8, batch.limit() - 12).putShort(21, (short) type.id);
        return MemoryRecords.readableRecords(batch);
    }

    private static FetchFailure.CorruptBatch corruption(MemoryRecords records) {
        try (RecordCursor cursor = new RecordCursor(
                P0, BatchScan.of(records, 10, false).batches(), null, 10, EndRule.NEVER, MAX_RECORD_BYTES)) {
            return assertThrows(FetchFailure.CorruptBatch.class, cursor::next);
        }
    }

    @ParameterizedTest
    @EnumSource(value = CompressionType.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aRecordThatClaimsMoreThanIsAllowedOrThereIsACorruptBatch(CompressionType type) throws IOException {
        for (int claimed : new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE - 8, MAX_RECORD_BYTES + 1}) {
            ByteBuffer record = ByteBuffer.allocate(20);
            ByteUtils.writeVarint(claimed, record);
            FetchFailure.CorruptBatch failure = corruption(compressed(type, record.array()));
            assertEquals(10, failure.offset());
            assertEquals(P0, failure.partition());
            String why = String.valueOf(failure.getCause());
            assertTrue(why.contains(String.valueOf(claimed)) && why.contains("200000"), why);
        }
        ByteBuffer torn = ByteBuffer.allocate(20);
        ByteUtils.writeVarint(MAX_RECORD_BYTES, torn);
        assertEquals(10, corruption(compressed(type, torn.array())).offset());
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void aRecordOfTheLargestSizeIsRead(CompressionType type) {
        // Seven bytes of a record's own: attributes, timestamp, offset, no key, the value's size in three, no headers.
        byte[] value = new byte[MAX_RECORD_BYTES - 8];
        value[value.length - 1] = 7;
        MemoryRecords records =
                MemoryRecords.withRecords(0, Compression.of(type).build(), new SimpleRecord(7, null, value));
        try (RecordCursor cursor = new RecordCursor(
                P0, BatchScan.of(records, 0, true).batches(), null, 0, EndRule.NEVER, MAX_RECORD_BYTES)) {
            assertTrue(cursor.next());
            assertArrayEquals(value, cursor.value());
            assertFalse(cursor.next());
        }
    }

    @Test
    void theLimitOfARecordIsFetchMaxBytesButNotLessThanItsDefault() {
        assertEquals(52_428_800, settings("1000").maxRecordBytes());
        assertEquals(60_000_000, settings("60000000").maxRecordBytes());
    }

    private static FetchSettings settings(String fetchMaxBytes) {
        return FetchSettings.from(new AbstractConfig(
                FetchSettings.define(new ConfigDef()), Map.of("fetch.max.bytes", fetchMaxBytes), false));
    }

    @Test
    void checksumsAreOnlyLookedAtWhenAsked() {
        MemoryRecords records = MemoryRecords.withRecords(3, Compression.NONE, record("a"));
        records.buffer().put(records.sizeInBytes() - 2, (byte) 'z');
        assertNotNull(BatchScan.of(records, 3, true).corruption());
        assertEquals(3, BatchScan.of(records, 3, true).nextOffset());
        assertNull(BatchScan.of(records, 3, false).corruption());
    }
}
