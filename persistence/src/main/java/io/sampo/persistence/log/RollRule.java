package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.LogSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;

/// When the active segment takes no more batches: size, age, the reach of its offsets, the size of its indexes.
///
/// Thread rule: under the lock of the log's segments.
final class RollRule {
    private final Path directory;
    private final OpenFiles openFiles;
    private final InstantSource clock;
    private long activeSinceMs;

    RollRule(Path directory, OpenFiles openFiles, InstantSource clock) {
        this.directory = directory;
        this.openFiles = openFiles;
        this.clock = clock;
        this.activeSinceMs = clock.millis();
    }

    /// A new active segment begins.
    void rolled() {
        activeSinceMs = clock.millis();
    }

    /// @param gathered bytes that go into the segment before this batch
    static boolean fits(LogSettings settings, Segment active, int gathered, BatchHeader header) {
        return (long) active.size + gathered + header.sizeInBytes() <= settings.segmentBytes()
                && header.lastOffset() - active.baseOffset <= Integer.MAX_VALUE;
    }

    boolean isDue(LogSettings settings, Segment active, BatchHeader next) throws IOException {
        // Even an empty one: behind a gap that compaction left.
        boolean outOfReach = next.lastOffset() - active.baseOffset > Integer.MAX_VALUE;
        return outOfReach
                || active.size > 0
                        && (!fits(settings, active, 0, next) || isTooOld(settings, active, next.maxTimestampMs()));
    }

    private boolean isTooOld(LogSettings settings, Segment active, long batchTimestampMs) throws IOException {
        if (active.firstTimestampMs < 0) {
            readFirstTimestamp(active);
        }
        long limit = settings.segmentMs() - jitterMs(settings, active);
        boolean old = active.firstTimestampMs >= 0 && batchTimestampMs >= 0
                ? batchTimestampMs - active.firstTimestampMs > limit
                : clock.millis() - activeSinceMs > limit;
        return old || active.indexes.sizeInBytes() + SegmentIndexes.TIME_ENTRY_BYTES > settings.segmentIndexBytes();
    }

    /// After a restart, when recovery had no reason to read the first batch.
    private void readFirstTimestamp(Segment active) throws IOException {
        OpenFile file = openFiles.acquire(active.handle);
        try {
            BatchScanner scanner = new BatchScanner(file.channel, active.handle.path(), 0, active.size);
            if (scanner.next()) {
                active.firstTimestampMs = Math.max(0, scanner.maxTimestampMs());
            }
        } finally {
            file.release();
        }
    }

    /// The same at each look, another for each segment.
    private long jitterMs(LogSettings settings, Segment active) {
        long range = Math.min(settings.segmentJitterMs(), settings.segmentMs());
        return range <= 0 ? 0 : Math.floorMod(Objects.hash(directory, active.baseOffset) * 0x9E3779B97F4A7C15L, range);
    }
}
