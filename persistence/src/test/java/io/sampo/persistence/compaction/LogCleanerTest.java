package io.sampo.persistence.compaction;

import static io.sampo.persistence.compaction.CompactedLog.COMPACT;
import static io.sampo.persistence.compaction.CompactedLog.NOW_MS;
import static io.sampo.persistence.compaction.CompactedLog.SETTINGS;
import static io.sampo.persistence.compaction.CompactedLog.TOMBSTONE_MS;
import static io.sampo.persistence.compaction.CompactedLog.checkpoint;
import static io.sampo.persistence.compaction.CompactedLog.clean;
import static io.sampo.persistence.compaction.CompactedLog.cleaner;
import static io.sampo.persistence.compaction.CompactedLog.keyed;
import static io.sampo.persistence.compaction.CompactedLog.leftovers;
import static io.sampo.persistence.compaction.CompactedLog.record;
import static io.sampo.persistence.compaction.CompactedLog.settings;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.VoterSet;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.TestLog;
import io.sampo.persistence.TestLog.Kept;
import io.sampo.persistence.log.DamageSuspects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a round of the cleaner takes away and what it leaves, one rule at a time.
class LogCleanerTest {
    @TempDir
    Path path;

    @Test
    void theActiveSegmentIsNeverTouched() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            log.append(List.of(keyed(0, "a", "1"), keyed(1, "a", "2")));
            log.checkpoint();
            assertEquals(Optional.empty(), clean(log, NOW_MS));
            assertEquals(2, log.records().size());
        }
    }

    /// A damaged record would get a checksum that is right.
    @Test
    void whatIsDamagedIsNotWrittenAgain() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            log.append(List.of(keyed(0, "a", "1"), keyed(1, "b", "2"), keyed(2, "a", "3")));
            log.log.roll();
            log.checkpoint();
            Path segment = log.log.directory().resolve("00000000000000000000.log");
            byte[] bytes = Files.readAllBytes(segment);
            bytes[bytes.length / 2 + 20] ^= 1;
            Files.write(segment, bytes);

            assertThrows(PartitionLogException.class, () -> clean(log, NOW_MS));

            assertEquals(-1, java.util.Arrays.mismatch(bytes, Files.readAllBytes(segment)));
            assertEquals(List.of(), leftovers(path));
            assertEquals(
                    new DamageSuspects.Suspect(TestLog.ID, 0),
                    log.logs.suspects().poll());
        }
    }

    @Test
    void nothingBeyondTheStableOffsetOrTheCheckpointIsCleaned() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            log.append(List.of(keyed(0, "a", "1"), keyed(1, "a", "2")));
            log.log.roll();
            assertEquals(Optional.empty(), clean(log, NOW_MS), "no checkpoint yet");
            log.checkpoint();
            assertEquals(
                    Optional.empty(),
                    cleaner(SETTINGS).clean(log.log, checkpoint(log), 1, NOW_MS),
                    "the last stable offset is inside the segment");
            assertEquals(2, clean(log, NOW_MS).orElseThrow().cleanedUpToOffset());
            assertEquals(List.of(new Kept(1, "a", "2")), log.records());
        }
    }

    @Test
    void recordsYoungerThanTheCompactionLagStay() throws IOException {
        LogSettings lag = new TestEvents.Settings()
                .compact(0, TOMBSTONE_MS)
                .minCompactionLagMs(60_000)
                .build();
        try (TestLog log = new TestLog(path, lag)) {
            log.append(List.of(keyed(0, "a", "1"), keyed(1, "a", "2")));
            log.log.roll();
            log.checkpoint();
            assertEquals(Optional.empty(), clean(log, TestEvents.T0_MS + 59_000));
            assertTrue(clean(log, TestEvents.T0_MS + 61_000).isPresent());
        }
    }

    @Test
    void aLogIsCleanedOnlyWhenItIsDirtyEnough() throws IOException {
        LogSettings half = new TestEvents.Settings().compact(0.5, TOMBSTONE_MS).build();
        try (TestLog log = new TestLog(path, half)) {
            for (int i = 0; i < 10; i++) {
                log.append(List.of(keyed(i, "k" + i, "x")));
            }
            log.log.roll();
            log.checkpoint();
            assertTrue(clean(log, NOW_MS).isPresent(), "all of it is dirty");
            log.append(List.of(keyed(10, "k0", "y")));
            log.log.roll();
            log.checkpoint();
            assertEquals(Optional.empty(), clean(log, NOW_MS), "a tenth is dirty");
            assertEquals(11, log.records().size());
        }
    }

    @Test
    void aMapThatIsTooSmallTakesSeveralRounds() throws IOException {
        CleanerSettings small = settings(OffsetMap.BYTES_PER_ENTRY * 20L, 4096);
        try (TestLog log = new TestLog(path, COMPACT)) {
            for (int i = 0; i < 100; i++) {
                log.append(List.of(keyed(i, "k" + i % 50, "v" + i)));
                if (i % 10 == 9) {
                    log.log.roll();
                }
            }
            log.checkpoint();
            int rounds = 0;
            long before = -1;
            while (true) {
                Optional<LogCleaner.Result> result =
                        cleaner(small).clean(log.log, checkpoint(log), log.log.logEndOffset(), NOW_MS);
                if (result.isEmpty()) {
                    break;
                }
                assertTrue(result.get().cleanedUpToOffset() > before, "each round gets further");
                before = result.get().cleanedUpToOffset();
                rounds++;
            }
            assertTrue(rounds > 3, "rounds: " + rounds);
            assertEquals(50, log.records().size());
            assertEquals(50, log.records().getFirst().offset());
        }
    }

    @Test
    void anEmptiedBatchThatHoldsTheLastSequenceOfAProducerKeepsItsHeader() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            log.append(List.of(TestEvents.batch(idempotent(0, 77, 0, record("a", "1")))));
            log.append(List.of(TestEvents.batch(idempotent(1, 77, 1, record("a", "2")))));
            log.append(List.of(keyed(2, "a", "3")));
            log.append(List.of(keyed(3, "b", "4")));
            log.log.roll();
            log.checkpoint();
            assertTrue(clean(log, TestEvents.T0_MS + 1000).isPresent());
            List<RecordBatch> batches = log.batches();
            assertEquals(
                    List.of(1L, 2L, 3L),
                    batches.stream().map(RecordBatch::baseOffset).toList());
            assertEquals(77, batches.getFirst().producerId());
            assertEquals(1, batches.getFirst().baseSequence());
            assertEquals(List.of(new Kept(2, "a", "3"), new Kept(3, "b", "4")), log.records());
        }
    }

    /// A follower's log that begins below it must come to end exactly where the epoch starts.
    @Test
    void theBatchBeforeTheStartOfALeaderEpochKeepsItsHeader() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            log.append(List.of(keyed(0, "a", "1"), keyed(1, "a", "2"), keyed(2, "a", "3")));
            log.append(List.of(new EpochStarted(2, 3, TestEvents.SELF, VoterSet.single(TestEvents.SELF))));
            log.append(List.of(
                    TestEvents.batch(MemoryRecords.withRecords(3, Compression.NONE, 2, record("a", "4"))),
                    TestEvents.batch(MemoryRecords.withRecords(4, Compression.NONE, 2, record("a", "5")))));
            log.log.roll();
            log.checkpoint();
            assertTrue(clean(log, NOW_MS).isPresent());
            assertEquals(
                    List.of(2L, 4L),
                    log.batches().stream().map(RecordBatch::baseOffset).toList());
            assertEquals(List.of(new Kept(4, "a", "5")), log.records());
            assertEquals(
                    List.of(2L, 4L),
                    log.log.readBatches(0, 5, 1 << 20).stream()
                            .map(batch -> batch.header().baseOffset())
                            .toList());
        }
    }

    @Test
    void recordsOfTransactionsStayAndReplaceNothing() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            log.append(List.of(keyed(0, "a", "committed")));
            log.append(List.of(TestEvents.batch(MemoryRecords.withTransactionalRecords(
                    1L, Compression.NONE, 5L, (short) 0, 0, TestEvents.EPOCH, record("a", "perhaps aborted")))));
            log.append(List.of(keyed(2, "b", "1")));
            log.log.roll();
            log.checkpoint();
            assertTrue(clean(log, NOW_MS).isPresent());
            assertEquals(
                    List.of(0L, 1L, 2L),
                    log.records().stream().map(Kept::offset).toList());
        }
    }

    @Test
    void aBatchLargerThanTheBufferIsCopied() throws IOException {
        String large = "x".repeat(20_000);
        try (TestLog log = new TestLog(path, COMPACT)) {
            log.append(List.of(keyed(0, "a", large), keyed(1, "b", large), keyed(2, "a", large)));
            log.log.roll();
            log.checkpoint();
            assertTrue(clean(log, NOW_MS).isPresent());
            assertEquals(List.of(new Kept(1, "b", large), new Kept(2, "a", large)), log.records());
        }
    }

    @Test
    void smallSegmentsAreCleanedIntoOne() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            for (int i = 0; i < 10; i++) {
                log.append(List.of(keyed(i, "k" + i, "v")));
                log.log.roll();
            }
            log.checkpoint();
            assertEquals(11, log.log.segments().size());
            assertTrue(clean(log, NOW_MS).isPresent());
            assertEquals(2, log.log.segments().size());
            assertEquals(10, log.records().size());
        }
    }

    @Test
    void aRoundThatIsStoppedLeavesTheLogAsItWas() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            log.append(List.of(keyed(0, "a", "1"), keyed(1, "a", "2")));
            log.log.roll();
            log.checkpoint();
            AtomicInteger slices = new AtomicInteger();
            LogCleaner stopping = new LogCleaner(SETTINGS, () -> slices.incrementAndGet() > 1);
            assertEquals(Optional.empty(), stopping.clean(log.log, checkpoint(log), 2, NOW_MS));
            assertEquals(2, log.records().size());
            assertEquals(List.of(), leftovers(path));
            assertTrue(clean(log, NOW_MS).isPresent(), "and the next one does the work");
        }
    }

    @Test
    void batchesWhoseRecordsAreMalformedAreKeptAsTheyAre() throws IOException {
        for (Compression codec : List.of(Compression.NONE, Compression.zstd().build())) {
            Path directory = Files.createTempDirectory(path, "malformed");
            try (TestLog log = new TestLog(directory, COMPACT)) {
                log.append(List.of(keyed(0, "a", "1"), keyed(1, "b", "1")));
                MemoryRecords lie = TestEvents.malformed(2, codec);
                log.append(List.of(TestEvents.batch(lie)));
                log.append(List.of(
                        keyed(4, "a", "2"), TestEvents.batch(TestEvents.malformed(5, codec)), keyed(7, "b", "2")));
                log.append(List.of(TestEvents.batch(TestEvents.malformed(8, codec))));
                log.log.roll();
                log.checkpoint();

                assertEquals(10, clean(log, NOW_MS).orElseThrow().cleanedUpToOffset());

                List<RecordBatch> batches = log.batches();
                assertEquals(
                        List.of(2L, 4L, 5L, 7L, 8L),
                        batches.stream().map(RecordBatch::baseOffset).toList());
                assertEquals(lie.sizeInBytes(), batches.getFirst().sizeInBytes());
                batches.forEach(RecordBatch::ensureValid);
                log.append(List.of(keyed(10, "a", "3")));
                log.log.roll();
                log.checkpoint();
                assertEquals(11, clean(log, NOW_MS).orElseThrow().cleanedUpToOffset(), "and goes on from there");
                assertEquals(
                        List.of(2L, 5L, 7L, 8L, 10L),
                        log.batches().stream().map(RecordBatch::baseOffset).toList());
            }
        }
    }

    @Test
    void theThrottleBoundsTheRate() {
        Throttle throttle = new Throttle(1_000_000);
        long startNanos = System.nanoTime();
        for (int i = 0; i < 10; i++) {
            throttle.pass(10_000);
        }
        assertTrue(System.nanoTime() - startNanos >= 95_000_000, "100 kB at 1 MB/s take a tenth of a second");
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> settings(10, 4096));
        assertThrows(IllegalArgumentException.class, () -> settings(1 << 20, 0));
    }

    private static MemoryRecords idempotent(long offset, long producerId, int sequence, SimpleRecord record) {
        return MemoryRecords.withIdempotentRecords(
                offset, Compression.NONE, producerId, (short) 0, sequence, TestEvents.EPOCH, record);
    }
}
