package io.sampo.persistence.compaction;

import io.sampo.core.partition.LogSettings;
import io.sampo.persistence.log.SegmentView;
import java.util.List;

/// Which part of a log the cleaner may and should clean now. Pure.
///
/// ```
/// log start ...... firstDirtyOffset ...... firstUncleanableOffset ...... end
///    clean already        dirty                  not yet
/// ```
///
/// @param firstDirtyOffset inclusive start of what was never cleaned
/// @param firstUncleanableOffset exclusive end of what may be cleaned
/// @param cleanBytes size of the clean part
/// @param dirtyBytes size of the dirty part that may be cleaned
/// @param overdue a record of the dirty part is older than `max.compaction.lag.ms`
public record CleanableRange(
        long firstDirtyOffset, long firstUncleanableOffset, long cleanBytes, long dirtyBytes, boolean overdue) {

    /// @param segments all of the log, oldest first
    /// @param cleanedUpToOffset exclusive end of what the last round cleaned; what it says outside the log is
    ///     ignored
    /// @param upperOffset nothing at or above it may be cleaned: last stable offset and last checkpoint
    public static CleanableRange of(
            List<SegmentView> segments,
            long logStartOffset,
            long cleanedUpToOffset,
            long upperOffset,
            LogSettings settings,
            long nowMs) {
        long end = segments.isEmpty() ? logStartOffset : segments.getLast().endOffset();
        long firstDirty = cleanedUpToOffset > end ? logStartOffset : Math.max(cleanedUpToOffset, logStartOffset);
        long firstUncleanable = firstDirty;
        long cleanBytes = 0;
        long dirtyBytes = 0;
        boolean overdue = false;
        for (SegmentView segment : segments) {
            if (segment.endOffset() <= firstDirty) {
                cleanBytes += segment.sizeInBytes();
                continue;
            }
            if (segment.active() || segment.endOffset() > upperOffset || isTooYoung(segment, settings, nowMs)) {
                break;
            }
            firstUncleanable = segment.endOffset();
            dirtyBytes += segment.sizeInBytes();
            overdue |= segment.sizeInBytes() > 0
                    && settings.maxCompactionLagMs() < Long.MAX_VALUE
                    && segment.maxTimestampMs() >= 0
                    && nowMs - segment.maxTimestampMs() > settings.maxCompactionLagMs();
        }
        return new CleanableRange(firstDirty, firstUncleanable, cleanBytes, dirtyBytes, overdue);
    }

    /// True when the dirty part is large enough (`min.cleanable.dirty.ratio`) or overdue.
    public boolean shouldClean(LogSettings settings) {
        return dirtyBytes > 0 && (overdue || dirtyRatio() >= settings.minCleanableDirtyRatio());
    }

    /// 0..1
    public double dirtyRatio() {
        long total = cleanBytes + dirtyBytes;
        return total == 0 ? 0 : (double) dirtyBytes / total;
    }

    private static boolean isTooYoung(SegmentView segment, LogSettings settings, long nowMs) {
        return settings.minCompactionLagMs() > 0 && segment.maxTimestampMs() > nowMs - settings.minCompactionLagMs();
    }
}
