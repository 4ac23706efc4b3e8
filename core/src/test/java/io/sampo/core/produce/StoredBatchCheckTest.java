package io.sampo.core.produce;

import static io.sampo.core.produce.Batches.NOW_MS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StoredBatchCheckTest {
    private final StoredBatchCheck check = new StoredBatchCheck(DecompressionLimits.DEFAULTS);

    static Stream<Compression> codecs() {
        return Stream.of(
                Compression.NONE,
                Compression.gzip().build(),
                Compression.snappy().build(),
                Compression.lz4().build(),
                Compression.zstd().build());
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void batchesOfProducersAreReadableAndSoAreCompactedOnes(Compression codec) {
        MemoryRecords produced = Batches.batch(codec, Batches.records(20));

        assertNull(whyUnreadable(produced));
        assertNull(whyUnreadable(withoutEveryOther(produced)));
    }

    @Test
    void lengthsThatDoNotFitAreFound() {
        for (int i = DefaultRecordBatch.RECORD_BATCH_OVERHEAD; i < DefaultRecordBatch.RECORD_BATCH_OVERHEAD + 5; i++) {
            MemoryRecords batch = Batches.batch(Compression.NONE, Batches.record(NOW_MS, "k", "v"));
            batch.buffer().put(batch.buffer().position() + i, (byte) 0x7f);
            Batches.sealed(batch);
            boolean isAttributesOrTime = i == DefaultRecordBatch.RECORD_BATCH_OVERHEAD + 1
                    || i == DefaultRecordBatch.RECORD_BATCH_OVERHEAD + 2;
            String why = whyUnreadable(batch);
            if (isAttributesOrTime) {
                assertNull(why, "byte " + i);
            } else {
                assertNotNull(why, "byte " + i);
            }
        }
    }

    @Test
    void offsetsThatGoBackAreFound() {
        MemoryRecords batch = Batches.batch(Compression.NONE, Batches.record(NOW_MS, "k", "v"));
        ByteBuffer buffer = batch.buffer();
        int offsetDelta = buffer.position() + DefaultRecordBatch.RECORD_BATCH_OVERHEAD + 3;
        assertEquals(0, buffer.get(offsetDelta));
        buffer.put(offsetDelta, (byte) 1); // zigzag: -1
        assertNotNull(whyUnreadable(Batches.sealed(batch)));
    }

    @Test
    void bombsAreFound() {
        StoredBatchCheck strict = new StoredBatchCheck(new DecompressionLimits(10_000, 200, 0));
        MemoryRecords batch =
                Batches.batch(Compression.zstd().build(), Batches.record(NOW_MS, "k", "v".repeat(20_000)));
        assertNotNull(strict.whyUnreadable(first(batch), batch.buffer()));
        assertNull(whyUnreadable(Batches.batch(Compression.NONE, Batches.record(NOW_MS, "k", "v".repeat(20_000)))));
    }

    private @Nullable String whyUnreadable(MemoryRecords batch) {
        return check.whyUnreadable(first(batch), batch.buffer());
    }

    private static DefaultRecordBatch first(MemoryRecords records) {
        return (DefaultRecordBatch) records.batches().iterator().next();
    }

    /// As the log cleaner leaves a batch.
    private static MemoryRecords withoutEveryOther(MemoryRecords batch) {
        RecordFilter odd = new RecordFilter(0, 0) {
            @Override
            protected BatchRetentionResult checkBatchRetention(RecordBatch checked) {
                return new BatchRetentionResult(BatchRetention.RETAIN_EMPTY, false);
            }

            @Override
            protected boolean shouldRetainRecord(RecordBatch checked, Record record) {
                return record.offset() % 2 == 1;
            }
        };
        ByteBuffer kept = ByteBuffer.allocate(100_000);
        batch.filterTo(odd, kept, BufferSupplier.NO_CACHING, Integer.MAX_VALUE);
        return MemoryRecords.readableRecords(kept.flip());
    }
}
