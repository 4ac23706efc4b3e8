package io.sampo.persistence.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.partition.LogSettings;
import io.sampo.persistence.log.SegmentView;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogRetentionTest {
    private static final long NOW_MS = 1_000_000;

    /// Three closed segments of 100 offsets and 1000 bytes, aged 900, 500 and 100 ms, and an active one.
    private static final List<SegmentView> SEGMENTS = List.of(
            segment(0, 100, 1000, NOW_MS - 900, false),
            segment(100, 200, 1000, NOW_MS - 500, false),
            segment(200, 300, 1000, NOW_MS - 100, false),
            segment(300, 350, 500, NOW_MS - 50, true));

    @Test
    void segmentsWhoseLargestTimestampIsOlderThanRetentionExpire() {
        assertEquals(0, newStart(retention(1000, -1), 350));
        assertEquals(100, newStart(retention(899, -1), 350));
        assertEquals(200, newStart(retention(400, -1), 350));
        assertEquals(300, newStart(retention(60, -1), 350));
    }

    @Test
    void anActiveSegmentThatIsOldAsAWholeExpiresToo() {
        assertEquals(350, newStart(retention(10, -1), 350));
    }

    @Test
    void anEmptyActiveSegmentStays() {
        List<SegmentView> empty = List.of(segment(5, 5, 0, -1, true));
        assertEquals(5, LogRetention.newLogStartOffset(empty, 5, 5, retention(1, -1), NOW_MS));
    }

    @Test
    void theLogStaysAtLeastAsLargeAsRetentionBytes() {
        assertEquals(0, newStart(retention(-1, 3500), 350));
        assertEquals(0, newStart(retention(-1, 2501), 350));
        assertEquals(100, newStart(retention(-1, 2500), 350));
        assertEquals(200, newStart(retention(-1, 1500), 350));
        assertEquals(300, newStart(retention(-1, 0), 350));
    }

    @Test
    void whatIsNotCommittedNeverExpires() {
        assertEquals(100, newStart(retention(1, -1), 199));
        assertEquals(200, newStart(retention(1, -1), 200));
    }

    @Test
    void aYoungSegmentProtectsTheOlderOnesBehindIt() {
        List<SegmentView> segments = List.of(
                segment(0, 100, 1000, NOW_MS, false),
                segment(100, 200, 1000, 1, false),
                segment(200, 200, 0, -1, true));
        assertEquals(0, LogRetention.newLogStartOffset(segments, 0, 200, retention(500, -1), NOW_MS));
    }

    @Test
    void segmentsBelowTheLogStartAreNoObstacle() {
        assertEquals(200, LogRetention.newLogStartOffset(SEGMENTS, 150, 350, retention(400, -1), NOW_MS));
        assertEquals(150, LogRetention.newLogStartOffset(SEGMENTS, 150, 350, retention(5000, -1), NOW_MS));
    }

    @Test
    void compactedTopicsExpireOnlyWhenTheirPolicyAlsoSaysDelete() {
        assertEquals(0, newStart(settings(1, -1, false, true), 350));
        assertEquals(350, newStart(settings(1, -1, true, true), 350));
    }

    private static long newStart(LogSettings settings, long highWatermark) {
        return LogRetention.newLogStartOffset(SEGMENTS, 0, highWatermark, settings, NOW_MS);
    }

    private static SegmentView segment(long base, long end, int bytes, long maxTimestampMs, boolean active) {
        return new SegmentView(base, end, bytes, maxTimestampMs, NOW_MS, active);
    }

    private static LogSettings retention(long retentionMs, long retentionBytes) {
        return settings(retentionMs, retentionBytes, true, false);
    }

    private static LogSettings settings(long retentionMs, long retentionBytes, boolean delete, boolean compact) {
        LogSettings d = LogSettings.DEFAULTS;
        return new LogSettings(
                d.segmentBytes(),
                d.segmentMs(),
                d.segmentJitterMs(),
                d.segmentIndexBytes(),
                d.indexIntervalBytes(),
                retentionMs,
                retentionBytes,
                delete,
                compact,
                d.minCleanableDirtyRatio(),
                d.minCompactionLagMs(),
                d.maxCompactionLagMs(),
                d.deleteRetentionMs(),
                d.fileDeleteDelayMs(),
                d.flushMessages(),
                d.flushMs(),
                d.maxMessageBytes());
    }
}
