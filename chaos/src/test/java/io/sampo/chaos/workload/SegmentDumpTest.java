package io.sampo.chaos.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.sampo.chaos.history.DumpedBatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SegmentDumpTest {
    @TempDir
    Path dir;

    private static byte[] batch(long baseOffset, int records) {
        SimpleRecord[] all = new SimpleRecord[records];
        for (int i = 0; i < records; i++) {
            all[i] = new SimpleRecord(1_000L, ("record " + i).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        ByteBuffer buffer =
                MemoryRecords.withRecords(baseOffset, Compression.NONE, 3, all).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    @Test
    void batchesComeInTheOrderOfOffsetsOverAllSegments() throws IOException {
        Files.write(dir.resolve("00000000000000000005.log"), batch(5, 2));
        Files.write(dir.resolve("00000000000000000000.log"), join(batch(0, 3), batch(3, 2)));

        List<DumpedBatch> batches = SegmentDump.of(dir);

        assertEquals(
                List.of(0L, 3L, 5L),
                batches.stream().map(DumpedBatch::baseOffset).toList());
        assertEquals(
                List.of(2L, 4L, 6L),
                batches.stream().map(DumpedBatch::lastOffset).toList());
    }

    @Test
    void oneBitMakesAnotherDigest() throws IOException {
        byte[] bytes = batch(0, 3);
        Path file = dir.resolve("00000000000000000000.log");
        Files.write(file, bytes);
        DumpedBatch before = SegmentDump.of(dir).getFirst();
        bytes[70] ^= 1;
        Files.write(file, bytes);

        assertNotEquals(before, SegmentDump.of(dir).getFirst());
    }

    @Test
    void aTornEndIsLeftOut() throws IOException {
        byte[] second = batch(3, 2);
        byte[] torn = java.util.Arrays.copyOf(second, second.length - 1);
        Files.write(dir.resolve("00000000000000000000.log"), join(batch(0, 3), torn));

        assertEquals(1, SegmentDump.of(dir).size());
    }
}
