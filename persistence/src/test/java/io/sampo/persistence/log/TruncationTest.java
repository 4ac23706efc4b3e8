package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.ID;
import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A log that has to be cut: at any point of it the power may go, readers may read on, and the next life of the
/// replica has the shorter log.
class TruncationTest {
    private static final int CUT = 40;

    @TempDir
    private Path path;

    /// 30 records, a checkpoint, 10 more, another epoch with 60 records in several segments, a checkpoint in them.
    private LogFixture diverged(Path directory, FileOps files) {
        LogFixture fixture = new LogFixture(directory, LogFixture.settings(1024, 256), files, LogFixture.BOOT);
        startEpoch(fixture, 0);
        fixture.appendBatches(15, 2);
        fixture.writeCheckpoint();
        fixture.appendBatches(5, 2);
        startEpoch(fixture, 1);
        for (int i = 0; i < 60; i++) {
            fixture.append(batch(CUT + i, 1, record(CUT + i, "lost-" + (CUT + i))));
        }
        fixture.writeCheckpoint();
        fixture.append(new EpochPromised(2, fixture.directory.self()));
        assertTrue(fixture.log.segments().size() > 4);
        return fixture;
    }

    private static void startEpoch(LogFixture fixture, int epoch) {
        var self = fixture.directory.self();
        fixture.append(new EpochStarted(epoch, fixture.log.logEndOffset(), self, VoterSet.single(self)));
    }

    private static List<String> values(long to) {
        return LongStream.range(0, to)
                .mapToObj(offset -> offset + ":value-" + offset)
                .toList();
    }

    private static void assertCut(LogFixture fixture, long numberOfIntent, String what) throws IOException {
        assertEquals(values(CUT), fixture.readAll(), what);
        assertEquals(CUT, fixture.log.logEndOffset(), what);
        assertEquals(List.of(new EpochStart(0, 0)), fixture.log.epochStarts(), what);
        assertEquals(numberOfIntent, fixture.log.highestSequenceNr(), what);
        assertTrue(
                fixture.log.checkpoints().stream()
                        .allMatch(stored -> stored.checkpoint().logEndOffset() <= CUT),
                what);
        assertEquals(
                fixture.log.checkpoints().getFirst().sequenceNr() + 1,
                Long.parseLong(
                        fixture.events(fixture.log.checkpoints().getFirst().sequenceNr() + 1)
                                .getFirst()
                                .split(":", 2)[0]),
                what);
        // Another history from there on.
        startEpoch(fixture, 3);
        fixture.append(batch(CUT, 3, record(CUT, "value-" + CUT)), batch(CUT + 1, 3, record(CUT + 1, "value-41")));
        fixture.reopenAfterKill();
        assertEquals(values(CUT + 2), fixture.readAll(), what);
        assertEquals(List.of(new EpochStart(0, 0), new EpochStart(3, CUT)), fixture.log.epochStarts(), what);
        assertEquals(numberOfIntent + 3, fixture.log.highestSequenceNr(), what);
        assertEquals(List.of(), fixture.checkClosedSegments(), what);
    }

    @Test
    void aCrashAtAnyPointEndsInTheSameLog() throws IOException {
        boolean crashed = true;
        for (int changes = 0; crashed; changes++) {
            Path directory = path.resolve("run-" + changes);
            CrashingFiles files = new CrashingFiles();
            LogFixture fixture = diverged(directory, files);
            fixture.append(new TruncateIntent(CUT, 0, 2));
            fixture.log.syncMeta();
            long number = fixture.log.highestSequenceNr();
            files.crashAfter(changes);
            try {
                fixture.logs.truncate(ID);
            } catch (PartitionLogException off) {
                assertTrue(fixture.logs.offlineReason(ID).isPresent());
            }
            crashed = files.hasCrashed();
            fixture.directory.close();
            try (LogFixture after = new LogFixture(directory, LogFixture.settings(1024, 256))) {
                assertCut(after, number, "crash at change " + changes);
            }
        }
    }

    @Test
    void anIntentThatIsNotOnDiskYetMayBeLostAndThenNothingIsCut() throws IOException {
        try (LogFixture fixture = diverged(path, FileOps.SYSTEM)) {
            long number = fixture.log.highestSequenceNr();
            fixture.append(new TruncateIntent(CUT, 0, 2));
            try (var journal = java.nio.channels.FileChannel.open(
                    fixture.file("meta.journal"), java.nio.file.StandardOpenOption.WRITE)) {
                journal.truncate(journal.size() - 5);
            }
            fixture.reopenAfterKill();
            assertEquals(100, fixture.log.logEndOffset());
            assertEquals(number, fixture.log.highestSequenceNr());
        }
    }

