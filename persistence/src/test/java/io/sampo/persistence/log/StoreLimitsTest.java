package io.sampo.persistence.log;

import static io.sampo.persistence.log.LogFixture.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.produce.DecompressionLimits;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Settings of the store that hold over all its logs, and the clock that it is given.
class StoreLimitsTest {
    @TempDir
    private Path path;

    private DataDirectory directory;
    private long nowMs = 1_000_000;

    @BeforeEach
    void open() {
        directory = DataDirectory.open(path, 1);
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private FilePartitionLogs store(int maxOpenSegmentFiles, DecompressionLimits decompression) {
        return new FilePartitionLogs(
                directory,
                new LogStoreSettings(maxOpenSegmentFiles, 1 << 20, 600_000, 2, 100, -1, decompression),
                () -> Instant.ofEpochMilli(nowMs),
                "boot");
    }

    private static FilePartitionLog log(FilePartitionLogs logs, int partition, LogSettings settings) {
        PartitionId id = new PartitionId(new Uuid(3, 4), partition);
        logs.register(id, "limits", settings);
        return logs.open(id);
    }

    private static void append(FilePartitionLog log, long timestampMs) {
        long offset = log.logEndOffset();
        log.append(
                log.highestSequenceNr() + 1,
                List.of(LogFixture.batch(offset, 0, record(timestampMs, "value-" + offset))));
    }

    /// `log.max.open.segment.files`
    @Test
    void noMoreFilesAreOpenThanAllowedHoweverManyAreUsed() throws Exception {
        try (FilePartitionLogs logs = store(5, DecompressionLimits.DEFAULTS)) {
            List<FilePartitionLog> all = new ArrayList<>();
            int most = 0;
            for (int i = 0; i < 12; i++) {
                all.add(log(logs, i, LogFixture.SMALL));
            }
            for (int round = 0; round < 3; round++) {
                for (FilePartitionLog log : all) {
                    append(log, round);
                    log.syncLog();
                    most = Math.max(most, logs.openFileCount());
                }
            }
            List<FileSlice> slices = new ArrayList<>();
            for (FilePartitionLog log : all) {
                slices.add((FileSlice) log.read(0, 3, 1 << 20, true).records());
                most = Math.max(most, logs.openFileCount());
            }
            for (FileSlice slice : slices) {
                int batches = 0;
                for (RecordBatch batch : slice.load().batches()) {
                    batch.ensureValid();
                    batches++;
                }
                assertEquals(3, batches, "a reader keeps its file although the store closed it");
            }
            assertEquals(5, most, "the bound is reached and kept");
        }
    }

    private static LogSettings segmentMs(long segmentMs) {
        LogSettings d = LogFixture.SMALL;
        return new LogSettings(
                d.segmentBytes(),
                segmentMs,
                0,
                d.segmentIndexBytes(),
                d.indexIntervalBytes(),
                d.retentionMs(),
                d.retentionBytes(),
                d.cleanupDelete(),
                d.cleanupCompact(),
                d.minCleanableDirtyRatio(),
                d.minCompactionLagMs(),
                d.maxCompactionLagMs(),
                d.deleteRetentionMs(),
                d.fileDeleteDelayMs(),
                d.flushMessages(),
                d.flushMs(),
                d.maxMessageBytes());
    }

    private static List<Long> bases(FilePartitionLog log) {
        return log.segments().stream().map(SegmentView::baseOffset).toList();
    }

    @Test
    void aSegmentRollsWhenARecordIsYoungerThanItsFirstByMoreThanSegmentMs() {
        try (FilePartitionLogs logs = store(100, DecompressionLimits.DEFAULTS)) {
            FilePartitionLog log = log(logs, 0, segmentMs(1_000));
            append(log, 5_000);
            nowMs += 10_000;
            append(log, 6_000);
            assertEquals(List.of(0L), bases(log), "the records' time counts, and 1,000 ms is not more than 1,000 ms");
            append(log, 6_001);
            assertEquals(List.of(0L, 2L), bases(log));
            append(log, 5_500);
            append(log, 7_001);
            append(log, 7_002);
            assertEquals(List.of(0L, 2L, 5L), bases(log));
        }
    }

    @Test
    void recordsWithoutTimestampsRollByTheClock() {
        try (FilePartitionLogs logs = store(100, DecompressionLimits.DEFAULTS)) {
            FilePartitionLog log = log(logs, 0, segmentMs(1_000));
            append(log, RecordBatch.NO_TIMESTAMP);
            nowMs += 1_000;
            append(log, RecordBatch.NO_TIMESTAMP);
            assertEquals(List.of(0L), bases(log));
            nowMs += 1;
            append(log, RecordBatch.NO_TIMESTAMP);
            assertEquals(List.of(0L, 2L), bases(log));
            nowMs += 1_000;
            append(log, RecordBatch.NO_TIMESTAMP);
            assertEquals(List.of(0L, 2L), bases(log), "counted from the last roll");
        }
    }

    @Test
    void theFirstTimestampIsFoundAgainAfterARestart() {
        try (FilePartitionLogs logs = store(100, DecompressionLimits.DEFAULTS)) {
            append(log(logs, 0, segmentMs(1_000)), 5_000);
        }
        try (FilePartitionLogs logs = store(100, DecompressionLimits.DEFAULTS)) {
            FilePartitionLog log = log(logs, 0, segmentMs(1_000));
            append(log, 6_000);
            append(log, 6_001);
            assertEquals(List.of(0L, 2L), bases(log));
        }
    }

    private static BatchAppended compressed() {
        String large = "x".repeat(10_000);
        MemoryRecords bytes = MemoryRecords.withRecords(
                0, Compression.gzip().build(), 0, record(100, large), record(200, large), record(300, large));
        return new BatchAppended(BatchHeader.of(bytes.batches().iterator().next()), bytes);
    }

    @Test
    void aLookupByTimeUnpacksNoMoreThanTheNodeAllows() {
        try (FilePartitionLogs logs = store(100, DecompressionLimits.DEFAULTS)) {
            FilePartitionLog log = log(logs, 0, LogFixture.SMALL);
            log.append(1, List.of(compressed()));
            assertEquals(1, log.offsetForTimestamp(150, 3).orElseThrow().offset());
            assertEquals(2, log.maxTimestamp(3).orElseThrow().offset());
            log.syncLog();
        }
        try (FilePartitionLogs logs = store(100, new DecompressionLimits(20_000, 200, 20_000))) {
            FilePartitionLog log = log(logs, 0, LogFixture.SMALL);
            assertEquals(3, log.logEndOffset());
            assertEquals(0, log.offsetForTimestamp(150, 3).orElseThrow().offset(), "the start of the batch");
            assertEquals(0, log.maxTimestamp(3).orElseThrow().offset());
            assertTrue(log.offsetForTimestamp(301, 3).isEmpty());
        }
    }
}
