package io.sampo.persistence.compaction;

import static io.sampo.persistence.compaction.CompactedLog.COMPACT;
import static io.sampo.persistence.compaction.CompactedLog.NOW_MS;
import static io.sampo.persistence.compaction.CompactedLog.TOMBSTONE_MS;
import static io.sampo.persistence.compaction.CompactedLog.clean;
import static io.sampo.persistence.compaction.CompactedLog.delete;
import static io.sampo.persistence.compaction.CompactedLog.record;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.persistence.TestEvents;
import io.sampo.persistence.TestLog;
import io.sampo.persistence.TestLog.Kept;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// Whatever is written, the cleaner leaves what a naive model leaves.
class LogCleanerModelTest {
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
        private final Map<Long, Kept> all = new TreeMap<>();
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
                                Tuple.of(4, Arbitraries.just(false)), Tuple.of(1, Arbitraries.just(true))))
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
}
