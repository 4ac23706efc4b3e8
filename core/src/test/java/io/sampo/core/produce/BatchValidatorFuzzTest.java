package io.sampo.core.produce;

import static io.sampo.core.produce.Batches.NOW_MS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.junit.jupiter.api.Test;

/// Throws garbage and damaged batches at the validator: it must answer each with an error code that a client
/// understands, never throw, and allocate no more than its limits allow.
///
/// `-Dsampo.fuzz.seconds=600` for a longer run, `-Dsampo.fuzz.seed=...` to repeat one.
class BatchValidatorFuzzTest {
    private static final Set<Errors> CLEAN = EnumSet.of(
            Errors.INVALID_RECORD,
            Errors.CORRUPT_MESSAGE,
            Errors.MESSAGE_TOO_LARGE,
            Errors.INVALID_TIMESTAMP,
            Errors.INVALID_TXN_STATE,
            Errors.UNSUPPORTED_COMPRESSION_TYPE,
            Errors.RECORD_LIST_TOO_LARGE);
    private static final long MAX_DECOMPRESSED_BYTES = 1 << 20;
    /// The limit of decompression, as output that grows by doubling, and the block buffers of a codec (lz4: 2 x 4
    /// MiB).
    private static final long MAX_ALLOCATED_BYTES = 4 * MAX_DECOMPRESSED_BYTES + (12 << 20);

    private final BatchValidator validator = new BatchValidator();

    @Test
    void damagedBatchesGetCleanErrorsAndLittleMemory() {
        long seed = Long.getLong("sampo.fuzz.seed", System.nanoTime());
        long endNanos = System.nanoTime() + Long.getLong("sampo.fuzz.seconds", 5) * 1_000_000_000L;
        Random random = new Random(seed);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        int refused = 0;
        for (int round = 0; round < 200 || System.nanoTime() < endNanos; round++) {
            MemoryRecords input = input(random);
            ProduceSettings settings = settings(random);
            String what = "seed " + seed + ", round " + round;
            long before = threads.getThreadAllocatedBytes(thread);
            Validation validation;
            try {
                validation = validator.validate(input, (short) (3 + random.nextInt(11)), settings, NOW_MS);
            } catch (RuntimeException | Error thrown) {
                throw new AssertionError(what, thrown);
            }
            long allocated = threads.getThreadAllocatedBytes(thread) - before;
            assertTrue(allocated < MAX_ALLOCATED_BYTES, () -> what + " allocated " + allocated);
            switch (validation) {
                case Validation.Refused refusal -> {
                    refused++;
                    assertTrue(CLEAN.contains(refusal.outcome().error()), () -> what + " " + refusal);
                }
                case Validation.Accepted accepted -> assertWhole(accepted.records(), what);
            }
        }
        assertTrue(refused > 50, "the damage was no damage");
    }

    /// What is accepted is one sound batch at offset 0.
    private static void assertWhole(MemoryRecords records, String what) {
        MutableRecordBatch batch = records.batches().iterator().next();
        batch.ensureValid();
        assertEquals(0, batch.baseOffset(), what);
        assertEquals(records.sizeInBytes(), batch.sizeInBytes(), what);
    }

    private static MemoryRecords input(Random random) {
        CompressionType codec = CompressionType.values()[random.nextInt(5)];
        return switch (random.nextInt(6)) {
            case 0 -> garbage(random);
            case 1 -> Batches.around(random.nextInt(8), 1 + random.nextInt(1000), bytes(random, 600));
            case 2 -> cut(batch(random, codec), random);
            case 3 -> flipped(batch(random, codec), random, 0);
            case 4 -> Batches.sealed(flipped(batch(random, codec), random, Batches.ATTRIBUTES_OFFSET));
            default -> Batches.sealed(flipped(batch(random, codec), random, DefaultRecordBatch.RECORD_BATCH_OVERHEAD));
        };
    }

    private static MemoryRecords batch(Random random, CompressionType codec) {
        return Batches.batch(Compression.of(codec).build(), Batches.records(1 + random.nextInt(60)));
    }

    private static MemoryRecords garbage(Random random) {
        byte[] bytes = bytes(random, 300);
        if (bytes.length > 16 && random.nextBoolean()) {
            bytes[16] = 2;
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length);
        return MemoryRecords.readableRecords(buffer.put(bytes).flip());
    }

    private static byte[] bytes(Random random, int bound) {
        byte[] bytes = new byte[random.nextInt(bound)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static MemoryRecords cut(MemoryRecords records, Random random) {
        return MemoryRecords.readableRecords(records.buffer().slice(0, random.nextInt(records.sizeInBytes())));
    }

    private static MemoryRecords flipped(MemoryRecords records, Random random, int from) {
        ByteBuffer buffer = records.buffer();
        int flips = 1 + random.nextInt(4);
        for (int i = 0; i < flips; i++) {
            buffer.put(from + random.nextInt(buffer.limit() - from), (byte) random.nextInt());
        }
        return records;
    }

    private static ProduceSettings settings(Random random) {
        CompressionType[] codecs = CompressionType.values();
        int target = random.nextInt(codecs.length + 2);
        return new ProduceSettings(
                1 << 20,
                1 << 30,
                random.nextBoolean(),
                random.nextInt(4) == 0 ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
                random.nextBoolean() ? Long.MAX_VALUE : 1000,
                random.nextBoolean() ? Long.MAX_VALUE : 1000,
                target < codecs.length ? Compression.of(codecs[target]).build() : null,
                random.nextBoolean(),
                new DecompressionLimits(MAX_DECOMPRESSED_BYTES, 100, 1 << 20));
    }
}
