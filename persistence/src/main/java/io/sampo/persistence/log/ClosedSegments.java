package io.sampo.persistence.log;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.Invariant;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// What becomes of segments that take no more appends: retention removes them, compaction rewrites them, a scrub
/// reads them.
///
/// Thread rule: any thread, beside appends and reads; one rewrite at a time.
final class ClosedSegments {
    private final LogParts log;
    private final Segments segments;
    private final TimeLookup times;
    private final EventHistory history;

    /// Guarded by the log's write lock.
    private boolean rewriting;

    ClosedSegments(LogParts log, TimeLookup times, EventHistory history) {
        this.log = log;
        this.segments = log.segments();
        this.times = times;
        this.history = history;
    }

    /// With the active one.
    List<SegmentView> views() {
        Segment[] list = segments.list();
        LogEnd end = segments.end();
        List<SegmentView> views = new ArrayList<>(list.length);
        try {
            for (int i = 0; i < list.length; i++) {
                boolean active = i == list.length - 1;
                Path path = list[i].handle.path();
                long modifiedMs =
                        Files.exists(path) ? Files.getLastModifiedTime(path).toMillis() : -1;
                views.add(new SegmentView(
                        list[i].baseOffset,
                        active ? end.offset() : list[i + 1].baseOffset,
                        list[i].size,
                        times.maxTimestampMs(list[i]),
                        modifiedMs,
                        active));
            }
        } catch (IOException failed) {
            throw log.health().failure("Looking at the segments of", failed);
        }
        return views;
    }

    int removeBelow(long offset) {
        synchronized (log.housekeeping()) {
            log.health().checkUsable();
            List<Segment> removed = segments.takeOutBelow(offset);
            try {
                for (Segment segment : removed) {
                    segments.renameDeleted(segment);
                }
            } catch (IOException failed) {
                throw log.health().failure("Removing old segments of", failed);
            }
            deleteLater(removed);
            return removed.size();
        }
    }

    private void deleteLater(List<Segment> removed) {
        if (removed.isEmpty()) {
            return;
        }
        var _ = log.services()
                .background()
                .schedule(
                        () -> {
                            for (Segment segment : removed) {
                                log.services().openFiles().evict(segment.handle);
                                Deletion.quietly(segment.handle.path());
                            }
                        },
                        segments.settings().fileDeleteDelayMs(),
                        TimeUnit.MILLISECONDS);
    }

    SegmentRewrite rewrite(long fromBaseOffset, long endOffset) {
        synchronized (log.writeLock()) {
            log.health().checkUsable();
            Segment[] list = segments.list();
            Invariant.check(!rewriting, "two rewrites of %s at a time", log.directory());
            Invariant.check(
                    endOffset <= history.checkpointEndOffset() && endOffset <= list[list.length - 1].baseOffset,
                    "rewrite of [%d, %d) beyond the checkpoint or into the active segment",
                    fromBaseOffset,
                    endOffset);
            try {
                SegmentRewrite rewrite = new CompactedSegment(
                        log.directory(),
                        log.services().files(),
                        fromBaseOffset,
                        endOffset,
                        this::exchange,
                        this::rewriteEnded);
                rewriting = true;
                return rewrite;
            } catch (IOException failed) {
                throw log.health().failure("Rewriting segments of", failed);
            }
        }
    }

    private void rewriteEnded() {
        synchronized (log.writeLock()) {
            rewriting = false;
        }
    }

    /// Not for a log that was handed over meanwhile: its files are another object's, and perhaps shorter.
    private void exchange(long baseOffset, long endOffset, Path cleaned) throws IOException {
        synchronized (log.housekeeping()) {
            log.health().checkUsable();
            Path swap = SegmentFiles.rewrite(log.directory(), baseOffset, endOffset, SegmentFiles.SWAP);
            log.services().files().move(cleaned, swap);
            DurableFiles.syncDirectory(log.services().files(), log.directory());
            exchangeWhole(baseOffset, endOffset, swap);
        }
    }

    private void exchangeWhole(long baseOffset, long endOffset, Path swap) throws IOException {
        Segment fresh = log.services().newSegment(log.directory(), baseOffset, false);
        fresh.size = (int) Files.size(swap);
        List<Segment> replaced = segments.replace(fresh, endOffset, swap);
        segments.noteAgain(fresh);
        deleteLater(replaced);
    }

    /// See [FilePartitionLog#check]; the active segment as far as it was written.
    @Nullable
    List<DamagedRange> check(long segmentBaseOffset, IntPredicate pace) {
        try {
            List<DamagedRange> found = checkOnce(segmentBaseOffset, pace);
            if (found != null && !found.isEmpty()) {
                // Not for a read that fails once.
                found = checkOnce(segmentBaseOffset, pace);
            }
            if (found == null || log.health().isClosed() || find(segmentBaseOffset) == null) {
                return null;
            }
            log.reader().damage.found(segmentBaseOffset, found);
            return found;
        } catch (NoSuchFileException | ClosedChannelException gone) {
            return null;
        } catch (IOException failed) {
            throw log.health().failure("Checking a segment of", failed);
        }
    }

    private @Nullable List<DamagedRange> checkOnce(long segmentBaseOffset, IntPredicate pace) throws IOException {
        Segment segment;
        int size;
        long endOffset;
        List<EpochStart> markers;
        synchronized (log.writeLock()) {
            segment = find(segmentBaseOffset);
            if (segment == null) {
                return null;
            }
            LogEnd end = segments.end();
            Segment[] list = segments.list();
            boolean active = segment == end.active();
            size = active ? end.position() : segment.size;
            endOffset = active ? end.offset() : list[LogReader.floor(list, segmentBaseOffset) + 1].baseOffset;
            markers = log.control().epochStarts();
        }
        OpenFile file = log.services().openFiles().acquire(segment.handle);
        try {
            return new SegmentCheck(segment, file, size, endOffset, markers, pace).run();
        } finally {
            file.release();
        }
    }

    private @Nullable Segment find(long segmentBaseOffset) {
        Segment[] list = segments.list();
        Segment found = list[LogReader.floor(list, segmentBaseOffset)];
        return found.baseOffset == segmentBaseOffset && !found.removed ? found : null;
    }
}
