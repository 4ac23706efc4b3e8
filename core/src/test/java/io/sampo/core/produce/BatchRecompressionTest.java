package io.sampo.core.produce;

import static io.sampo.core.produce.Batches.NOW_MS;
import static io.sampo.core.produce.Batches.batch;
import static io.sampo.core.produce.Batches.contents;
import static io.sampo.core.produce.Batches.direct;
import static io.sampo.core.produce.Batches.record;
import static io.sampo.core.produce.Batches.records;
import static io.sampo.core.produce.Validations.VERSION;
import static io.sampo.core.produce.Validations.accepted;
import static io.sampo.core.produce.Validations.refused;
import static io.sampo.core.produce.Validations.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
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
import org.junit.jupiter.params.provider.MethodSource;

/// Batches that are stored with another codec than the producer's.
class BatchRecompressionTest {
    private final BatchValidator validator = new BatchValidator();

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

    private Validation validate(BaseRecords records, ProduceSettings settings) {
        return validator.validate(records, VERSION, settings, NOW_MS);
    }
}
