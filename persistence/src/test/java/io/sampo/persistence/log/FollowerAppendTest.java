package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a follower is sent, written as it came: with the offsets that it carries, holes of a compaction included.
class FollowerAppendTest {
    @TempDir
    private Path path;

    private LogFixture fixture;

    @BeforeEach
    void open() {
        fixture = new LogFixture(path, LogFixture.settings(600, 128));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static BatchAppended at(long offset) {
        return batch(offset, 0, record(offset, "value-" + offset));
    }

    private EpochStarted marker(int epoch, long offset) {
        var self = fixture.directory.self();
        return new EpochStarted(epoch, offset, self, VoterSet.single(self));
    }

    @Test
    void batchesAndMarkersOfOnePersistAreThereByteForByteAndInOrder() throws IOException {
        List<ReplicaEvent> events = new ArrayList<>(List.of(marker(0, 0)));
        for (long offset = 0; offset < 12; offset += 2) {
            events.add(batch(offset, 0, record(offset, "value-" + offset), record(offset, "value-" + (offset + 1))));
        }
        events.add(marker(3, 12));
        events.add(batch(12, 3, record(12, "value-12")));
        events.add(marker(4, 13));
        fixture.append(events.toArray(ReplicaEvent[]::new));
        assertEquals(13, fixture.log.durableEndOffset(), "a marker stands on a synced log");
        List<String> replayed = fixture.events(1);
        fixture.reopenAfterKill();
        assertEquals(replayed, fixture.events(1));
        assertEquals(events.size(), fixture.log.highestSequenceNr());
        List<MemoryRecords> written = events.stream()
                .filter(BatchAppended.class::isInstance)
                .map(event -> Objects.requireNonNull(((BatchAppended) event).bytes()))
                .toList();
        List<MemoryRecords> read = fixture.log.readBatches(0, 13, 1 << 20).stream()
                .map(batch -> Objects.requireNonNull(batch.bytes()))
                .toList();
        assertEquals(written, read);
    }

    @Test
    void holesStayAndEverythingAroundThemIsFound() throws IOException {
        fixture.append(marker(0, 0), at(0), at(1), at(5), at(9));
        fixture.append(at(30));
        for (long offset = 100; offset < 200; offset += 7) {
            fixture.append(at(offset));
        }
        assertTrue(fixture.log.segments().size() > 2);
        List<String> all = fixture.readAll();
        List<String> events = fixture.events(1);
        long number = fixture.log.highestSequenceNr();
        for (int run = 0; run < 3; run++) {
            assertEquals(number, fixture.log.highestSequenceNr());
            assertEquals(all, fixture.readAll());
            assertEquals(events, fixture.events(1));
            assertEquals("5:value-5", fixture.read(2, 9, 1000).getFirst());
            assertEquals("100:value-100", fixture.read(31, 107, 1000).getFirst());
            assertEquals(
                    5, fixture.log.readBatches(3, 10, 1).getFirst().header().baseOffset());
            fixture.reopenAfterKill();
            if (run == 1) {
                fixture.writeCheckpoint();
                events = fixture.events(number + 1);
                fixture.append(at(300));
                number++;
                all.add("300:value-300");
                events = fixture.events(1);
            }
        }
    }

    @Test
    void onlyTheFirstHoleWaitsForTheDisk() throws IOException {
        fixture.append(marker(0, 0), at(0));
        assertFalse(fixture.log.mustNoteGap(List.of(at(1), at(2))));
        assertTrue(fixture.log.mustNoteGap(List.of(at(1), at(3))));
        fixture.append(at(1), at(3));
        assertFalse(fixture.log.mustNoteGap(List.of(at(9))));
        fixture.reopenAfterKill();
        assertFalse(fixture.log.mustNoteGap(List.of(at(9))));
        fixture.truncate(1, 0);
        assertTrue(fixture.log.mustNoteGap(List.of(at(2))), "the hole was cut, and one lies lower");
    }

    @Test
    void aHoleThatNobodyNotedIsDamage() throws IOException {
        fixture.append(marker(0, 0), at(0), at(1), at(2));
        fixture.log.syncLog();
        byte[] log = java.nio.file.Files.readAllBytes(fixture.file(".log"));
        int size = log.length / 3;
        byte[] without = new byte[2 * size];
        System.arraycopy(log, 0, without, 0, size);
        System.arraycopy(log, 2 * size, without, size, size);
        java.nio.file.Files.write(fixture.file(".log"), without);
        assertThrows(PartitionLogException.class, fixture::reopenAfterKill);
    }

    @Test
    void theJournalKeepsTheNoteOfHolesWhenItIsTrimmed() throws IOException {
        fixture.append(marker(0, 0), at(0), at(5));
        for (int i = 0; i < 3; i++) {
            fixture.append(at(10 + 10L * i), new LogStartAdvanced(i));
            fixture.writeCheckpoint();
            fixture.log.trimMetaTo(fixture.log.highestSequenceNr());
        }
        fixture.append(at(100), at(200));
        fixture.reopenAfterKill();
        assertEquals(201, fixture.log.logEndOffset());
        assertFalse(fixture.log.mustNoteGap(List.of(at(300))));
    }

    @Test
    void aBatchBelowTheEndIsRefused() {
        fixture.append(marker(0, 0), at(0), at(1));
        assertThrows(io.sampo.core.partition.Invariant.Violated.class, () -> fixture.append(at(1)));
        assertThrows(
                io.sampo.core.partition.Invariant.Violated.class,
                () -> fixture.append(batch(1, 0, record(1, "a"), record(1, "b"))));
        assertEquals(2, fixture.log.logEndOffset());
    }

    /// The log start is on disk at once, batches in page-cache mode are not.
    @Test
    void whatAMachineCrashTookBelowTheLogStartIsGivenUpWithTheNextOpening() throws IOException {
        fixture.append(marker(0, 0), at(0), at(1));
        fixture.writeCheckpoint();
        fixture.append(at(2), at(3), batch(4, 0, record(4, "a"), record(5, "b"), record(6, "c")));
        fixture.append(new LogStartAdvanced(5));
        try (var log =
                java.nio.channels.FileChannel.open(fixture.file(".log"), java.nio.file.StandardOpenOption.WRITE)) {
            log.truncate(log.size() * 2 / 3);
        }
        fixture.reopenAfterKill();
        long end = fixture.log.logEndOffset();
        assertTrue(end >= 2 && end < 5, "end " + end);
        assertTrue(fixture.events(fixture.log.checkpoints().getFirst().sequenceNr() + 1).stream()
                .anyMatch(event -> event.contains("batch 2-2")));
        fixture.append(new Opened(2, LogFixture.BOOT));
        assertEquals(5, fixture.log.logEndOffset());
        fixture.reopenAfterKill();
        assertEquals(5, fixture.log.logEndOffset());
        assertEquals(5, fixture.log.logStartOffset());
        fixture.append(batch(4, 0, record(4, "a"), record(5, "b"), record(6, "c")), at(7));
        for (int run = 0; run < 2; run++) {
            assertEquals(List.of("5:b", "6:c", "7:value-7"), fixture.readAll());
            fixture.reopenAfterKill();
        }
        fixture.writeCheckpoint();
        assertTrue(fixture.log.removeSegmentsBelowLogStart() > 0);
        fixture.reopenAfterKill();
        assertEquals(List.of("5:b", "6:c", "7:value-7"), fixture.readAll());
    }
}
