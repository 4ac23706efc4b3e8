package io.sampo.persistence.compaction;

import static io.sampo.persistence.compaction.CompactedLog.COMPACT;
import static io.sampo.persistence.compaction.CompactedLog.NOW_MS;
import static io.sampo.persistence.compaction.CompactedLog.TOMBSTONE_MS;
import static io.sampo.persistence.compaction.CompactedLog.checkpoint;
import static io.sampo.persistence.compaction.CompactedLog.clean;
import static io.sampo.persistence.compaction.CompactedLog.delete;
import static io.sampo.persistence.compaction.CompactedLog.keyed;
import static io.sampo.persistence.compaction.CompactedLog.leftovers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.TestLog;
import io.sampo.persistence.TestLog.Kept;
import io.sampo.persistence.log.FileOps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A round of the cleaner that dies, and what recovery makes of its files.
class LogCleanerCrashTest {
    /// Segments so small that each is rewritten alone.
    private static final LogSettings ONE_BY_ONE = new TestEvents.Settings()
            .compact(0, TOMBSTONE_MS)
            .pageCache()
            .segmentBytes(400)
            .build();

    @TempDir
    Path path;

    /// The process dies at each write and each sync of a round in turn; what it left on disk is recovered.
    @Test
    void aCrashAtEveryStepOfARoundLosesNothing() throws IOException {
        int steps = -1;
        boolean survived = false;
        while (!survived) {
            steps++;
            Path directory = path.resolve("run-" + steps);
            Files.createDirectories(directory);
            survived = crashAtStep(directory, steps);
        }
        assertTrue(steps >= 7, "three segments, each written, synced and exchanged; steps: " + steps);
    }

    /// @return true when the round had fewer steps
    private boolean crashAtStep(Path directory, int step) throws IOException {
        DyingFiles files = new DyingFiles();
        Path copy = directory.resolve("copy");
        boolean survived;
        try (TestLog log = new TestLog(directory.resolve("data"), ONE_BY_ONE, files)) {
            fill(log);
            files.stepsLeft = step;
            try {
                survived = clean(log, NOW_MS).isPresent();
            } catch (PartitionLogException | IOException died) {
                survived = false;
            }
            files.stepsLeft = Integer.MAX_VALUE;
            copyOf(directory.resolve("data"), copy);
        }
        try (TestLog log = new TestLog(copy, ONE_BY_ONE)) {
            assertLastValues(log);
            clean(log, NOW_MS);
            assertEquals(
                    List.of(8L, 9L, 10L, 11L),
                    log.records().stream().map(Kept::offset).toList());
            assertEquals(List.of(), leftovers(copy));
        }
        return survived;
    }

    /// The moment between "the new segment is whole" and "it has its name", as a crash leaves it.
    @Test
    void recoveryFinishesAnExchangeThatWasCommitted() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            fill(log);
            Path before = path.resolveSibling(path.getFileName() + "-before");
            copyOf(path, before);
            assertTrue(clean(log, NOW_MS).isPresent());
            Path base = path.resolve("events-0");
            Path target = before.resolve("events-0");
            Files.copy(
                    base.resolve("00000000000000000000.log"),
                    target.resolve("00000000000000000000-00000000000000000012.swap"));
            Files.write(target.resolve("00000000000000000000-00000000000000000004.cleaned"), new byte[] {1, 2, 3});
            try (TestLog recovered = new TestLog(before, COMPACT)) {
                assertEquals(log.records(), recovered.records());
                assertEquals(List.of(), leftovers(before));
            } finally {
                delete(before);
            }
        }
    }

    @Test
    void aDamagedCleanerCheckpointOnlyMeansMoreWork() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            fill(log);
            assertTrue(clean(log, NOW_MS).isPresent());
            assertEquals(12, checkpoint(log).cleanedUpToOffset());
            Files.write(path.resolve("events-0").resolve(CleanerCheckpoint.FILE), new byte[12]);
            assertEquals(-1, checkpoint(log).cleanedUpToOffset());
            assertEquals(12, clean(log, NOW_MS).orElseThrow().cleanedUpToOffset());
            assertLastValues(log);
        }
    }

    /// Three segments of four records over four keys; offsets 8 to 11 hold the last values.
    private static void fill(TestLog log) {
        for (int i = 0; i < 12; i++) {
            log.append(List.of(keyed(i, "k" + i % 4, "v" + i)));
            if (i % 4 == 3) {
                log.log.roll();
            }
        }
        log.checkpoint();
    }

    private static void assertLastValues(TestLog log) {
        Map<String, String> last = new HashMap<>();
        long offset = -1;
        for (Kept record : log.records()) {
            assertTrue(record.offset() > offset, "order");
            offset = record.offset();
            last.put(String.valueOf(record.key()), String.valueOf(record.value()));
        }
        assertEquals(Map.of("k0", "v8", "k1", "v9", "k2", "v10", "k3", "v11"), last);
    }

    private static void copyOf(Path from, Path to) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (var walk = Files.walk(from)) {
            walk.forEach(entries::add);
        }
        for (Path entry : entries) {
            Files.copy(entry, to.resolve(from.relativize(entry)), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /// A disk that takes no more writes and syncs once its steps are used up.
    private static final class DyingFiles implements FileOps {
        volatile int stepsLeft = Integer.MAX_VALUE;

        @Override
        public long write(FileChannel channel, Path file, ByteBuffer[] buffers, int from, int count)
                throws IOException {
            step();
            return FileOps.super.write(channel, file, buffers, from, count);
        }

        @Override
        public void force(FileChannel channel, Path file) throws IOException {
            step();
            FileOps.super.force(channel, file);
        }

        private void step() throws IOException {
            if (stepsLeft != Integer.MAX_VALUE && --stepsLeft < 0) {
                throw new IOException("planted: the process is dead");
            }
        }
    }
}
