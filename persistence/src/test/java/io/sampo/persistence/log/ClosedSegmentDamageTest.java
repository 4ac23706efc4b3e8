package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.ID;
import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
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
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damage in segments that recovery does not read: found by a check, passed by readers, cut and fetched again.
class ClosedSegmentDamageTest {
    private static final int RECORDS = 100;
    private static final LogSettings SETTINGS = LogFixture.settings(1024, 256);
    private static final ReplicaId OTHER = new ReplicaId(2, new Uuid(2, 2));

    @TempDir
    private Path path;

    private int run;

    private enum Holes {
        NONE,
        EVERY_SECOND
    }

    /// 100 batches in about ten segments, a checkpoint at the end. With holes: as compaction left the first segments.
    private Path original(VoterSet voters, Holes holes) throws IOException {
        Path directory = path.resolve("original-" + run++);
        LogFixture fixture = new LogFixture(directory, SETTINGS);
        ReplicaId self = fixture.directory.self();
        fixture.append(
                new ReplicaCreated(LogFixture.TOPIC, ID, self, voters),
                new Opened(1, LogFixture.BOOT),
                new EpochStarted(0, 0, self, voters));
        fixture.appendBatches(RECORDS, 1);
        checkpoint(fixture, voters);
        if (holes == Holes.EVERY_SECOND) {
            long middle = fixture.log.segments().get(2).endOffset();
            long end = fixture.log.segments().get(5).endOffset();
            compact(fixture, 0, middle);
            compact(fixture, middle, end);
            assertEquals(List.of(), fixture.checkClosedSegments());
        }
        fixture.close();
        return directory;
    }

    private static void compact(LogFixture fixture, long from, long end) throws IOException {
        try (SegmentRewrite rewrite = fixture.log.rewrite(from, end)) {
            for (long offset = from + from % 2; offset < end - 2; offset += 2) {
                rewrite.append(Objects.requireNonNull(
                        batch(offset, 0, record(offset, "value-" + offset)).bytes()));
            }
            rewrite.commit();
        }
    }

    private static void checkpoint(LogFixture fixture, VoterSet voters) {
        Checkpoint of = fixture.checkpoint(fixture.log.logEndOffset(), fixture.log.epochStarts());
        fixture.log.writeCheckpoint(new StoredCheckpoint(
                fixture.log.highestSequenceNr(),
                1000,
                new Checkpoint(
                        of.topic(),
                        of.partition(),
                        of.self(),
                        voters,
                        of.incarnation(),
                        of.bootId(),
                        of.promisedEpoch(),
                        of.logStartOffset(),
                        of.logEndOffset(),
                        of.highWatermark(),
                        of.suspect(),
                        of.epochStarts(),
                        of.producers())));
    }

