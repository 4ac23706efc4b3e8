package io.sampo.persistence.retention;

import io.sampo.core.partition.LogSettings;
import io.sampo.persistence.log.SegmentView;
import java.util.List;

/// Decides how far the start of a log moves: by age (`retention.ms`), by size (`retention.bytes`) and by what is
/// already below the log start (DeleteRecords). Pure: segments in, offset out.
///
/// Whole segments go, oldest first, and only below `upperOffset`, the high watermark: what a majority does not hold
/// yet is never expired (KAFKA-2334). An active segment that is old as a whole goes too, so that an idle topic
/// becomes empty.
public final class LogRetention {
    private LogRetention() {}

    /// @param segments all of the log, oldest first, the active one last
    /// @param upperOffset high watermark, exclusive
    /// @return the log start offset that retention asks for; `logStartOffset` when nothing expires
    public static long newLogStartOffset(
            List<SegmentView> segments, long logStartOffset, long upperOffset, LogSettings settings, long nowMs) {
        if (!settings.cleanupDelete()) {
            return logStartOffset;
        }
        long sizeInBytes = segments.stream().mapToLong(SegmentView::sizeInBytes).sum();
        long start = logStartOffset;
        for (SegmentView segment : segments) {
            boolean belowStart = segment.endOffset() <= logStartOffset;
            boolean expires =
                    belowStart || isTooOld(segment, settings, nowMs) || isTooMuch(segment, sizeInBytes, settings);
            if (!expires || segment.endOffset() > upperOffset) {
                break;
            }
            sizeInBytes -= segment.sizeInBytes();
            start = Math.max(start, segment.endOffset());
        }
        return start;
    }

    private static boolean isTooOld(SegmentView segment, LogSettings settings, long nowMs) {
        return settings.retentionMs() >= 0
                && segment.sizeInBytes() > 0
                && segment.maxTimestampMs() >= 0
                && nowMs - segment.maxTimestampMs() > settings.retentionMs();
    }

    /// The log stays at least as large as `retention.bytes`; so the active segment never goes for its size, unless
    /// nothing is to be kept.
    private static boolean isTooMuch(SegmentView segment, long sizeInBytes, LogSettings settings) {
        return settings.retentionBytes() >= 0
                && !segment.active()
                && sizeInBytes - segment.sizeInBytes() >= settings.retentionBytes();
    }
}
