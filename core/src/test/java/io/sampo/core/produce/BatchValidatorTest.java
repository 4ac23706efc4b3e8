package io.sampo.core.produce;

import static io.sampo.core.produce.Batches.NOW_MS;
import static io.sampo.core.produce.Batches.batch;
import static io.sampo.core.produce.Batches.direct;
import static io.sampo.core.produce.Batches.record;
import static io.sampo.core.produce.Batches.records;
import static io.sampo.core.produce.Batches.withAttributes;
import static io.sampo.core.produce.Batches.withInt;
import static io.sampo.core.produce.Validations.DEFAULTS;
import static io.sampo.core.produce.Validations.VERSION;
import static io.sampo.core.produce.Validations.accepted;
import static io.sampo.core.produce.Validations.refused;
import static io.sampo.core.produce.Validations.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.sampo.core.partition.AppendOutcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Which batches are accepted: form, checksum, size and keys.
class BatchValidatorTest {
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

    private Validation validate(BaseRecords records, ProduceSettings settings) {
        return validator.validate(records, VERSION, settings, NOW_MS);
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

    private static MemoryRecords join(MemoryRecords one, MemoryRecords other) {
        ByteBuffer both = ByteBuffer.allocateDirect(one.sizeInBytes() + other.sizeInBytes());
        both.put(one.buffer()).put(other.buffer()).flip();
        return MemoryRecords.readableRecords(both);
    }

    private static ByteBuffer copyOf(MemoryRecords records) {
        return ByteBuffer.allocate(records.sizeInBytes()).put(records.buffer()).flip();
    }
}
