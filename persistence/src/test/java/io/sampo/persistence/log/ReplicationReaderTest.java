package io.sampo.persistence.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
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

/// What a leader reads for its followers.
class ReplicationReaderTest {
    @TempDir
    private Path path;

    private LogFixture fixture;

    @BeforeEach
    void open() {
        fixture = new LogFixture(path, LogFixture.settings(700, 256));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static List<Long> baseOffsets(List<BatchAppended> batches) {
        return batches.stream().map(batch -> batch.header().baseOffset()).toList();
    }

    private static MemoryRecords bytes(BatchAppended batch) {
        return Objects.requireNonNull(batch.bytes());
    }

    @Test
    void batchesComeByteForByteWithTheirHeadersOverSegmentBorders() throws IOException {
        List<BatchAppended> written = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            written.add(LogFixture.batch(2L * i, 0, LogFixture.record(i, "a" + i), LogFixture.record(i, "b" + i)));
            fixture.append(written.getLast());
        }
        assertTrue(fixture.log.segments().size() > 3);
        List<BatchAppended> read = fixture.log.readBatches(0, 60, 1 << 20);
        assertEquals(written.size(), read.size());
        for (int i = 0; i < read.size(); i++) {
            assertEquals(written.get(i).header(), read.get(i).header());
            assertEquals(bytes(written.get(i)), bytes(read.get(i)));
        }
    }

    @Test
    void theFirstBatchIsTheOneThatHoldsTheOffset() {
        fixture.appendBatches(5, 3);
        assertEquals(List.of(3L, 6L), baseOffsets(fixture.log.readBatches(4, 9, 1 << 20)));
        assertEquals(List.of(3L, 6L), baseOffsets(fixture.log.readBatches(4, 11, 1 << 20)));
        assertEquals(List.of(), baseOffsets(fixture.log.readBatches(15, 20, 1 << 20)));
        assertEquals(List.of(), baseOffsets(fixture.log.readBatches(7, 7, 1 << 20)));
    }

    @Test
    void oneBatchComesEvenIfItIsTooLargeAndThenOnlyWhatFits() {
        fixture.appendBatches(20, 1);
        int size = fixture.log.readBatches(0, 1, 1 << 20).getFirst().header().sizeInBytes();
        assertEquals(List.of(0L), baseOffsets(fixture.log.readBatches(0, 20, 1)));
        for (int maxBytes = size; maxBytes < 20 * size; maxBytes += 37) {
            List<BatchAppended> read = fixture.log.readBatches(0, 20, maxBytes);
            int sum = read.stream()
                    .mapToInt(batch -> batch.header().sizeInBytes())
                    .sum();
            assertTrue(sum <= maxBytes && !read.isEmpty(), sum + " of " + maxBytes);
        }
    }

    @Test
    void aDamagedBatchIsNotSent() throws IOException {
        fixture.appendBatches(3, 1);
        fixture.log.syncLog();
        LogFixture.flip(fixture.file(".log"), 8L * 70);
        assertThrows(PartitionLogException.class, () -> fixture.log.readBatches(0, 3, 1 << 20));
    }
}
