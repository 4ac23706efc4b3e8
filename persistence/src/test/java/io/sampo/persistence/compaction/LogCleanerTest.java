package io.sampo.persistence.compaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogCleanerTest {
    private static final long NOW_MS = TestEvents.T0_MS + 1_000_000;
    private static final long TOMBSTONE_MS = 10_000;
    private static final LogSettings COMPACT =
            new TestEvents.Settings().compact(0, TOMBSTONE_MS).pageCache().build();

    /// Segments so small that each is rewritten alone.
    private static final LogSettings ONE_BY_ONE = new TestEvents.Settings()
            .compact(0, TOMBSTONE_MS)
            .pageCache()
            .segmentBytes(400)
            .build();

    private static final CleanerSettings SETTINGS = settings(1 << 20, 4096);

    @TempDir
    Path path;

    // ---- against a naive model

    /// One round of writing and cleaning.
    ///
    /// @param batches each a list of (key, value or tombstone)
    /// @param rolls after which batch the segment is rolled
    /// @param passMs how much time passes before the cleaner runs
    record Phase(List<List<Write>> batches, List<Boolean> rolls, boolean lz4, long passMs) {}

    record Write(int key, boolean tombstone) {}

    @Property(tries = 60)
    void theCompactedLogHoldsTheLastRecordOfEachKey(@ForAll("phases") List<Phase> phases) throws IOException {
        Path directory = Files.createTempDirectory("compaction");
        Model model = new Model();
        try (TestLog log = new TestLog(directory, COMPACT)) {
            long nowMs = NOW_MS;
            for (Phase phase : phases) {
                write(log, phase, model);
                log.checkpoint();
                nowMs += phase.passMs();
                Optional<LogCleaner.Result> result = clean(log, nowMs);
                if (result.isPresent()) {
                    model.clean(result.get().cleanedUpToOffset(), nowMs);
                }
                assertEquals(model.expected(), log.records());
            }
        }
        try (TestLog log = new TestLog(directory, COMPACT)) {
            assertEquals(model.expected(), log.records(), "after a restart");
        } finally {
            delete(directory);
        }
    }

    private static void write(TestLog log, Phase phase, Model model) {
        for (int i = 0; i < phase.batches().size(); i++) {
            long base = log.log.logEndOffset();
            SimpleRecord[] records = new SimpleRecord[phase.batches().get(i).size()];
            for (int r = 0; r < records.length; r++) {
                Write write = phase.batches().get(i).get(r);
                String value = write.tombstone() ? null : "v" + (base + r);
                records[r] = record("k" + write.key(), value);
                model.append(new Kept(base + r, "k" + write.key(), value), base);
            }
            Compression compression = phase.lz4() ? Compression.lz4().build() : Compression.NONE;
            log.append(
                    List.of(TestEvents.batch(MemoryRecords.withRecords(base, compression, TestEvents.EPOCH, records))));
            if (phase.rolls().get(i % phase.rolls().size())) {
                log.log.roll();
            }
        }
    }

    /// What must be left, said as simply as possible.
    private static final class Model {
        private final Map<Long, Kept> all = new java.util.TreeMap<>();
        private final Map<Long, Long> batchOf = new HashMap<>();
        private final Map<Long, Long> horizonOfBatch = new HashMap<>();

        void append(Kept record, long batch) {
            all.put(record.offset(), record);
            batchOf.put(record.offset(), batch);
        }

        void clean(long upTo, long nowMs) {
            Map<String, Long> last = new HashMap<>();
            all.values().stream()
                    .filter(record -> record.offset() < upTo)
                    .forEach(record -> last.put(record.key(), record.offset()));
            List<Kept> candidates = List.copyOf(all.values());
            for (Kept record : candidates) {
                if (record.offset() >= upTo) {
                    continue;
                }
                Long horizon = horizonOfBatch.get(batchOf.get(record.offset()));
                boolean replaced = !Objects.equals(last.get(record.key()), record.offset());
                boolean expired = record.value() == null && horizon != null && nowMs >= horizon;
                if (replaced || expired) {
                    all.remove(record.offset());
                }
            }
            all.values().stream()
                    .filter(record -> record.offset() < upTo && record.value() == null)
                    .forEach(record -> horizonOfBatch.putIfAbsent(batchOf.get(record.offset()), nowMs + TOMBSTONE_MS));
        }

        List<Kept> expected() {
            return List.copyOf(all.values());
        }
    }

    @Provide
    Arbitrary<List<Phase>> phases() {
        Arbitrary<Write> write = Combinators.combine(
                        Arbitraries.integers().between(0, 7),
                        Arbitraries.frequencyOf(
                                net.jqwik.api.Tuple.of(4, Arbitraries.just(false)),
                                net.jqwik.api.Tuple.of(1, Arbitraries.just(true))))
                .as(Write::new);
        Arbitrary<Phase> phase = Combinators.combine(
                        write.list()
                                .ofMinSize(1)
                                .ofMaxSize(5)
                                .list()
                                .ofMinSize(1)
                                .ofMaxSize(10),
                        Arbitraries.of(true, false).list().ofMinSize(1).ofMaxSize(5),
                        Arbitraries.of(true, false),
                        Arbitraries.of(0L, 5_000L, 20_000L))
                .as(Phase::new);
        return phase.list().ofMinSize(1).ofMaxSize(4);
    }

    // ---- one by one

    @Test
    void theActiveSegmentIsNeverTouched() throws IOException {
        try (TestLog log = new TestLog(path, COMPACT)) {
            log.append(List.of(keyed(0, "a", "1"), keyed(1, "a", "2")));
            log.checkpoint();
            assertEquals(Optional.empty(), clean(log, NOW_MS));
            assertEquals(2, log.records().size());
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

    // ---- crashes

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

    // ---- helpers

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

    private static Optional<LogCleaner.Result> clean(TestLog log, long nowMs) throws IOException {
        return cleaner(SETTINGS).clean(log.log, checkpoint(log), log.log.logEndOffset(), nowMs);
    }

    private static LogCleaner cleaner(CleanerSettings settings) {
        return new LogCleaner(settings, () -> false);
    }

    private static CleanerCheckpoint checkpoint(TestLog log) throws IOException {
        return CleanerCheckpoint.read(Path.of(log.logs.directory(), "events-0"));
    }

    private static CleanerSettings settings(long dedupeBytes, int ioBytes) {
        return new CleanerSettings(dedupeBytes, 0.9, ioBytes, Double.MAX_VALUE, 15_000, 24L * 3600 * 1000, 1000);
    }

    private static io.sampo.core.partition.ReplicaEvent.BatchAppended keyed(
            long offset, String key, @Nullable String value) {
        return TestEvents.batch(offset, record(key, value));
    }

    private static SimpleRecord record(String key, @Nullable String value) {
        return new SimpleRecord(
                TestEvents.T0_MS, TestEvents.bytes(key), value == null ? null : TestEvents.bytes(value));
    }

    private static MemoryRecords idempotent(long offset, long producerId, int sequence, SimpleRecord record) {
        return MemoryRecords.withIdempotentRecords(
                offset, Compression.NONE, producerId, (short) 0, sequence, TestEvents.EPOCH, record);
    }

    private static List<String> leftovers(Path directory) throws IOException {
        try (var files = Files.list(directory.resolve("events-0"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".cleaned") || name.endsWith(".swap"))
                    .toList();
        }
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

    private static void delete(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (var walk = Files.walk(directory)) {
            walk.forEach(entries::add);
        }
        for (Path entry : entries.reversed()) {
            Files.delete(entry);
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
