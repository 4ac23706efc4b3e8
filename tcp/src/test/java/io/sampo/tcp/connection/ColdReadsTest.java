package io.sampo.tcp.connection;

import static io.sampo.tcp.connection.ColdReads.PROBE_BYTES;
import static io.sampo.tcp.connection.ColdReads.STEP_BYTES;
import static io.sampo.tcp.connection.ColdReads.TAIL_BYTES;
import static io.sampo.tcp.connection.ColdReads.WARY_BYTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdReadsTest {

    private static final long FILE_BYTES = 1L << 30;
    private static final int MIB = 1024 * 1024;

    /// `position+bytes` of each question to the page cache.
    private final List<String> asked = new ArrayList<>();

    private long coldFrom = FILE_BYTES;
    private long coldUntil = FILE_BYTES;
    private final ColdReads reads = new ColdReads((_, position, bytes) -> {
        asked.add(position + "+" + bytes);
        return position + bytes <= coldFrom || position >= coldUntil;
    });

    @TempDir
    private Path dir;

    private FileChannel file;

    @BeforeEach
    void createAFileOfAGibibyteWithoutContent() throws IOException {
        RandomAccessFile sparse = new RandomAccessFile(dir.resolve("segment").toFile(), "rw");
        sparse.setLength(FILE_BYTES);
        file = sparse.getChannel();
    }

    @AfterEach
    void close() throws IOException {
        file.close();
    }

    private void cold(long from, long until) {
        coldFrom = from;
        coldUntil = until;
    }

    @Test
    void aCachedSliceIsProbedOnceAtItsEndHoweverManyPiecesTheSocketTakes() throws IOException {
        assertEquals(MIB, reads.sendable(file, 0, MIB));
        assertEquals(MIB - 1000, reads.sendable(file, 1000, MIB - 1000));
        assertEquals(1, reads.sendable(file, MIB - 1, 1));
        assertEquals(List.of(MIB - PROBE_BYTES + "+" + PROBE_BYTES), asked);
        assertNull(reads.takeWanted());
    }

    @Test
    void aConsumerAtTheEndOfTheLogIsNeverAskedAbout() throws IOException {
        cold(0, FILE_BYTES);
        for (long position = FILE_BYTES - TAIL_BYTES; position < FILE_BYTES; position += 1000) {
            assertEquals(500, reads.sendable(file, position, 500));
        }
        assertEquals(MIB, reads.sendable(file, FILE_BYTES - MIB, MIB));
        assertEquals(List.of(), asked);
    }

    @Test
    void aColdSliceIsReadElsewhereOnceAndThenSent() throws IOException {
        cold(0, 8 * MIB);
        assertEquals(0, reads.sendable(file, 4096, 2 * MIB));
        assertEquals(new ColdReads.PreRead(file, 4096, 2 * MIB), reads.takeWanted());
        assertNull(reads.takeWanted());
        reads.done(new ColdReads.PreRead(file, 4096, 2 * MIB));
        assertEquals(2 * MIB, reads.sendable(file, 4096, 2 * MIB));
        assertEquals(0, reads.sendable(file, 4096 + 2 * MIB, MIB));
    }

    @Test
    void aLongColdSliceIsReadInSteps() throws IOException {
        cold(0, FILE_BYTES);
        long position = 0;
        long left = 2 * STEP_BYTES + 7;
        List<Long> steps = new ArrayList<>();
        while (left > 0) {
            long sendable = reads.sendable(file, position, left);
            if (sendable == 0) {
                ColdReads.PreRead wanted = wanted();
                steps.add(wanted.bytes());
                reads.done(wanted);
            }
            position += sendable;
            left -= sendable;
        }
        assertEquals(List.of(STEP_BYTES, STEP_BYTES, 7L), steps);
    }

    private ColdReads.PreRead wanted() {
        return Objects.requireNonNull(reads.takeWanted());
    }

    @Test
    void aSlowTransferMakesItLookAtEveryPageForAWhile() throws IOException {
        cold(100, 5000); // the probe at the end does not see it
        assertEquals(MIB, reads.sendable(file, 0, MIB));
        reads.sent(ColdReads.SLOW_TRANSFER_NS + 1);
        assertEquals(0, reads.sendable(file, 0, MIB));
        reads.done(wanted());
        asked.clear();
        for (long position = MIB; position < 3L * MIB + WARY_BYTES; position += MIB) {
            assertEquals(MIB, reads.sendable(file, position, MIB));
            reads.sent(ColdReads.SLOW_TRANSFER_NS);
        }
        String last = asked.removeLast();
        assertTrue(last.endsWith("+" + PROBE_BYTES), last);
        asked.removeLast();
        assertTrue(asked.stream().allMatch(range -> range.endsWith("+" + MIB)), asked.toString());
        assertEquals(WARY_BYTES / MIB, asked.size());
    }

    @Test
    void twoFilesAreToldApart() throws IOException {
        cold(0, FILE_BYTES);
        assertEquals(0, reads.sendable(file, 0, MIB));
        reads.done(wanted());
        try (RandomAccessFile other = new RandomAccessFile(dir.resolve("other").toFile(), "rw")) {
            other.setLength(FILE_BYTES);
            assertEquals(0, reads.sendable(other.getChannel(), 0, MIB));
        }
    }

    @Test
    void theKernelTellsWhatItHolds() throws IOException {
        // A hole was never read: it is in no page cache.
        assertFalse(PageCache.KERNEL.holds(file, 512L * MIB, MIB));
        new ColdReads.PreRead(file, 512L * MIB, MIB).run(new BufferPool(MIB));
        assertTrue(PageCache.KERNEL.holds(file, 512L * MIB, MIB));
        assertTrue(PageCache.KERNEL.holds(file, 512L * MIB + 1234, 100));
        assertFalse(PageCache.KERNEL.holds(file, FILE_BYTES - 10, 20), "beyond the end nobody knows");
    }

    @Test
    void aFileThatWasCutMeanwhileEndsThePreReadAndNothingElse() throws IOException {
        file.truncate(MIB);
        new ColdReads.PreRead(file, 0, 2 * MIB).run(new BufferPool(MIB));
        new ColdReads.PreRead(file, 2 * MIB, MIB).run(new BufferPool(MIB));
        file.close();
        new ColdReads.PreRead(file, 0, MIB).run(new BufferPool(MIB));
    }
}
