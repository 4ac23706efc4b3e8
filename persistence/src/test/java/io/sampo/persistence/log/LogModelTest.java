package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.batch;
import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.PartitionLog.TimestampedOffset;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// The log against a naive list of records: appends (with the holes that a leader's compaction leaves),
/// truncations,
/// resets, log start moves, checkpoints, rolls, clean-up, kills and clean restarts in any order.
class LogModelTest {
    private record Row(long offset, long timestampMs, String value) {}

    private final List<Row> model = new ArrayList<>();
    private long logStart;
    private final List<Long> batchEnds = new ArrayList<>();
    private long expectedEnd;
    private boolean beginsInsideBatch;

    @Property(tries = 40)
    void theLogIsTheListOfItsRecords(@ForAll long seed) throws IOException {
        Path path = Files.createTempDirectory("sampo-log-model");
        model.clear();
        logStart = 0;
        expectedEnd = 0;
        batchEnds.clear();
        beginsInsideBatch = false;
        Random random = new Random(seed);
        try (LogFixture fixture = new LogFixture(path, LogFixture.settings(2048, 200))) {
            for (int step = 0; step < 60; step++) {
                change(fixture, random);
                compare(fixture, random);
            }
        } finally {
            remove(path);
        }
    }

    private void change(LogFixture fixture, Random random) {
        switch (random.nextInt(15)) {
            case 0 -> fixture.reopenAfterKill();
            case 1 -> fixture.reopenAfterClose();
            case 2 -> fixture.writeCheckpoint();
            case 3 -> fixture.log.roll();
            case 4 -> advance(fixture, random);
            case 5 -> truncate(fixture, random);
            case 6 -> fixture.log.removeSegmentsBelowLogStart();
            case 7 -> fixture.log.syncLog();
            case 8 -> reset(fixture, random);
            default -> append(fixture, random);
        }
    }

    private void append(LogFixture fixture, Random random) {
        List<io.sampo.core.partition.ReplicaEvent> events = new ArrayList<>();
        long next = fixture.log.logEndOffset();
        if (beginsInsideBatch) {
            next -= 1 + random.nextInt(2);
            beginsInsideBatch = false;
        }
        boolean holes = random.nextInt(4) == 0;
        for (int i = random.nextInt(6); i >= 0; i--) {
            SimpleRecord[] records = new SimpleRecord[next < logStart ? 4 : 1 + random.nextInt(4)];
            if (holes && next >= logStart) {
                next += random.nextInt(7);
            }
            long base = next;
            for (int j = 0; j < records.length; j++) {
                Row row = new Row(next, 1000L + random.nextInt(300), "v" + random.nextInt());
                records[j] = record(row.timestampMs, row.value);
                model.add(row);
                next++;
            }
            events.add(batch(base, 0, records));
            batchEnds.add(next);
            expectedEnd = next;
        }
        fixture.log.append(fixture.log.highestSequenceNr() + 1, events);
    }

    /// The log begins anew behind its end, perhaps in the middle of its first batch.
    private void reset(LogFixture fixture, Random random) {
        if (random.nextInt(3) > 0) {
            return;
        }
        logStart = fixture.log.logEndOffset() + 10 + random.nextInt(100);
        Checkpoint anew = fixture.checkpoint(logStart, List.of());
        fixture.logs.reset(
                LogFixture.ID,
                new Checkpoint(
                        anew.topic(),
                        anew.partition(),
                        anew.self(),
                        anew.config(),
                        anew.incarnation(),
                        anew.bootId(),
                        anew.promisedEpoch(),
                        logStart,
                        logStart,
                        logStart,
                        true,
                        List.of(),
                        List.of()));
        fixture.log = fixture.logs.open(LogFixture.ID);
        model.clear();
        batchEnds.clear();
        expectedEnd = logStart;
        beginsInsideBatch = random.nextBoolean();
    }

    private void advance(LogFixture fixture, Random random) {
        long end = fixture.log.logEndOffset();
        logStart += random.nextInt((int) (end - logStart) / 2 + 1);
        fixture.append(new LogStartAdvanced(logStart));
    }

    private void truncate(LogFixture fixture, Random random) {
        long end = fixture.log.logEndOffset();
        List<Long> ends = batchEnds.stream()
                .filter(offset -> offset >= logStart && offset <= end)
                .toList();
        long to = ends.isEmpty() ? end : ends.get(random.nextInt(ends.size()));
        fixture.truncate(to, 100);
        model.removeIf(row -> row.offset >= to);
        batchEnds.removeIf(offset -> offset > to);
        expectedEnd = to;
    }

    private void compare(LogFixture fixture, Random random) throws IOException {
        long end = expectedEnd;
        assertEquals(end, fixture.log.logEndOffset());
        assertEquals(logStart, fixture.log.logStartOffset());
        assertEquals(values(logStart, end), fixture.read(logStart, end, 1 + random.nextInt(3000)));
        if (end > logStart) {
            long from = logStart + random.nextInt((int) (end - logStart));
            long upper = from + random.nextInt((int) (end - from)) + 1;
            List<String> read = fixture.read(from, upper, 1 + random.nextInt(3000));
            assertEquals(values(from, upper).subList(0, read.size()), read);
            long timestampMs = 990L + random.nextInt(320);
            assertEquals(
                    model.stream()
                            .filter(row ->
                                    row.offset >= logStart && row.offset < upper && row.timestampMs >= timestampMs)
                            .findFirst()
                            .map(Row::offset),
                    fixture.log.offsetForTimestamp(timestampMs, upper).map(TimestampedOffset::offset));
            long largest = model.stream()
                    .filter(row -> row.offset >= logStart && row.offset < upper)
                    .mapToLong(Row::timestampMs)
                    .max()
                    .orElse(-1);
            assertEquals(
                    model.stream()
                            .filter(row -> row.offset >= logStart && row.timestampMs == largest)
                            .findFirst()
                            .map(Row::offset),
                    fixture.log.maxTimestamp(upper).map(TimestampedOffset::offset));
        }
        assertNumbersGrow(fixture);
    }

    private static void assertNumbersGrow(LogFixture fixture) {
        long base = fixture.log.checkpoints().stream()
                .mapToLong(StoredCheckpoint::sequenceNr)
                .findFirst()
                .orElse(0);
        long[] last = {base};
        fixture.log.replay(base + 1, Long.MAX_VALUE, Long.MAX_VALUE, (sequenceNr, _) -> {
            assertEquals(true, sequenceNr > last[0], "number " + sequenceNr + " after " + last[0]);
            last[0] = sequenceNr;
        });
        assertEquals(true, last[0] <= fixture.log.highestSequenceNr());
    }

    private List<String> values(long from, long upper) {
        return model.stream()
                .filter(row -> row.offset >= from && row.offset < upper)
                .map(row -> row.offset + ":" + row.value)
                .toList();
    }

    private static void remove(Path path) throws IOException {
        try (var all = Files.walk(path)) {
            for (Path file : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
