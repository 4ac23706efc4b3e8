package io.sampo.core.produce;

import static io.sampo.core.produce.Batches.NOW_MS;
import static io.sampo.core.produce.Batches.batch;
import static io.sampo.core.produce.Batches.record;
import static io.sampo.core.produce.Batches.records;
import static io.sampo.core.produce.Batches.withAttributes;
import static io.sampo.core.produce.Validations.DEFAULTS;
import static io.sampo.core.produce.Validations.VERSION;
import static io.sampo.core.produce.Validations.accepted;
import static io.sampo.core.produce.Validations.refused;
import static io.sampo.core.produce.Validations.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.sampo.core.partition.AppendOutcome;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Timestamps of producers and of the log.
class BatchTimestampsTest {
    private final BatchValidator validator = new BatchValidator();

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

    private Validation validate(BaseRecords records, ProduceSettings settings) {
        return validator.validate(records, VERSION, settings, NOW_MS);
    }

    private static Errors errorOf(Validation validation) {
        return switch (validation) {
            case Validation.Accepted _ -> Errors.NONE;
            case Validation.Refused refused -> refused.outcome().error();
        };
    }
}
