package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.ID;
import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.Suspected;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damage below the durable end of a replica that has others to fetch from: it is cut, told, and kept aside.
class DamageRepairTest {
    private static final int BEFORE = 10;
    private static final int TOTAL = 14;
    private static final ReplicaId OTHER = new ReplicaId(2, new Uuid(2, 2));

    @TempDir
    private Path path;

    private int run;

    private enum Config {
        SOLE,
        WITH_OTHERS
    }

    private static EpochStarted marker(LogFixture fixture, int epoch, Config config) {
        ReplicaId self = fixture.directory.self();
        VoterSet voters = config == Config.SOLE ? VoterSet.single(self) : new VoterSet(List.of(self, OTHER), List.of());
        return new EpochStarted(epoch, fixture.log.logEndOffset(), self, voters);
    }

    /// 10 batches, a checkpoint, a marker, 4 more, synced; killed.
    private Path original(Config first, Config second) {
        Path directory = path.resolve("original-" + run++);
        LogFixture fixture = new LogFixture(directory, LogFixture.SMALL);
        ReplicaId self = fixture.directory.self();
        fixture.append(
                new ReplicaCreated(LogFixture.TOPIC, ID, self, VoterSet.single(self)),
                new Opened(1, LogFixture.BOOT),
                marker(fixture, 0, first));
        fixture.appendBatches(BEFORE, 1);
        fixture.writeCheckpoint();
        fixture.append(marker(fixture, 1, second));
        for (long offset = BEFORE; offset < TOTAL; offset++) {
            fixture.append(batch(offset, 1, record(offset, "value-" + offset)));
        }
        fixture.append(new EpochPromised(7, self));
        fixture.log.syncLog();
        fixture.log.syncMeta();
        fixture.directory.close();
        return directory;
    }

    private Path copy(Path from) throws IOException {
        Path to = path.resolve("run-" + run++);
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
        return to;
    }

    private static Path log(Path directory) {
        return SegmentFiles.log(directory.resolve(LogFixture.TOPIC + "-" + ID.partition()), 0);
    }

    private static List<String> values(long to) {
        return LongStream.range(0, to)
                .mapToObj(offset -> offset + ":value-" + offset)
                .toList();
    }

    private static void assertRepaired(Path directory, byte[] damaged, String what) throws IOException {
        LogFixture fixture = new LogFixture(directory, LogFixture.SMALL);
        List<String> read = fixture.readAll();
        assertEquals(values(read.size()), read, what);
        assertTrue(read.size() < TOTAL, what);
        assertEquals(read.size(), fixture.log.logEndOffset(), what);
        String told = fixture.logs.damage(ID).orElseThrow();
        assertTrue(told.contains(".log"), told);
        Path aside = log(directory).resolveSibling(log(directory).getFileName() + SegmentFiles.DAMAGED);
        assertEquals(-1, java.util.Arrays.mismatch(damaged, Files.readAllBytes(aside)), what);
        assertTrue(fixture.log.epochStarts().stream().allMatch(start -> start.startOffset() <= read.size()), what);
        List<String> events = fixture.events(
                fixture.log.checkpoints().isEmpty()
                        ? 1
                        : fixture.log.checkpoints().getFirst().sequenceNr() + 1);
        assertTrue(events.getLast().contains("TruncateIntent[toOffset=" + read.size()), events.toString());
        assertTrue(events.stream().anyMatch(event -> event.contains("EpochPromised")), events.toString());
        assertTrue(events.getLast().startsWith(fixture.log.highestSequenceNr() + ":"), events.toString());

        fixture.reopenAfterKill();
        assertEquals(told, fixture.logs.damage(ID).orElseThrow(), "told until it is on record");
        fixture.append(new Suspected(LogFixture.BOOT, told));
        fixture.log.syncMeta();
        fixture.reopenAfterKill();
        assertEquals(told, fixture.logs.damage(ID).orElseThrow());
        fixture.append(new Opened(2, LogFixture.BOOT));
        fixture.log.syncMeta();
        assertEquals(java.util.Optional.empty(), fixture.logs.damage(ID), what);
        long next = fixture.log.logEndOffset();
        fixture.append(new EpochStarted(9, next, OTHER, VoterSet.single(OTHER)));
        fixture.append(batch(next, 9, record(next, "value-" + next)));
        fixture.reopenAfterKill();
        assertEquals(java.util.Optional.empty(), fixture.logs.damage(ID), what);
        assertEquals(values(next + 1), fixture.readAll(), what);
        fixture.close();
    }

    @Test
    void everyFlippedBitOfTheTailIsCutAndTold() throws IOException {
        Path original = original(Config.WITH_OTHERS, Config.WITH_OTHERS);
        long size = Files.size(log(original));
        for (long bit = size * BEFORE / TOTAL * 8 + 64; bit < size * 8; bit += 101) {
            Path copy = copy(original);
            LogFixture.flip(log(copy), bit);
            assertRepaired(copy, Files.readAllBytes(log(copy)), "bit " + bit);
        }
    }

