package io.sampo.core.produce;

import static io.sampo.core.produce.Batches.NOW_MS;
import static io.sampo.core.produce.Batches.around;
import static io.sampo.core.produce.Batches.batch;
import static io.sampo.core.produce.Batches.contents;
import static io.sampo.core.produce.Batches.direct;
import static io.sampo.core.produce.Batches.record;
import static io.sampo.core.produce.Batches.records;
import static io.sampo.core.produce.Batches.withAttributes;
import static io.sampo.core.produce.Batches.withInt;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.AppendOutcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BatchValidatorTest {
    private static final short VERSION = 12;
    private static final ProduceSettings DEFAULTS = ProduceSettings.DEFAULTS;

    private final BatchValidator validator = new BatchValidator();

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void batchOfAProducerIsAcceptedByteForByte(CompressionType codec) {
        MemoryRecords sent = batch(Compression.of(codec).build(), records(50));
        ByteBuffer before = copyOf(sent);

        Validation.Accepted accepted = accepted(validate(sent, DEFAULTS));

        assertSame(sent, accepted.records());
        assertEquals(before, sent.buffer());
        assertEquals(-1, accepted.logAppendTimeMs());
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void everyRecordOfABatchOfAProducerPassesTheChecks(CompressionType codec) {
        MemoryRecords sent = batch(Compression.of(codec).build(), records(5000));
        ByteBuffer before = copyOf(sent);

        accepted(validate(sent, settings(false, TimestampType.CREATE_TIME, 10_000, 10_000, null, true)));

        assertEquals(before, sent.buffer());
    }

    static Stream<Arguments> damage() {
        MemoryRecords idempotent =
                direct(MemoryRecords.withIdempotentRecords(Compression.NONE, 7L, (short) 0, 5, records(2)));
        withInt(idempotent, DefaultRecordBatch.RECORDS_COUNT_OFFSET - 4, -5);
        MemoryRecords two = join(batch(Compression.NONE, records(2)), batch(Compression.NONE, records(2)));
        MemoryRecords old = MemoryRecords.withRecords(
                (byte) 1, Compression.NONE, new SimpleRecord("v".getBytes(StandardCharsets.UTF_8)));
        MemoryRecords flipped = batch(Compression.NONE, records(3));
        flipped.buffer().put(flipped.sizeInBytes() - 1, (byte) 99);
        MemoryRecords badMagic = batch(Compression.NONE, records(3));
        badMagic.buffer().put(16, (byte) 9);
        MemoryRecords tooShort = batch(Compression.NONE, records(3));
        tooShort.buffer().putInt(8, 20);
        MemoryRecords tiny = batch(Compression.NONE, records(3));
        tiny.buffer().putInt(8, 3);
        MemoryRecords atOffset = batch(Compression.NONE, records(3));
        atOffset.buffer().putLong(0, 5);
        MemoryRecords control = MemoryRecords.withEndTransactionMarker(
                1L, (short) 0, new EndTransactionMarker(ControlRecordType.COMMIT, 0));
        MemoryRecords transactional =
                MemoryRecords.withTransactionalRecords(Compression.NONE, 1L, (short) 0, 0, records(2));
        return Stream.of(
                Arguments.of("no records at all", null, Errors.INVALID_RECORD),
                Arguments.of("an empty buffer", MemoryRecords.EMPTY, Errors.INVALID_RECORD),
                Arguments.of(
                        "a piece of a batch",
                        batch(Compression.NONE, records(3)).slice(0, 40),
                        Errors.INVALID_RECORD),
                Arguments.of("two batches", two, Errors.INVALID_RECORD),
                Arguments.of("format v1", direct(old), Errors.INVALID_RECORD),
                Arguments.of("an unknown format", badMagic, Errors.CORRUPT_MESSAGE),
                Arguments.of("a size below the header", tooShort, Errors.CORRUPT_MESSAGE),
                Arguments.of("a size below any format", tiny, Errors.CORRUPT_MESSAGE),
                Arguments.of("a flipped bit", flipped, Errors.CORRUPT_MESSAGE),
                Arguments.of("a base offset", atOffset, Errors.INVALID_RECORD),
                Arguments.of(
                        "fewer records than offsets",
                        withInt(batch(Compression.NONE, records(3)), DefaultRecordBatch.RECORDS_COUNT_OFFSET, 2),
                        Errors.INVALID_RECORD),
                Arguments.of(
                        "no record",
                        withInt(batch(Compression.NONE, records(3)), DefaultRecordBatch.RECORDS_COUNT_OFFSET, 0),
                        Errors.INVALID_RECORD),
                Arguments.of(
                        "a negative record count",
                        withInt(batch(Compression.NONE, records(3)), DefaultRecordBatch.RECORDS_COUNT_OFFSET, -1),
                        Errors.INVALID_RECORD),
                Arguments.of("more records than bytes", counting(Compression.NONE, 20_000), Errors.INVALID_RECORD),
                Arguments.of(
                        "more records than any payload can hold",
                        counting(Compression.lz4().build(), Integer.MAX_VALUE),
                        Errors.INVALID_RECORD),
                Arguments.of(
                        "a negative last offset",
                        withInt(batch(Compression.NONE, records(3)), DefaultRecordBatch.LAST_OFFSET_DELTA_OFFSET, -1),
                        Errors.INVALID_RECORD),
                Arguments.of("a control batch", direct(control), Errors.INVALID_RECORD),
                Arguments.of("a transaction", direct(transactional), Errors.INVALID_TXN_STATE),
                Arguments.of("a producer without sequence", idempotent, Errors.INVALID_RECORD),
                Arguments.of("codec 5", withAttributes(batch(Compression.NONE, records(2)), 5), Errors.INVALID_RECORD),
                Arguments.of("codec 7", withAttributes(batch(Compression.NONE, records(2)), 7), Errors.INVALID_RECORD),
                Arguments.of(
                        "a delete horizon",
                        withAttributes(batch(Compression.NONE, records(2)), 0x40),
                        Errors.INVALID_RECORD));
    }

    /// Header and checksum agree on a count that the payload does not have.
    private static MemoryRecords counting(Compression codec, int recordCount) {
        MemoryRecords batch =
                withInt(batch(codec, records(3)), DefaultRecordBatch.LAST_OFFSET_DELTA_OFFSET, recordCount - 1);
        return withInt(batch, DefaultRecordBatch.RECORDS_COUNT_OFFSET, recordCount);
    }

    @ParameterizedTest(name = "{0} -> {2}")
    @MethodSource("damage")
    void damagedBatchGetsItsErrorCode(String what, BaseRecords records, Errors expected) {
        assertEquals(expected, refused(validate(records, DEFAULTS)).error(), what);
    }

    @Test
    void zstdIsRefusedBelowVersion7() {
        MemoryRecords sent = batch(Compression.zstd().build(), records(5));

        assertEquals(
                Errors.UNSUPPORTED_COMPRESSION_TYPE,
                refused(validator.validate(sent, (short) 6, DEFAULTS, NOW_MS)).error());
        accepted(validator.validate(sent, (short) 7, DEFAULTS, NOW_MS));
    }

    @Test
    void bytesBehindTheBatchAreDropped() {
        MemoryRecords sent = batch(Compression.NONE, records(5));
        ByteBuffer longer = ByteBuffer.allocateDirect(sent.sizeInBytes() + 9);
        longer.put(sent.buffer()).rewind();

        Validation.Accepted accepted = accepted(validate(MemoryRecords.readableRecords(longer), DEFAULTS));

        assertEquals(sent.buffer(), accepted.records().buffer());
    }

    @Test
    void batchMayBeAsLargeAsMaxMessageBytesAndNotLarger() {
        MemoryRecords sent = batch(Compression.NONE, records(100));
        int size = sent.sizeInBytes();

        accepted(validate(sent, sized(size, Integer.MAX_VALUE)));
        assertEquals(
                Errors.MESSAGE_TOO_LARGE,
                refused(validate(sent, sized(size - 1, Integer.MAX_VALUE))).error());
        assertEquals(
                Errors.RECORD_LIST_TOO_LARGE,
                refused(validate(sent, sized(size, size - 1))).error());
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void recordsWithoutKeyAreNamedOnACompactedTopic(CompressionType codec) {
        MemoryRecords sent = batch(
                Compression.of(codec).build(),
                record(NOW_MS, "a", "1"),
                record(NOW_MS, null, "2"),
                record(NOW_MS, "b", null),
                record(NOW_MS, null, null));

        AppendOutcome outcome =
                refused(validate(sent, settings(true, TimestampType.CREATE_TIME, Long.MAX_VALUE, 10, null, false)));

        assertEquals(Errors.INVALID_RECORD, outcome.error());
        assertEquals(
                List.of(1, 3),
                outcome.recordErrors().stream()
                        .map(AppendOutcome.RecordError::batchIndex)
                        .toList());
    }

    @Test
    void refusalNamesABoundedNumberOfRecords() {
        SimpleRecord[] keyless = new SimpleRecord[5000];
        Arrays.fill(keyless, record(NOW_MS, null, "v"));

        AppendOutcome outcome = refused(validate(
                batch(Compression.NONE, keyless),
                settings(true, TimestampType.CREATE_TIME, Long.MAX_VALUE, 10, null, false)));

        assertEquals(RecordScan.MAX_RECORD_ERRORS, outcome.recordErrors().size());
    }

    static Stream<Arguments> timestamps() {
        long max = Long.MAX_VALUE;
        return Stream.of(
                Arguments.of(NOW_MS + 1000, max, 1000L, Errors.NONE),
                Arguments.of(NOW_MS + 1001, max, 1000L, Errors.INVALID_TIMESTAMP),
                Arguments.of(NOW_MS - 1000, 1000L, max, Errors.NONE),
                Arguments.of(NOW_MS - 1001, 1000L, max, Errors.INVALID_TIMESTAMP),
                Arguments.of(0L, max, max, Errors.NONE),
                Arguments.of(max, max, max, Errors.NONE),
                Arguments.of(max, max, 3_600_000L, Errors.INVALID_TIMESTAMP),
                Arguments.of(-1L, 1000L, 1000L, Errors.NONE));
    }

    @ParameterizedTest(name = "{0}: before {1}, after {2} -> {3}")
    @MethodSource("timestamps")
    void timestampsHaveTheirLimits(long timestampMs, long beforeMaxMs, long afterMaxMs, Errors expected) {
        MemoryRecords sent = batch(Compression.NONE, record(timestampMs, "k", "v"));

        Validation validation =
                validate(sent, settings(false, TimestampType.CREATE_TIME, beforeMaxMs, afterMaxMs, null, false));

        assertEquals(expected, errorOf(validation));
    }

    @Test
    void onlyTheRecordOutOfTimeIsNamed() {
        MemoryRecords sent = batch(
                Compression.gzip().build(),
                record(NOW_MS, "k", "v"),
                record(NOW_MS + 7_200_000, "k", "v"),
                record(NOW_MS, "k", "v"));

        AppendOutcome outcome = refused(validate(sent, DEFAULTS));

        assertEquals(Errors.INVALID_TIMESTAMP, outcome.error());
        assertEquals(1, outcome.recordErrors().size());
        assertEquals(1, outcome.recordErrors().getFirst().batchIndex());
    }

    @Test
    void headerThatLiesAboutTheLargestTimestampIsPutRight() {
        MemoryRecords sent = batch(Compression.NONE, record(NOW_MS, "k", "v"));
        sent.buffer().putLong(35, NOW_MS + 7_200_000);
        Batches.sealed(sent);

        Validation.Accepted accepted = accepted(validate(sent, DEFAULTS));

        MutableRecordBatch batch = accepted.records().batches().iterator().next();
        batch.ensureValid();
        assertEquals(NOW_MS, batch.maxTimestamp());
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void logAppendTimeIsStampedIntoTheHeaderOnly(CompressionType codec) {
        MemoryRecords sent = batch(Compression.of(codec).build(), records(20));

        Validation.Accepted accepted =
                accepted(validate(sent, settings(false, TimestampType.LOG_APPEND_TIME, 1, 1, null, false)));

        MutableRecordBatch batch = accepted.records().batches().iterator().next();
        batch.ensureValid();
        assertEquals(TimestampType.LOG_APPEND_TIME, batch.timestampType());
        assertEquals(NOW_MS, batch.maxTimestamp());
        assertEquals(NOW_MS, accepted.logAppendTimeMs());
        assertSame(sent, accepted.records());
    }

    @Test
    void producerMustNotStampLogAppendTime() {
        MemoryRecords sent = withAttributes(batch(Compression.NONE, records(2)), 0x08);

        assertEquals(
                Errors.INVALID_TIMESTAMP,
                refused(validate(sent, settings(false, TimestampType.LOG_APPEND_TIME, 1, 1, null, false)))
                        .error());
    }

    static Stream<Arguments> codecPairs() {
        List<Arguments> pairs = new ArrayList<>();
        for (CompressionType from : CompressionType.values()) {
            for (CompressionType to : CompressionType.values()) {
                pairs.add(Arguments.of(from, to));
            }
        }
        return pairs.stream();
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @MethodSource("codecPairs")
    void recompressedBatchHoldsTheSameRecords(CompressionType from, CompressionType to) {
        MemoryRecords sent = direct(
                MemoryRecords.withIdempotentRecords(Compression.of(from).build(), 77L, (short) 3, 41, records(3000)));
        List<String> before = contents(sent);

        Validation.Accepted accepted = accepted(validate(
                sent,
                settings(
                        false,
                        TimestampType.CREATE_TIME,
                        Long.MAX_VALUE,
                        1000,
                        Compression.of(to).build(),
                        false)));

        MutableRecordBatch batch = accepted.records().batches().iterator().next();
        batch.ensureValid();
        assertEquals(to, batch.compressionType());
        assertEquals(before, contents(accepted.records()));
        assertEquals(77, batch.producerId());
        assertEquals(3, batch.producerEpoch());
        assertEquals(41, batch.baseSequence());
        assertEquals(NOW_MS + 6, batch.maxTimestamp());
        assertEquals(accepted.records().sizeInBytes(), batch.sizeInBytes());
    }

    @Test
    void recompressedBatchCarriesLogAppendTime() {
        MemoryRecords sent = batch(Compression.lz4().build(), records(20));

        Validation.Accepted accepted = accepted(validate(
                sent,
                settings(
                        false,
                        TimestampType.LOG_APPEND_TIME,
                        1,
                        1,
                        Compression.zstd().build(),
                        false)));

        MutableRecordBatch batch = accepted.records().batches().iterator().next();
        batch.ensureValid();
        assertEquals(TimestampType.LOG_APPEND_TIME, batch.timestampType());
        assertEquals(NOW_MS, batch.maxTimestamp());
    }

    @Test
    void recompressedBatchMustStillFit() {
        MemoryRecords sent = batch(Compression.zstd().build(), record(NOW_MS, "k", "x".repeat(100_000)));
        ProduceSettings settings = new ProduceSettings(
                50_000,
                Integer.MAX_VALUE,
                false,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                1000,
                Compression.NONE,
                false,
                DecompressionLimits.DEFAULTS);

        assertEquals(Errors.MESSAGE_TOO_LARGE, refused(validate(sent, settings)).error());
    }

    @ParameterizedTest
    @EnumSource(
            value = CompressionType.class,
            names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
    void bombIsRefusedBeforeItUnfolds(CompressionType codec) throws IOException {
        MemoryRecords bomb = around(codec.id, 1, compressedZeros(codec, 8 << 20));
        ProduceSettings settings = limited(new DecompressionLimits(64 << 20, 10, 1 << 20));

        assertEquals(Errors.MESSAGE_TOO_LARGE, refused(validate(bomb, settings)).error());
    }

    @Test
    void absoluteLimitOfDecompressionHoldsWhateverTheRatio() throws IOException {
        MemoryRecords bomb = around(CompressionType.GZIP.id, 1, compressedZeros(CompressionType.GZIP, 3 << 20));
        ProduceSettings settings = limited(new DecompressionLimits(2 << 20, 1_000_000, 64 << 20));

        assertEquals(Errors.MESSAGE_TOO_LARGE, refused(validate(bomb, settings)).error());
    }

    @Test
    void snappyLengthsAreNotBelieved() {
        byte[] claim = {
            (byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1, 0x1f, (byte) 0xff, (byte) 0xff, 0, 1
        };
        byte[] block = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07, 0, 0};

        assertEquals(
                Errors.INVALID_RECORD,
                refused(validate(around(2, 1, claim), checked())).error());
        assertEquals(
                Errors.MESSAGE_TOO_LARGE,
                refused(validate(around(2, 1, block), checked())).error());
    }

    static Stream<Arguments> badPayloads() {
        return Stream.of(
                Arguments.of("nothing", new byte[0]),
                Arguments.of("a negative length", new byte[] {1}),
                Arguments.of("a length beyond the end", new byte[] {100, 0, 0, 0}),
                Arguments.of("an endless varint", new byte[] {-1, -1, -1, -1, -1, -1}),
                Arguments.of("a wrong offset", new byte[] {12, 0, 0, 2, 1, 1, 0}),
                Arguments.of("a key beyond the record", new byte[] {12, 0, 0, 0, 100, 1, 0}),
                Arguments.of("a key length of -2", new byte[] {12, 0, 0, 0, 3, 1, 0}),
                Arguments.of("negative headers", new byte[] {12, 0, 0, 0, 1, 1, 1}),
                Arguments.of("too many headers", new byte[] {12, 0, 0, 0, 1, 1, 120}),
                Arguments.of("a record that is too long", new byte[] {14, 0, 0, 0, 1, 1, 0, 0}),
                Arguments.of("bytes after the last record", new byte[] {12, 0, 0, 0, 1, 1, 0, 0}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badPayloads")
    void payloadThatIsNoRecordsIsRefused(String what, byte[] payload) {
        assertEquals(
                Errors.INVALID_RECORD,
                refused(validate(around(0, 1, payload), checked())).error(),
                what);
    }

    @Test
    void smallestRecordIsAccepted() {
        accepted(validate(around(0, 1, new byte[] {12, 0, 0, 0, 1, 1, 0}), checked()));
    }

    private Validation validate(BaseRecords records, ProduceSettings settings) {
        return validator.validate(records, VERSION, settings, NOW_MS);
    }

    private static ProduceSettings settings(
            boolean keyRequired,
            TimestampType type,
            long beforeMaxMs,
            long afterMaxMs,
            @Nullable Compression compression,
            boolean checkEveryRecord) {
        return new ProduceSettings(
                1 << 20,
                Integer.MAX_VALUE,
                keyRequired,
                type,
                beforeMaxMs,
                afterMaxMs,
                compression,
                checkEveryRecord,
                DecompressionLimits.DEFAULTS);
    }

    private static ProduceSettings checked() {
        return settings(false, TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE, null, true);
    }

    private static ProduceSettings limited(DecompressionLimits limits) {
        return new ProduceSettings(
                1 << 20,
                Integer.MAX_VALUE,
                false,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                null,
                true,
                limits);
    }

    private static ProduceSettings sized(int maxMessageBytes, int segmentBytes) {
        return new ProduceSettings(
                maxMessageBytes,
                segmentBytes,
                false,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                null,
                false,
                DecompressionLimits.DEFAULTS);
    }

    private static byte[] compressedZeros(CompressionType codec, int bytes) throws IOException {
        if (codec == CompressionType.GZIP) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (OutputStream gzip = new GZIPOutputStream(out)) {
                gzip.write(recordOfZeros(bytes));
            }
            return out.toByteArray();
        }
        ByteBufferOutputStream out = new ByteBufferOutputStream(1024);
        try (OutputStream stream = Compression.of(codec).build().wrapForOutput(out, RecordBatch.MAGIC_VALUE_V2)) {
            stream.write(recordOfZeros(bytes));
        }
        byte[] compressed = new byte[out.position()];
        out.buffer().get(0, compressed);
        assertTrue(compressed.length < bytes / 15);
        return compressed;
    }

    /// One record with a key of zeros, so that the walk does not end at its first byte.
    private static byte[] recordOfZeros(int bytes) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes + 64);
        org.apache.kafka.common.utils.internals.ByteUtils.writeVarint(bytes + 12, buffer);
        buffer.put((byte) 0).put((byte) 0).put((byte) 0);
        org.apache.kafka.common.utils.internals.ByteUtils.writeVarint(bytes, buffer);
        return Arrays.copyOf(buffer.array(), buffer.position() + bytes);
    }

    private static MemoryRecords join(MemoryRecords one, MemoryRecords other) {
        ByteBuffer both = ByteBuffer.allocateDirect(one.sizeInBytes() + other.sizeInBytes());
        both.put(one.buffer()).put(other.buffer()).flip();
        return MemoryRecords.readableRecords(both);
    }

    private static ByteBuffer copyOf(MemoryRecords records) {
        return ByteBuffer.allocate(records.sizeInBytes()).put(records.buffer()).flip();
    }

    private static Errors errorOf(Validation validation) {
        return switch (validation) {
            case Validation.Accepted _ -> Errors.NONE;
            case Validation.Refused refused -> refused.outcome().error();
        };
    }

    private static Validation.Accepted accepted(Validation validation) {
        return assertInstanceOf(Validation.Accepted.class, validation, () -> "got " + validation);
    }

    private static AppendOutcome refused(Validation validation) {
        return assertInstanceOf(Validation.Refused.class, validation, () -> "got " + validation)
                .outcome();
    }
}
