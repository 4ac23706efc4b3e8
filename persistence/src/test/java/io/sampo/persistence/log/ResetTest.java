package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.ID;
import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ConfigStart;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.ProducerBatch;
import io.sampo.core.partition.ReplicaEvent.ProducerEntry;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A replica that begins anew: its log goes, a checkpoint takes its place, all or none.
class ResetTest {
    private static final long START = 1000;

    @TempDir
    private Path path;

    private static LogFixture withHistory(Path directory, FileOps files) {
        LogFixture fixture = new LogFixture(directory, LogFixture.settings(1024, 256), files, LogFixture.BOOT);
        var self = fixture.directory.self();
        fixture.append(new EpochStarted(0, 0, self, VoterSet.single(self)));
        fixture.appendBatches(20, 2);
        fixture.append(new LogStartAdvanced(4));
        fixture.writeCheckpoint();
        fixture.appendBatches(20, 2);
        fixture.append(new EpochPromised(2, self));
        return fixture;
    }

    private static Checkpoint anew(LogFixture fixture, long start) {
        var self = fixture.directory.self();
        return new Checkpoint(
                LogFixture.TOPIC,
                ID,
                self,
                VoterSet.single(self),
                3,
                LogFixture.BOOT,
                5,
                start,
                start,
                start,
                true,
                List.of(new EpochStart(4, 900), new EpochStart(5, 990)),
                List.of(new ProducerEntry(
                        77, (short) 1, -1, 1234, -1, List.of(new ProducerBatch(0, 4, 980, 984, 1234)))),
                List.of(new ConfigStart(-1, VoterSet.NONE), new ConfigStart(5, VoterSet.single(self))),
                false,
                999,
                List.of());
    }

    private static void assertOld(LogFixture fixture, long number, String what) throws IOException {
        assertEquals(
                LongStream.range(4, 80)
                        .mapToObj(offset -> offset + ":value-" + offset)
                        .toList(),
                fixture.readAll(),
                what);
        assertEquals(number, fixture.log.highestSequenceNr(), what);
    }

    private static void assertNew(LogFixture fixture, long number, String what) throws IOException {
        assertEquals(START, fixture.log.logStartOffset(), what);
        assertEquals(START, fixture.log.logEndOffset(), what);
        assertEquals(List.of(), fixture.readAll(), what);
        assertEquals(number, fixture.log.highestSequenceNr(), what);
        assertEquals(
                List.of(anew(fixture, START)),
                fixture.log.checkpoints().stream()
                        .map(StoredCheckpoint::checkpoint)
                        .toList(),
                what);
        assertEquals(List.of(new EpochStart(4, 900), new EpochStart(5, 990)), fixture.log.epochStarts(), what);
        assertEquals(List.of(), fixture.events(number + 1), what);
        fixture.append(
                new Opened(4, LogFixture.BOOT),
                batch(START, 5, record(1, "value-1000")),
                batch(START + 1, 5, record(2, "value-1001")));
        assertEquals(List.of("1000:value-1000", "1001:value-1001"), fixture.readAll(), what);
        fixture.reopenAfterKill();
        assertEquals(List.of("1000:value-1000", "1001:value-1001"), fixture.readAll(), what);
        assertEquals(number + 3, fixture.log.highestSequenceNr(), what);
        assertEquals(3, fixture.events(number + 1).size(), what);
    }

    @Test
    void aCrashAtAnyPointLeavesTheOldLogOrTheCheckpoint() throws IOException {
        boolean crashed = true;
        int olds = 0;
        int news = 0;
        for (int changes = 0; crashed; changes++) {
            Path directory = path.resolve("run-" + changes);
            CrashingFiles files = new CrashingFiles();
            LogFixture fixture = withHistory(directory, files);
            long number = fixture.log.highestSequenceNr();
            files.crashAfter(changes);
            try {
                fixture.logs.reset(ID, anew(fixture, START));
            } catch (PartitionLogException off) {
                assertTrue(fixture.logs.offlineReason(ID).isPresent());
            }
            crashed = files.hasCrashed();
            fixture.directory.close();
            // Whoever recovers may be stopped as well.
            for (int again = 0; again < 3; again++) {
                CrashingFiles once = new CrashingFiles();
                once.crashAfter(again * 2);
                assertThrowsOrNot(directory, once);
            }
            try (LogFixture after = new LogFixture(directory, LogFixture.settings(1024, 256))) {
                if (after.log.logStartOffset() == START) {
                    news++;
                    assertNew(after, number + 1, "crash at change " + changes);
                } else {
                    olds++;
                    assertEquals(0, news, "old again at change " + changes);
                    assertOld(after, number, "crash at change " + changes);
                }
            }
        }
        assertTrue(olds > 1 && news > 5, olds + " " + news);
    }