    @Test
    void aLogThatEndsBelowItsMarkerOrItsCheckpointIsCutThere() throws IOException {
        Path original = original(Config.WITH_OTHERS, Config.WITH_OTHERS);
        long size = Files.size(log(original));
        for (long left : new long[] {0, 1, size / 3, size * BEFORE / TOTAL - 40}) {
            Path copy = copy(original);
            try (FileChannel channel = FileChannel.open(log(copy), StandardOpenOption.WRITE)) {
                channel.truncate(left);
            }
            assertRepaired(copy, Files.readAllBytes(log(copy)), left + " bytes left");
        }
    }

    @Test
    void aLogWithoutAnySegmentBeginsAgain() throws IOException {
        Path copy = copy(original(Config.WITH_OTHERS, Config.WITH_OTHERS));
        Files.delete(log(copy));
        try (LogFixture fixture = new LogFixture(copy, LogFixture.SMALL)) {
            assertEquals(0, fixture.log.logEndOffset());
            assertTrue(fixture.logs.damage(ID).orElseThrow().contains("no segment"));
        }
    }

    @Test
    void whoIsTheOnlyVoterNowGoesOfflineWhateverOlderMarkersSay() throws IOException {
        Path grown = copy(original(Config.SOLE, Config.WITH_OTHERS));
        LogFixture.flip(log(grown), (Files.size(log(grown)) - 3) * 8);
        assertRepaired(grown, Files.readAllBytes(log(grown)), "grown");

        Path shrunk = copy(original(Config.WITH_OTHERS, Config.SOLE));
        LogFixture.flip(log(shrunk), (Files.size(log(shrunk)) - 3) * 8);
        byte[] damaged = Files.readAllBytes(log(shrunk));
        assertThrows(PartitionLogException.class, () -> new LogFixture(shrunk, LogFixture.SMALL));
        assertEquals(-1, java.util.Arrays.mismatch(damaged, Files.readAllBytes(log(shrunk))), "nothing was touched");
    }

    @Test
    void aCrashAtAnyPointOfTheRepairEndsInTheSameLog() throws IOException {
        Path original = original(Config.WITH_OTHERS, Config.WITH_OTHERS);
        LogFixture.flip(log(original), (Files.size(log(original)) - 100) * 8);
        byte[] damaged = Files.readAllBytes(log(original));
        boolean crashed = true;
        List<Integer> crashes = new ArrayList<>();
        for (int changes = 0; crashed; changes++) {
            Path copy = copy(original);
            CrashingFiles files = new CrashingFiles();
            DataDirectory directory = DataDirectory.open(copy, 1, files);
            FilePartitionLogs logs = new FilePartitionLogs(
                    directory, LogStoreSettings.DEFAULTS, InstantSource.system(), LogFixture.BOOT);
            logs.register(ID, LogFixture.TOPIC, LogFixture.SMALL);
            files.crashAfter(changes);
            try {
                logs.open(ID);
            } catch (PartitionLogException off) {
                crashes.add(changes);
            }
            crashed = files.hasCrashed();
            directory.close();
            assertRepaired(copy, damaged, "crash at change " + changes);
        }
        assertTrue(crashes.size() > 6, crashes.toString());
    }

    @Test
    void aFailedSyncIsToldToTheNextStart() throws IOException {
        Path directory = path.resolve("failed");
        FailingSync files = new FailingSync();
        LogFixture fixture = new LogFixture(directory, LogFixture.SMALL, files, LogFixture.BOOT);
        fixture.append(new Opened(1, LogFixture.BOOT));
        fixture.log.syncMeta();
        fixture.appendBatches(3, 1);
        files.fails = true;
        assertThrows(PartitionLogException.class, fixture.log::syncLog);
        files.fails = false;
        assertThrows(PartitionLogException.class, fixture.log::syncLog, "never tried again");
        fixture.directory.close();
        for (int start = 0; start < 2; start++) {
            try (LogFixture next = new LogFixture(directory, LogFixture.SMALL)) {
                assertEquals(3, next.log.logEndOffset());
                assertTrue(next.logs.damage(ID).orElseThrow().contains("a sync of the log failed"));
            }
        }
        try (LogFixture next = new LogFixture(directory, LogFixture.SMALL)) {
            next.append(new Opened(2, LogFixture.BOOT));
            next.log.syncMeta();
            assertTrue(next.logs.damage(ID).isEmpty());
        }
    }

    /// Rule F1's sync, in the middle of an append.
    @Test
    void aFailedSyncBeforeAMarkerTakesTheLogOfflineToo() {
        Path directory = path.resolve("failed-marker");
        FailingSync files = new FailingSync();
        LogFixture fixture = new LogFixture(directory, LogFixture.SMALL, files, LogFixture.BOOT);
        fixture.appendBatches(3, 1);
        files.fails = true;
        assertThrows(PartitionLogException.class, () -> fixture.append(marker(fixture, 1, Config.SOLE)));
        files.fails = false;
        assertTrue(fixture.logs.offlineReason(ID).isPresent());
        assertTrue(fixture.logs.damage(ID).isPresent());
        assertThrows(PartitionLogException.class, () -> fixture.append(marker(fixture, 1, Config.SOLE)));
        fixture.directory.close();
    }

    private static final class FailingSync implements FileOps {
        private boolean fails;

        @Override
        public void force(FileChannel channel, Path file) throws IOException {
            if (fails) {
                throw new IOException("planted: input/output error");
            }
            FileOps.super.force(channel, file);
        }
    }
}
