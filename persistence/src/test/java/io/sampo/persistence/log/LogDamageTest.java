package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.BOOT;
import static io.sampo.persistence.log.LogFixture.ID;
import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What recovery makes of files that a crash or a disk changed: the acknowledged prefix, or a partition that is
/// loudly offline; never wrong records.
class LogDamageTest {
    private static final LogSettings SETTINGS = LogFixture.settings(1 << 20, 100);
    private static final int BEFORE = 10;
    private static final int AFTER = 4;
    private static final int TOTAL = BEFORE + AFTER;

    @TempDir
    private Path path;

    private Path original;
    private int run;

    /// 10 one-record batches, a checkpoint, 4 more, then a control event; killed, not closed.
    @BeforeEach
    void write() throws IOException {
        original = Files.createDirectory(path.resolve("original"));
        LogFixture fixture = new LogFixture(original, SETTINGS);
        var self = fixture.directory.self();
        fixture.append(new EpochStarted(0, 0, self, VoterSet.single(self)));
        fixture.appendBatches(BEFORE, 1);
        fixture.writeCheckpoint();
        fixture.appendBatches(AFTER, 1);
        fixture.append(new EpochPromised(1, self));
        fixture.directory.close();
    }

    private Path copy() throws IOException {
        Path to = Files.createDirectory(path.resolve("run-" + run++));
        Path partition = Files.createDirectory(to.resolve("orders-3"));
        for (Path from : new Path[] {original, original.resolve("orders-3")}) {
            try (var files = Files.list(from)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, (from.equals(original) ? to : partition).resolve(file.getFileName()));
                }
            }
        }
        return to;
    }

    private static Path file(Path copy, String suffix) throws IOException {
        try (var files = Files.list(copy.resolve("orders-3"))) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static List<String> values(long to) {
        return LongStream.range(0, to)
                .mapToObj(offset -> offset + ":value-" + offset)
                .toList();
    }

    private static void cut(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    /// Opens the copy, tells what became of it: the number of records, or the reason why it is offline.
    private static Object outcome(Path copy, String bootId) throws IOException {
        DataDirectory directory = DataDirectory.open(copy, 1);
        try (FilePartitionLogs logs =
                new FilePartitionLogs(directory, LogStoreSettings.DEFAULTS, java.time.InstantSource.system(), bootId)) {
            logs.register(ID, LogFixture.TOPIC, SETTINGS);
            try {
                logs.open(ID);
            } catch (PartitionLogException offline) {
                assertEquals(
                        offline.getMessage(),
                        "Partition " + ID + " is offline: "
                                + logs.offlineReason(ID).orElseThrow());
                return logs.offlineReason(ID).orElseThrow();
            }
        } finally {
            directory.close();
        }
        try (LogFixture reopened = new LogFixture(copy, SETTINGS, FileOps.SYSTEM, bootId)) {
            List<String> read = reopened.readAll();
            assertEquals(values(read.size()), read);
            long next = reopened.log.logEndOffset();
            assertEquals(read.size(), next);
            reopened.append(batch(next, 0, record(next, "value-" + next)));
            assertEquals(values(next + 1), reopened.readAll());
            return read.size();
        }
    }

    @Test
    void aTailThatIsCutAnywhereGivesThePrefixOfWholeBatches() throws IOException {
        long size = Files.size(file(original, ".log"));
        long batch = size / TOTAL - 1;
        long position = positionOf(BEFORE);
        for (long at = position; at <= size; at++) {
            Path copy = copy();
            cut(file(copy, ".log"), at);
            Object outcome = outcome(copy, BOOT);
            assertTrue(outcome instanceof Integer count && count >= BEFORE, at + ": " + outcome);
            assertTrue((Integer) outcome <= BEFORE + (at - position) / batch, at + ": " + outcome);
            assertEquals(at == size, outcome.equals(TOTAL), at + ": " + outcome);
        }
    }

    private long positionOf(int count) throws IOException {
        try (var channel = FileChannel.open(file(original, ".log"))) {
            BatchScanner scanner = new BatchScanner(channel, original, 0, (int) channel.size());
            for (int i = 0; i < count; i++) {
                assertTrue(scanner.next());
            }
            return scanner.nextPosition();
        }
    }

    @Test
    void aLogThatEndsBelowWhatWasSyncedIsDamaged() throws IOException {
        long position = positionOf(BEFORE);
        for (long at : new long[] {0, 1, positionOf(BEFORE - 1), positionOf(5), position - 80, position - 1}) {
            Path copy = copy();
            cut(file(copy, ".log"), at);
            Object outcome = outcome(copy, "another boot");
            assertTrue(outcome instanceof String reason && reason.contains(".log"), at + ": " + outcome);
            assertEquals(at, Files.size(file(copy, ".log")));
        }
    }

    @Test
    void everyFlippedBitOfTheTailIsFoundWhileTheMachineIsUp() throws IOException {
        long size = Files.size(file(original, ".log"));
        for (long bit = positionOf(BEFORE) * 8; bit < size * 8; bit += 23) {
            Path copy = copy();
            LogFixture.flip(file(copy, ".log"), bit);
            Object outcome = outcome(copy, BOOT);
            assertTrue(outcome instanceof String reason && reason.contains(".log is damaged"), bit + ": " + outcome);
            assertEquals(size, Files.size(file(copy, ".log")));
        }
    }

    @Test
    void afterAMachineCrashOnlyABadLastBatchIsTakenForTorn() throws IOException {
        long last = positionOf(TOTAL - 1);
        long size = Files.size(file(original, ".log"));
        for (long bit = positionOf(BEFORE) * 8; bit < size * 8; bit += 37) {
            Path copy = copy();
            LogFixture.flip(file(copy, ".log"), bit);
            Object outcome = outcome(copy, "another boot");
            if (bit / 8 < last) {
                assertTrue(outcome instanceof String, bit + ": " + outcome);
            } else {
                assertTrue(outcome instanceof String || outcome.equals(TOTAL - 1), bit + ": " + outcome);
            }
        }
    }

    @Test
    void everyFlippedBitOfTheMetaJournalIsFound() throws IOException {
        long size = Files.size(file(original, "meta.journal"));
        for (long bit = 0; bit < size * 8; bit += 11) {
            Path copy = copy();
            LogFixture.flip(file(copy, "meta.journal"), bit);
            Object outcome = outcome(copy, BOOT);
            assertTrue(outcome instanceof String reason && reason.contains("meta.journal"), bit + ": " + outcome);
        }
    }

    @Test
    void aTornLastEventIsDropped() throws IOException {
        long size = Files.size(file(original, "meta.journal"));
        int last = MetaRecord.PREFIX_BYTES + MetaRecord.MIN_BODY_BYTES + 24;
        for (long at = size - last + 1; at < size; at++) {
            Path copy = copy();
            cut(file(copy, "meta.journal"), at);
            assertEquals(TOTAL, outcome(copy, BOOT), "cut at " + at);
        }
        Path copy = copy();
        cut(file(copy, "meta.journal"), 20);
        assertTrue(outcome(copy, BOOT) instanceof String, "events that a checkpoint saw are missing");
    }

    @Test
    void aDamagedCheckpointIsReplacedByTheEarlierEvents() throws IOException {
        long size = Files.size(file(original, ".checkpoint"));
        for (long bit = 0; bit < size * 8; bit += 31) {
            Path copy = copy();
            LogFixture.flip(file(copy, ".checkpoint"), bit);
            assertEquals(TOTAL, outcome(copy, BOOT), "bit " + bit);
        }
    }

    @Test
    void everyFlippedBitOfPartitionMetadataIsFound() throws IOException {
        long size = Files.size(file(original, "partition.metadata"));
        for (long bit = 0; bit < size * 8; bit += 5) {
            Path copy = copy();
            LogFixture.flip(file(copy, "partition.metadata"), bit);
            Object outcome = outcome(copy, BOOT);
            assertTrue(outcome instanceof String reason && reason.contains("partition.metadata"), bit + ": " + outcome);
        }
        Path copy = copy();
        Files.write(file(copy, "partition.metadata"), new byte[0]);
        assertEquals(TOTAL, outcome(copy, BOOT));
    }

    @Test
    void everyFlippedBitOfMetaPropertiesStopsTheStart() throws IOException {
        Path file = original.resolve("meta.properties");
        byte[] good = Files.readAllBytes(file);
        for (long bit = 0; bit < good.length * 8L; bit += 5) {
            LogFixture.flip(file, bit);
            DataDirectoryException refused =
                    assertThrows(DataDirectoryException.class, () -> DataDirectory.open(original, 1));
            assertTrue(String.valueOf(refused.getMessage()).contains(original.toString()));
            Files.write(file, good);
        }
        DataDirectory.open(original, 1).close();
    }

    @Test
    void badOrMissingIndexesAreBuiltAgain() throws IOException {
        try (LogFixture fixture = new LogFixture(original, SETTINGS)) {
            fixture.log.roll();
            fixture.appendBatches(5, 1);
            fixture.writeCheckpoint();
        }
        for (String suffix : new String[] {".index", ".timeindex"}) {
            long size = Files.size(SegmentFiles.sibling(SegmentFiles.log(original.resolve("orders-3"), 0), suffix));
            assertTrue(size >= 8);
            for (long bit = -2; bit < size * 8; bit += bit < 0 ? 1 : 5) {
                Path copy = copy();
                Path index = SegmentFiles.sibling(SegmentFiles.log(copy.resolve("orders-3"), 0), suffix);
                if (bit == -2) {
                    Files.delete(index);
                } else if (bit == -1) {
                    cut(index, size - 3);
                } else {
                    LogFixture.flip(index, bit);
                }
                lookUpEverything(copy, suffix + " bit " + bit);
            }
        }
    }

    private static void lookUpEverything(Path copy, String what) throws IOException {
        try (LogFixture fixture = new LogFixture(copy, SETTINGS)) {
            long end = fixture.log.logEndOffset();
            for (long offset = 0; offset < end; offset++) {
                assertEquals(List.of(offset + ":value-" + offset), fixture.read(offset, offset + 1, 1), what);
                assertEquals(
                        offset,
                        fixture.log
                                .offsetForTimestamp(offset, end)
                                .orElseThrow()
                                .offset(),
                        what);
            }
            assertEquals(end - 1, fixture.log.maxTimestamp(end).orElseThrow().offset(), what);
        }
    }

    @Test
    void aVanishedDirectoryTakesThePartitionOffline() throws IOException {
        try (LogFixture fixture = new LogFixture(copy(), SETTINGS)) {
            fixture.appendBatches(1, 1);
            fixture.log.syncLog();
            fixture.appendBatches(1, 1);
            Files.move(fixture.partition(), fixture.path.resolve("elsewhere"));
            PartitionLogException failed = assertThrows(PartitionLogException.class, () -> fixture.log.syncLog());
            assertTrue(String.valueOf(failed.getMessage()).contains(".log"), failed.getMessage());
            assertTrue(fixture.logs.offlineReason(ID).isPresent());
            assertThrows(PartitionLogException.class, () -> fixture.appendBatches(1, 1));
        }
    }

    @Test
    void aScrubFindsDamageInClosedSegments() throws IOException {
        try (LogFixture fixture = new LogFixture(copy(), SETTINGS)) {
            fixture.log.roll();
            assertEquals(List.of(), fixture.checkClosedSegments());
            LogFixture.flip(SegmentFiles.log(fixture.partition(), 0), 70 * 8);
            assertEquals(1, fixture.checkClosedSegments().size());
        }
    }
}