    private static void assertThrowsOrNot(Path directory, CrashingFiles files) {
        var data = DataDirectory.open(directory, 1);
        data.close();
        LogReset reset = new LogReset(directory.resolve(LogFixture.TOPIC + "-" + ID.partition()), files);
        try {
            reset.finish();
        } catch (IOException planted) {
            assertTrue(files.hasCrashed());
        }
    }

    @Test
    void theReplicaGoesOnInTheSameProcessAndTheOldLogIsNotReadAnyMore() throws IOException {
        try (LogFixture fixture = withHistory(path, FileOps.SYSTEM)) {
            FilePartitionLog before = fixture.log;
            long number = before.highestSequenceNr();
            fixture.logs.reset(ID, anew(fixture, START));
            fixture.log = fixture.logs.open(ID);
            assertNew(fixture, number + 1, "same process");
            assertThrows(PartitionLogException.class, () -> before.append(number + 1, List.of(new Opened(9, "b"))));
            assertThrows(PartitionLogException.class, before::syncLog);
            assertTrue(fixture.logs.offlineReason(ID).isEmpty());
        }
    }

    @Test
    void aSecondResetAndALogThatBeginsInsideABatch() throws IOException {
        try (LogFixture fixture = withHistory(path, FileOps.SYSTEM)) {
            fixture.logs.reset(ID, anew(fixture, 500));
            fixture.logs.reset(ID, anew(fixture, START));
            fixture.log = fixture.logs.open(ID);
            fixture.append(new Opened(4, LogFixture.BOOT));
            fixture.append(batch(START - 1, 5, record(1, "a"), record(2, "b"), record(3, "c")));
            for (int run = 0; run < 3; run++) {
                assertEquals(START + 2, fixture.log.logEndOffset());
                assertEquals(List.of("1000:b", "1001:c"), fixture.readAll());
                List<String> events =
                        fixture.events(fixture.log.checkpoints().getFirst().sequenceNr() + 1);
                assertEquals(2, events.size(), events.toString());
                assertTrue(events.getFirst().contains("Opened"), events.toString());
                assertTrue(events.getLast().contains("batch 999-1001"), events.toString());
                fixture.reopenAfterKill();
            }
            fixture.writeCheckpoint();
            fixture.append(batch(START + 2, 5, record(4, "d")));
            fixture.reopenAfterKill();
            assertEquals(List.of("1000:b", "1001:c", "1002:d"), fixture.readAll());
        }
    }

    @Test
    void aLogThatIsCutBackIntoItsFirstBatchIsEmptyAgain() throws IOException {
        try (LogFixture fixture = withHistory(path, FileOps.SYSTEM)) {
            fixture.logs.reset(ID, anew(fixture, START));
            fixture.log = fixture.logs.open(ID);
            fixture.append(new Opened(4, LogFixture.BOOT));
            fixture.append(batch(START - 1, 5, record(1, "a"), record(2, "b")));
            fixture.truncate(START, 5);
            assertEquals(START, fixture.log.logEndOffset());
            assertEquals(List.of(), fixture.readAll());
            fixture.append(batch(START - 1, 5, record(1, "x"), record(2, "y"), record(3, "z")));
            fixture.reopenAfterKill();
            assertEquals(List.of("1000:y", "1001:z"), fixture.readAll());
        }
    }

    @Test
    void onlyAnEmptyLogOfTheSamePartitionIsTaken() {
        try (LogFixture fixture = withHistory(path, FileOps.SYSTEM)) {
            Checkpoint notEmpty = fixture.checkpoint(80, List.of());
            assertThrows(Invariant.Violated.class, () -> fixture.logs.reset(ID, notEmpty));
            assertEquals(80, fixture.log.logEndOffset());
        }
    }

    @Test
    void aDamagedResetTakesThePartitionOffline() throws IOException {
        Path partition;
        try (LogFixture fixture = withHistory(path, FileOps.SYSTEM)) {
            partition = fixture.partition();
            new LogReset(partition, FileOps.SYSTEM).begin(new StoredCheckpoint(100, 1, anew(fixture, START)));
        }
        LogFixture.flip(partition.resolve(LogReset.FILE), 8L * 70);
        assertThrows(PartitionLogException.class, () -> new LogFixture(path, LogFixture.settings(1024, 256)));
        assertTrue(Files.exists(partition.resolve(MetaJournal.FILE)));
    }
}