    private VoterSet withOthers() {
        return new VoterSet(List.of(new ReplicaId(1, new Uuid(1, 1)), OTHER), List.of());
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

    private static List<String> values(LongStream offsets) {
        return offsets.mapToObj(offset -> offset + ":value-" + offset).toList();
    }

    private static List<Long> segments(LogFixture fixture) {
        return fixture.log.segments().stream().map(SegmentView::baseOffset).toList();
    }

    private static Path log(LogFixture fixture, long base) {
        return SegmentFiles.log(fixture.partition(), base);
    }

    private static DamagedRange check(LogFixture fixture, long base) {
        List<DamagedRange> found = fixture.log.check(base, _ -> true);
        assertNotNull(found);
        assertEquals(1, found.size(), found.toString());
        assertEquals(found, fixture.log.damagedRanges());
        return found.getFirst();
    }

    @Test
    void everyFlippedBitIsFoundAndEverythingInFrontOfItIsRead() throws IOException {
        Path original = original(VoterSet.NONE, Holes.NONE);
        for (long bit = 0; bit < 900 * 8; bit += 37) {
            try (LogFixture fixture = new LogFixture(copy(original), SETTINGS)) {
                long base = segments(fixture).get(3);
                long end = segments(fixture).get(4);
                LogFixture.flip(log(fixture, base), bit);
                String what = "bit " + bit;

                List<DamagedRange> found = fixture.log.check(base, _ -> true);

                assertNotNull(found, what);
                assertEquals(1, found.size(), what + " " + found);
                DamagedRange range = found.getFirst();
                assertTrue(range.what().contains(log(fixture, base) + " at position "), range.what());
                assertTrue(range.fromOffset() >= base && range.toOffset() <= end, what + " " + range);
                assertTrue(range.fromOffset() < range.toOffset(), what + " " + range);
                assertEquals(
                        values(LongStream.range(0, range.fromOffset())),
                        fixture.read(0, range.fromOffset(), 700),
                        what + " " + range);
                assertThrows(
                        PartitionLogException.class,
                        () -> fixture.log.read(range.fromOffset(), RECORDS, 1000, true),
                        what);
                assertEquals(
                        values(LongStream.range(range.toOffset(), RECORDS)),
                        fixture.read(range.toOffset(), RECORDS, 700),
                        what + " " + range);
                assertEquals(RECORDS, fixture.log.logEndOffset(), what);
            }
        }
    }

    @Test
    void aFollowerGetsWhatLiesInFrontOfTheDamageAndThenAnError() throws IOException {
        try (LogFixture fixture = new LogFixture(copy(original(VoterSet.NONE, Holes.NONE)), SETTINGS)) {
            long base = segments(fixture).get(3);
            LogFixture.flip(log(fixture, base), 200 * 8);

            // Nobody has checked it yet.
            List<BatchAppended> front = fixture.log.readBatches(0, RECORDS, 1 << 20);
            long next = front.getLast().header().nextOffset();
            assertTrue(next >= base && next < segments(fixture).get(4), "up to " + next);
            assertThrows(PartitionLogException.class, () -> fixture.log.readBatches(next, RECORDS, 1 << 20));

            DamageSuspects.Suspect suspect = fixture.logs.suspects().poll();
            assertEquals(new DamageSuspects.Suspect(ID, base), suspect);
            assertEquals(next, check(fixture, base).fromOffset());
        }
    }

    @Test
    void whoeverReadsRecordsOfADamagedBatchHasItsSegmentChecked() throws IOException {
        Path original = original(VoterSet.NONE, Holes.NONE);
        List<java.util.function.Consumer<LogFixture>> readers = List.of(
                fixture -> fixture.log.forEachBatch(0, RECORDS, _ -> {}),
                fixture -> fixture.log.read(segments(fixture).get(4) - 1, RECORDS, 1 << 20, true),
                fixture -> fixture.log.offsetForTimestamp(segments(fixture).get(4) - 1, RECORDS));
        for (int reader = 0; reader < readers.size(); reader++) {
            Path copy = copy(original);
            int which = reader;
            try (LogFixture fixture = new LogFixture(copy, SETTINGS)) {
                long base = segments(fixture).get(3);
                // The length of each batch: whoever walks over headers stumbles.
                byte[] bytes = Files.readAllBytes(log(fixture, base));
                for (int at = 8; at < bytes.length; at += 1) {
                    bytes[at] = 0;
                }
                Files.write(log(fixture, base), bytes);
                assertThrows(
                        PartitionLogException.class, () -> readers.get(which).accept(fixture), "reader " + which);
                assertEquals(
                        new DamageSuspects.Suspect(ID, base),
                        fixture.logs.suspects().poll(),
                        "reader " + which);
                assertEquals(RECORDS, fixture.log.logEndOffset());
            }
        }
    }

    @Test
    void aFileThatEndsTooEarlyIsDamagedFromThereOn() throws IOException {
        try (LogFixture fixture = new LogFixture(copy(original(VoterSet.NONE, Holes.NONE)), SETTINGS)) {
            long base = segments(fixture).get(3);
            try (FileChannel channel = FileChannel.open(log(fixture, base), StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() / 2);
            }
            DamagedRange range = check(fixture, base);
            assertEquals(base, range.fromOffset());
            assertEquals(segments(fixture).get(4), range.toOffset());
            assertEquals(values(LongStream.range(0, range.fromOffset())), fixture.read(0, range.fromOffset(), 700));
        }
    }

    /// Cut at the damage, told, kept aside, and fetched again: also with the holes of compaction in front and behind.
    private void assertRepaired(Path directory, int segment, Holes holes) throws IOException {
        LogFixture fixture = new LogFixture(directory, SETTINGS);
        List<String> whole = fixture.readAll();
        List<BatchAppended> wholeBatches = fixture.log.readBatches(0, RECORDS, 1 << 20);
        long base = segments(fixture).get(segment);
        LogFixture.flip(log(fixture, base), (Files.size(log(fixture, base)) / 2) * 8);
        byte[] damaged = Files.readAllBytes(log(fixture, base));
        DamagedRange range = check(fixture, base);

        fixture.logs.cutDamage(ID, range.fromOffset());

        fixture.log = fixture.logs.open(ID);
        long end = fixture.log.logEndOffset();
        assertTrue(end <= range.fromOffset(), "ends at " + end);
        String told = fixture.logs.damage(ID).orElseThrow();
        assertTrue(told.contains(range.what()), told);
        Path aside = log(fixture, base).resolveSibling(log(fixture, base).getFileName() + SegmentFiles.DAMAGED);
        assertEquals(-1, java.util.Arrays.mismatch(damaged, Files.readAllBytes(aside)));
        try (Stream<Path> files = Files.list(fixture.partition())) {
            assertEquals(
                    1,
                    files.filter(file -> file.toString().endsWith(SegmentFiles.DAMAGED))
                            .count());
        }
        assertEquals(List.of(), fixture.log.damagedRanges());
        fixture.reopenAfterKill();
        assertEquals(told, fixture.logs.damage(ID).orElseThrow());
        fixture.append(new Suspected(LogFixture.BOOT, told));
        fixture.append(new Opened(2, LogFixture.BOOT));
        fixture.log.syncMeta();

        for (BatchAppended batch : wholeBatches) {
            if (batch.header().baseOffset() >= fixture.log.logEndOffset()) {
                fixture.append(batch);
            }
        }
        assertEquals(whole, fixture.readAll(), holes.toString());
        fixture.log.syncLog();
        fixture.reopenAfterKill();
        assertEquals(whole, fixture.readAll(), holes.toString());
        assertEquals(List.of(), fixture.checkClosedSegments());
        fixture.close();
    }

    @Test
    void damageBelowTheCheckpointIsCutAndFetchedAgain() throws IOException {
        Path original = original(withOthers(), Holes.NONE);
        for (int segment : new int[] {0, 3, 6}) {
            assertRepaired(copy(original), segment, Holes.NONE);
        }
    }

    @Test
    void compactedLogsAreRepairedToo() throws IOException {
        Path original = original(withOthers(), Holes.EVERY_SECOND);
        for (int segment : new int[] {0, 1, 2}) {
            assertRepaired(copy(original), segment, Holes.EVERY_SECOND);
        }
    }

    @Test
    void aSoleVoterIsNeverCut() throws IOException {
        Path directory = path.resolve("sole");
        try (LogFixture fixture = new LogFixture(directory, SETTINGS)) {
            VoterSet alone = VoterSet.single(fixture.directory.self());
            fixture.append(new ReplicaCreated(LogFixture.TOPIC, ID, fixture.directory.self(), alone));
            fixture.append(new EpochStarted(0, 0, fixture.directory.self(), alone));
            fixture.appendBatches(RECORDS, 1);
            fixture.writeCheckpoint();
            long base = segments(fixture).get(3);
            LogFixture.flip(log(fixture, base), 200 * 8);
            DamagedRange range = check(fixture, base);

            fixture.logs.cutDamage(ID, range.fromOffset());

            fixture.log = fixture.logs.open(ID);
            assertEquals(RECORDS, fixture.log.logEndOffset());
            assertTrue(fixture.logs.damage(ID).isEmpty());
            assertTrue(fixture.logs.offlineReason(ID).isEmpty());
        }
    }

    @Test
    void aCrashAtAnyPointOfTheCutEndsInTheOldOrTheShorterLog() throws IOException {
        Path original = original(withOthers(), Holes.EVERY_SECOND);
        List<Long> ends = new ArrayList<>();
        boolean crashed = true;
        for (int changes = 0; crashed; changes++) {
            Path copy = copy(original);
            CrashingFiles files = new CrashingFiles();
            DataDirectory directory = DataDirectory.open(copy, 1, files);
            FilePartitionLogs logs = new FilePartitionLogs(
                    directory, LogStoreSettings.DEFAULTS, InstantSource.system(), LogFixture.BOOT);
            logs.register(ID, LogFixture.TOPIC, SETTINGS);
            FilePartitionLog log = logs.open(ID);
            long base = log.segments().get(1).baseOffset();
            Path file = SegmentFiles.log(copy.resolve(LogFixture.TOPIC + "-" + ID.partition()), base);
            LogFixture.flip(file, 300 * 8);
            List<DamagedRange> found = Objects.requireNonNull(log.check(base, _ -> true));
            files.crashAfter(changes);
            try {
                logs.cutDamage(ID, found.getFirst().fromOffset());
            } catch (PartitionLogException off) {
                assertTrue(files.hasCrashed(), off.toString());
            }
            crashed = files.hasCrashed();
            directory.close();
            try (LogFixture fixture = new LogFixture(copy, SETTINGS)) {
                long end = fixture.log.logEndOffset();
                boolean cut = end <= found.getFirst().fromOffset();
                assertTrue(cut || end == RECORDS, "crash at change " + changes + ": ends at " + end);
                assertTrue(!cut || fixture.logs.damage(ID).isPresent(), "crash at change " + changes);
                ends.add(end);
            }
        }
        assertTrue(ends.size() > 6, ends.toString());
        assertTrue(ends.contains((long) RECORDS), ends.toString());
    }
}