    @Test
    void truncatingTwiceOrWithoutAnIntentChangesNothing() throws IOException {
        try (LogFixture fixture = diverged(path, FileOps.SYSTEM)) {
            fixture.logs.truncate(ID);
            assertEquals(100, fixture.log.logEndOffset());
            fixture.truncate(CUT, 0);
            fixture.logs.truncate(ID);
            assertEquals(fixture.log, fixture.logs.open(ID));
            assertCut(fixture, fixture.log.highestSequenceNr(), "twice");
        }
    }

    @Test
    void nothingIsWrittenBetweenTheIntentAndTheCut() {
        try (LogFixture fixture = diverged(path, FileOps.SYSTEM)) {
            fixture.append(new TruncateIntent(CUT, 0, 2));
            assertThrows(PartitionLogException.class, () -> fixture.append(batch(100, 1, record(1, "late"))));
            assertThrows(PartitionLogException.class, fixture::writeCheckpoint);
        }
    }

    @Test
    void aCheckpointOfTheLogBeforeTheCutIsNotStoredAfterIt() {
        try (LogFixture fixture = diverged(path, FileOps.SYSTEM)) {
            StoredCheckpoint late =
                    new StoredCheckpoint(fixture.log.highestSequenceNr(), 1, fixture.checkpoint(35, List.of()));
            fixture.truncate(CUT, 0);
            PartitionLogException refused =
                    assertThrows(PartitionLogException.class, () -> fixture.log.writeCheckpoint(late));
            assertTrue(String.valueOf(refused.getMessage()).contains("before it was cut"), refused.getMessage());
            fixture.append(new Opened(7, LogFixture.BOOT));
            fixture.writeCheckpoint();
            assertEquals(
                    fixture.log.highestSequenceNr(),
                    fixture.log.checkpoints().getFirst().sequenceNr());
        }
    }

    /// Those who found the log before, and those who hold records of it.
    @Test
    void whoReadsOnGetsTheOldBytesOrAnError() throws IOException {
        try (LogFixture fixture = diverged(path, FileOps.SYSTEM)) {
            FilePartitionLog before = fixture.log;
            List<FileSlice> held = new ArrayList<>();
            for (long offset = 0; offset < 100; offset += 2) {
                if (before.read(offset, 100, 200, true).records() instanceof FileSlice slice) {
                    held.add(slice);
                }
            }
            assertEquals(50, held.size());
            fixture.truncate(CUT, 0);
            startEpoch(fixture, 3);
            for (int i = 0; i < 60; i++) {
                fixture.append(batch(CUT + i, 3, record(CUT + i, "other-" + (CUT + i))));
            }
            for (FileSlice slice : held) {
                assertOld(slice);
            }
            for (long offset = 0; offset < 100; offset++) {
                readOld(before, offset);
            }
            assertEquals("40:other-40", fixture.read(40, 41, 1000).getFirst());
        }
    }

    private static void readOld(PartitionLog before, long offset) throws IOException {
        try {
            if (before.read(offset, 100, 200, true).records() instanceof FileSlice slice) {
                assertOld(slice);
            }
        } catch (PartitionLogException cut) {
            assertTrue(String.valueOf(cut.getMessage()).contains("Reading"), cut.getMessage());
        }
    }

    private static void assertOld(FileSlice slice) throws IOException {
        try {
            slice.load().batches().forEach(batch -> {
                batch.ensureValid();
                assertTrue(batch.partitionLeaderEpoch() < 3, "a batch of the new log at " + batch.baseOffset());
            });
        } catch (IOException cut) {
            assertTrue(String.valueOf(cut.getMessage()).contains("cut"), cut.getMessage());
        }
    }

    /// Committed up to 20 only, two checkpoints beyond that: recovery needs the batches after the committed one.
    @Test
    void segmentsStayAsLongAsATruncationMayNeedThem() throws IOException {
        try (LogFixture fixture = new LogFixture(path, LogFixture.settings(400, 256))) {
            startEpoch(fixture, 0);
            for (int end = 20; end <= 80; end += 20) {
                fixture.appendBatches(20, 1);
                fixture.log.writeCheckpoint(new StoredCheckpoint(
                        fixture.log.highestSequenceNr(),
                        1,
                        LogFixture.uncommitted(fixture.checkpoint(end, fixture.log.epochStarts()), 20)));
            }
            fixture.log.advanceLogStart(60);
            assertEquals(20, fixture.log.checkpointEndOffset());
            fixture.log.removeSegmentsBelowLogStart();
            assertTrue(fixture.log.segments().getFirst().baseOffset() <= 20);
            assertEquals(3, fixture.log.checkpoints().size());
            fixture.truncate(70, 0);
            List<String> events =
                    fixture.events(fixture.log.checkpoints().getFirst().sequenceNr() + 1);
            assertTrue(events.getFirst().contains("batch 60-60"), events.toString());
        }
    }
}
