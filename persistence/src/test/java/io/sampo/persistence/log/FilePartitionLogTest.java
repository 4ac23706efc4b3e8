package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.ID;
import static io.sampo.persistence.log.LogFixture.SMALL;
import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.PartitionLog.Slice;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.HighWatermarkHint;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.VoterSet;
import io.sampo.persistence.TestEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.FileLogInputStream.FileChannelRecordBatch;
import org.apache.kafka.common.record.internal.FileRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilePartitionLogTest {
    private LogFixture fixture;

    @BeforeEach
    void open(@TempDir Path path) {
        fixture = new LogFixture(path, SMALL);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static List<String> values(long from, long to) {
        return LongStream.range(from, to)
                .mapToObj(offset -> offset + ":value-" + offset)
                .toList();
    }

    @Test
    void whatWasAppendedIsReadBackFromAnyOffsetWithAnyLimit() throws IOException {
        fixture.appendBatches(100, 3);
        for (int maxBytes : new int[] {1, 100, 500, 5_000, 1 << 20}) {
            for (long from : new long[] {0, 1, 2, 3, 149, 150, 298, 299}) {
                assertEquals(values(from, 300), fixture.read(from, 300, maxBytes), "from " + from + " by " + maxBytes);
            }
        }
        assertEquals(values(10, 150), fixture.read(10, 150, 2_000));
    }

    @Test
    void aReadNeverGoesBeyondTheUpperOffset() throws IOException {
        fixture.appendBatches(100, 3);
        for (long upper = 3; upper <= 300; upper += 3) {
            Slice slice = fixture.log.read(0, upper, 1 << 20, true);
            long last = -1;
            for (var batch : ((FileSlice) slice.records()).load().batches()) {
                last = batch.lastOffset();
            }
            assertEquals(upper - 1, last);
        }
        assertEquals(0, fixture.log.read(300, 300, 1000, true).records().sizeInBytes());
        assertEquals(0, fixture.log.read(10, 10, 1000, true).records().sizeInBytes());
    }

    @Test
    void aFirstBatchLargerThanTheLimitIsGivenOnlyWhereAskedFor() {
        fixture.appendValues("x".repeat(1000));
        assertEquals(0, fixture.log.read(0, 1, 100, false).records().sizeInBytes());
        assertTrue(fixture.log.read(0, 1, 100, true).records().sizeInBytes() > 1000);
    }

    @Test
    void segmentsRollBySizeAndKafkasOwnReaderReadsThem(@TempDir Path other) throws IOException {
        fixture.close();
        fixture = new LogFixture(other, LogFixture.settings(4096, 512));
        fixture.appendBatches(200, 3);
        List<SegmentView> segments = fixture.log.segments();
        assertTrue(segments.size() > 5);
        assertEquals(values(0, 600), fixture.read(0, 600, 1 << 20));
        long next = 0;
        for (SegmentView segment : segments) {
            assertTrue(segment.sizeInBytes() <= 4096);
            assertEquals(next, segment.baseOffset());
            Path file = SegmentFiles.log(fixture.partition(), segment.baseOffset());
            try (FileRecords records = FileRecords.open(file.toFile(), false)) {
                for (FileChannelRecordBatch batch : records.batches()) {
                    batch.ensureValid();
                    assertEquals(next, batch.baseOffset());
                    next = batch.nextOffset();
                }
            }
        }
        assertEquals(600, next);
        long size = Files.size(SegmentFiles.sibling(SegmentFiles.log(fixture.partition(), 0), ".index"));
        assertTrue(size > 0 && size % 8 == 0 && size < 200, "sparse: " + size);
    }

    @Test
    void everythingIsThereAfterCloseAndAfterKill() throws IOException {
        fixture.appendBatches(50, 2);
        fixture.reopenAfterKill();
        assertEquals(values(0, 100), fixture.readAll());
        assertEquals(50, fixture.log.highestSequenceNr());
        fixture.appendBatches(50, 2);
        fixture.reopenAfterClose();
        assertEquals(values(0, 200), fixture.readAll());
        assertEquals(100, fixture.log.highestSequenceNr());
    }

    @Test
    void eventsComeBackInOrderWithTheirNumbers() {
        var self = fixture.directory.self();
        EpochStarted started = new EpochStarted(0, 0, self, VoterSet.single(self));
        EpochPromised promised = new EpochPromised(1, self);
        fixture.append(started, batch(0, 0, record(1, "a")), batch(1, 0, record(1, "b")), promised);
        fixture.append(batch(2, 0, record(1, "c")));
        fixture.append(new HighWatermarkHint(3));
        List<String> expected = List.of(
                "1:" + started,
                "2:batch 0-0",
                "3:batch 1-1",
                "4:" + promised,
                "5:batch 2-2",
                "6:" + new HighWatermarkHint(3));
        assertEquals(expected, fixture.events(1));
        assertEquals(expected.subList(2, 6), fixture.events(3));
        List<String> two = new ArrayList<>();
        fixture.log.replay(2, 5, 2, (nr, _) -> two.add("" + nr));
        assertEquals(List.of("2", "3"), two);
        fixture.reopenAfterKill();
        assertEquals(expected, fixture.events(1));
        assertEquals(6, fixture.log.highestSequenceNr());
        assertEquals(List.of(new EpochStart(0, 0)), fixture.log.epochStarts());
    }

    @Test
    void recoveryStartsAtTheCheckpoint() throws IOException {
        fixture.appendBatches(20, 1);
        fixture.append(new LogStartAdvanced(5));
        fixture.writeCheckpoint();
        fixture.appendBatches(3, 1);
        fixture.append(new HighWatermarkHint(23));
        fixture.reopenAfterKill();
        StoredCheckpoint checkpoint = fixture.log.checkpoints().getFirst();
        assertEquals(21, checkpoint.sequenceNr());
        assertEquals(20, checkpoint.checkpoint().logEndOffset());
        assertEquals(
                List.of("22:batch 20-20", "23:batch 21-21", "24:batch 22-22", "25:" + new HighWatermarkHint(23)),
                fixture.events(22));
        assertEquals(25, fixture.log.highestSequenceNr());
        assertEquals(5, fixture.log.logStartOffset());
        assertEquals(values(5, 23), fixture.readAll());
    }

    @Test
    void syncMovesTheDurableEnd() {
        fixture.appendBatches(3, 1);
        assertEquals(0, fixture.log.durableEndOffset());
        assertEquals(3, fixture.log.syncLog());
        fixture.appendBatches(1, 1);
        assertEquals(3, fixture.log.durableEndOffset());
        assertEquals(4, fixture.log.syncLog());
    }

    @Test
    void anEpochStartSyncsTheLogBelowItFirst() {
        fixture.appendBatches(3, 1);
        fixture.append(new EpochStarted(2, 3, fixture.directory.self(), VoterSet.single(fixture.directory.self())));
        assertEquals(3, fixture.log.durableEndOffset());
    }

    /// It knows where it stopped reading: at the end of a segment that takes no more. Other batches than the newest
    /// few
    /// come from there on.
    @Test
    void aReaderThatWasAtTheEndReadsOnAfterARollAndManyAppends() throws IOException {
        fixture.appendBatches(3, 1);
        assertEquals(3, fixture.readAll().size());
        fixture.log.roll();
        fixture.appendBatches(100, 1);
        assertEquals("3:value-3", fixture.read(3, 103, 1000).getFirst());
        assertEquals(100, fixture.read(3, 103, 1000).size());
    }

    @Test
    void truncationCutsRecordsMarkersAndCheckpointsBeyondIt() throws IOException {
        var self = fixture.directory.self();
        fixture.append(new EpochStarted(0, 0, self, VoterSet.single(self)));
        fixture.appendBatches(10, 2);
        fixture.writeCheckpoint();
        fixture.append(new EpochStarted(1, 20, self, VoterSet.single(self)));
        fixture.append(batch(20, 1, record(20, "value-20")));
        fixture.truncate(12, 0);
        assertEquals(12, fixture.log.logEndOffset());
        assertEquals(12, fixture.log.durableEndOffset());
        assertEquals(values(0, 12), fixture.readAll());
        assertEquals(List.of(new EpochStart(0, 0)), fixture.log.epochStarts());
        fixture.appendValues("value-12", "value-13");
        fixture.reopenAfterKill();
        assertEquals(values(0, 14), fixture.readAll());
        assertEquals(List.of(new EpochStart(0, 0)), fixture.log.epochStarts());
        List<String> events =
                fixture.events(fixture.log.checkpoints().getFirst().sequenceNr() + 1);
        assertTrue(events.getFirst().endsWith("batch 0-1"), events.toString());
        assertTrue(events.getLast().endsWith("batch 12-13"), events.toString());
        assertEquals(fixture.log.highestSequenceNr() + ":batch 12-13", events.getLast());
    }

    @Test
    void aTruncationThatWasNotFinishedIsFinishedByRecovery() throws IOException {
        fixture.appendBatches(10, 2);
        fixture.append(new TruncateIntent(12, 0, 2));
        fixture.reopenAfterKill();
        assertEquals(values(0, 12), fixture.readAll());
        fixture.appendValues("value-12");
        fixture.reopenAfterKill();
        assertEquals(values(0, 13), fixture.readAll());
    }

    @Test
    void anAppendThatDoesNotFitTheLogIsABug() {
        fixture.appendBatches(1, 1);
        assertThrows(Invariant.Violated.class, () -> fixture.append(batch(0, 0, record(1, "twice"))));
        assertThrows(Invariant.Violated.class, () -> fixture.log.append(7, List.of(batch(1, 0, record(1, "nr")))));
        fixture.appendValues("value-1");
        assertEquals(2, fixture.log.logEndOffset());
    }

    @Test
    void segmentsBelowLogStartAndCheckpointAreRemovedAndOpenSlicesStayReadable(@TempDir Path other) throws IOException {
        fixture.close();
        fixture = new LogFixture(other, LogFixture.settings(1024, 256));
        fixture.appendBatches(100, 1);
        Slice early = fixture.log.read(0, 100, 200, true);
        fixture.append(new LogStartAdvanced(60));
        assertEquals(0, fixture.log.removeSegmentsBelowLogStart());
        fixture.writeCheckpoint();
        assertTrue(fixture.log.removeSegmentsBelowLogStart() > 0);
        assertTrue(fixture.log.segments().getFirst().baseOffset() <= 60);
        assertTrue(fixture.log.segments().getFirst().endOffset() > 60);
        assertEquals(values(60, 100), fixture.readAll());
        assertEquals(
                0,
                ((FileSlice) early.records()).load().batches().iterator().next().baseOffset());
        fixture.reopenAfterKill();
        assertEquals(60, fixture.log.logStartOffset());
        assertEquals(values(60, 100), fixture.readAll());
        assertEquals(101, fixture.log.highestSequenceNr());
    }

    @Test
    void aRewriteReplacesClosedSegments(@TempDir Path other) throws IOException {
        fixture.close();
        fixture = new LogFixture(other, LogFixture.settings(1024, 256));
        fixture.appendBatches(100, 1);
        fixture.writeCheckpoint();
        List<SegmentView> before = fixture.log.segments();
        long end = before.get(3).endOffset();
        try (SegmentRewrite rewrite = fixture.log.rewrite(0, end)) {
            for (long offset = 0; offset < end; offset += 2) {
                rewrite.append(java.util.Objects.requireNonNull(
                        batch(offset, 0, record(offset, "value-" + offset)).bytes()));
            }
            rewrite.commit();
        }
        List<String> expected = new ArrayList<>();
        LongStream.range(0, 100)
                .filter(offset -> offset >= end || offset % 2 == 0)
                .forEach(offset -> expected.add(offset + ":value-" + offset));
        assertEquals(expected, fixture.readAll());
        assertEquals(before.size() - 3, fixture.log.segments().size());
        fixture.reopenAfterKill();
        assertEquals(expected, fixture.readAll());
        assertEquals(100, fixture.log.highestSequenceNr());
    }

    @Test
    void theRegistryKnowsWhatIsThereAndDeletesByRenaming() throws IOException {
        fixture.appendBatches(3, 1);
        assertEquals(List.of(ID), fixture.logs.onDisk());
        assertTrue(fixture.logs.find(ID).isPresent());
        fixture.logs.delete(ID);
        assertFalse(fixture.logs.find(ID).isPresent());
        assertEquals(List.of(), fixture.logs.onDisk());
        assertFalse(Files.exists(fixture.partition()));
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!fixture.directory.deletedDirectories().isEmpty()) {
            assertTrue(System.nanoTime() < deadline, "the directory is still there");
            Thread.onSpinWait();
        }
    }

    @Test
    void aLookupByTimeThatMeetsMalformedRecordsAnswersWithTheStartOfTheirBatch() throws IOException {
        fixture.appendValues("a", "b");
        fixture.append(
                TestEvents.batch(TestEvents.malformed(2, Compression.zstd().build())));
        fixture.append(TestEvents.batch(TestEvents.malformed(4, Compression.NONE)));

        assertEquals(
                2,
                fixture.log
                        .offsetForTimestamp(TestEvents.T0_MS, 6)
                        .orElseThrow()
                        .offset());
        assertEquals(2, fixture.log.maxTimestamp(6).orElseThrow().offset());
    }
}
