package io.sampo.persistence.log;

import io.sampo.core.partition.LogSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the batches after the newest checkpoint, finds the end of the log, and cuts a torn tail. Damage is never
/// cut
/// (design of replication, 1.10). One thread.
final class TailRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(TailRecovery.class);

    private final StoreServices services;
    private final LogSettings settings;
    private final @Nullable CheckpointFile base;
    private final List<MetaRecord> records;
    private final ControlReplay control;
    private final RecoveredSegments recovered;
    private final boolean pageCacheKept;
    private long goodEnd = -1;

    /// @param base newest checkpoint
    /// @param pageCacheKept the machine did not restart: what was written is there
    TailRecovery(
            RecoveryInput input,
            @Nullable CheckpointFile base,
            List<MetaRecord> records,
            ControlReplay control,
            RecoveredSegments recovered,
            boolean pageCacheKept) {
        this.services = input.services();
        this.settings = input.settings();
        this.base = base;
        this.records = records;
        this.control = control;
        this.recovered = recovered;
        this.pageCacheKept = pageCacheKept;
    }

    /// @param highestSequenceNr number of the last event
    record End(long offset, long highestSequenceNr) {}

    /// Exclusive end of what is known to be good when [#scan] found damage.
    long goodEnd() {
        return goodEnd;
    }

    /// @throws CorruptLogException damage that must not be cut
    End scan() throws IOException {
        TailScan scan = newScan();
        try {
            return scan(scan);
        } finally {
            goodEnd = goodEnd < 0 ? scan.endOffset() : goodEnd;
        }
    }

    private TailScan newScan() {
        CheckpointFile from = base;
        long first = recovered.list.getFirst().baseOffset;
        long checkpointed = from == null ? first : from.stored().checkpoint().logEndOffset();
        return new TailScan(Math.max(first, checkpointed), control, pageCacheKept);
    }

    private End scan(TailScan scan) throws IOException {
        CheckpointFile from = base;
        List<Segment> segments = recovered.list;
        long scanOffset = scan.endOffset();
        long covered = from == null ? 0 : from.stored().sequenceNr();
        EventNumbering numbering =
                new EventNumbering(EventNumbering.eventsAfter(records, covered), covered, (_, _) -> {});
        int first = LogReader.floor(segments.toArray(Segment[]::new), scanOffset);
        int last = first;
        for (int i = first; i < segments.size(); i++) {
            last = i;
            Segment segment = segments.get(i);
            boolean gapBehind = i + 1 < segments.size() && segments.get(i + 1).baseOffset <= control.floor();
            int begin = i == first ? scanStart(segment, scanOffset, gapBehind) : 0;
            if (segment.baseOffset < scan.endOffset() && i > first
                    || segment.baseOffset > scan.endOffset() && !gapAllowedBefore(segment, scan.endOffset())) {
                throw new CorruptLogException(
                        segment.handle.path(),
                        0,
                        "begins at offset " + segment.baseOffset + ", where " + scan.endOffset() + " is due");
            }
            scan.skipTo(segment.baseOffset);
            int good = scanSegment(scan, segment, begin, gapsAllowed(segments, i), numbering);
            if (good < segment.size) {
                refuseToCutMore(segments, i, good, scan.endOffset());
                cutTail(segment, good);
                break;
            }
        }
        long endOffset = Math.max(scan.endOffset(), segments.get(last).baseOffset);
        refuseToCutMore(segments, last, segments.get(last).size, endOffset);
        recovered.endWith(last);
        return new End(endOffset, numbering.finish());
    }

    private void refuseToCutMore(List<Segment> segments, int last, int good, long endOffset)
            throws CorruptLogException {
        Path file = segments.get(last).handle.path();
        for (Segment behind : segments.subList(last + 1, segments.size())) {
            if (behind.size > 0) {
                throw new CorruptLogException(
                        file,
                        good,
                        "a damaged batch, and " + behind.handle.path().getFileName() + " behind it");
            }
        }
        if (endOffset < control.floor() && control.floor() > control.logStartOffset()) {
            throw new CorruptLogException(
                    file,
                    good,
                    "the log ends at offset " + endOffset + ", and it was on disk up to " + control.floor());
        }
    }

    /// Without the newest checkpoint's word on where the tail begins, older segments that were compacted are
    /// passed.
    private boolean gapsAllowed(List<Segment> segments, int i) {
        return i < segments.size() - 1 && segments.get(i + 1).baseOffset <= control.floor();
    }

    /// Also where a machine crash took the batches before the log start, which was on disk already.
    private boolean gapAllowedBefore(Segment segment, long end) {
        return segment.baseOffset <= Math.max(control.floor(), control.logStartOffset()) || end >= control.gapsFrom();
    }

    /// Where the batches after the checkpoint begin in its segment.
    ///
    /// @param gapBehind the segment may end before the checkpoint, as it may have been compacted
    private int scanStart(Segment segment, long scanOffset, boolean gapBehind) throws IOException {
        CheckpointFile from = base;
        if (segment.baseOffset == scanOffset) {
            return 0;
        }
        OpenFile file = null;
        try {
            if (from != null && from.scanSegment() == segment.baseOffset && from.scanPosition() == segment.size) {
                return segment.size;
            }
            file = services.openFiles().acquire(segment.handle);
            if (from != null && from.scanSegment() == segment.baseOffset && from.scanPosition() < segment.size) {
                BatchScanner there =
                        new BatchScanner(file.channel, segment.handle.path(), from.scanPosition(), segment.size);
                if (isBatch(there) && there.baseOffset() == scanOffset) {
                    return from.scanPosition();
                }
                if (from.scanPosition() > 0) {
                    return from.scanPosition();
                }
            }
            BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), 0, segment.size);
            long end = segment.baseOffset;
            while (next(scanner, end)) {
                if (scanner.lastOffset() >= scanOffset) {
                    return scanner.position();
                }
                end = scanner.lastOffset() + 1;
            }
            if (end < scanOffset && !gapBehind && scanOffset > control.logStartOffset()) {
                // The scan has not begun, and will begin there once the rest is cut.
                goodEnd = end;
                throw new CorruptLogException(
                        segment.handle.path(),
                        segment.size,
                        "the log ends at offset " + end + ", and it was on disk up to " + control.floor());
            }
            return segment.size;
        } finally {
            if (file != null) {
                file.release();
            }
        }
    }

    private boolean next(BatchScanner scanner, long end) throws IOException {
        try {
            return scanner.next();
        } catch (CorruptLogException damage) {
            goodEnd = end;
            throw damage;
        }
    }

    private static boolean isBatch(BatchScanner scanner) throws IOException {
        try {
            return scanner.next();
        } catch (CorruptLogException torn) {
            return false;
        }
    }

    /// @return end of the good batches; less than the segment's size when a torn tail follows
    private int scanSegment(TailScan scan, Segment segment, int begin, boolean gapsAllowed, EventNumbering numbering)
            throws IOException {
        int notedUpTo = segment.timesKnown ? recovered.describedBytes(segment) : begin;
        boolean closed = !segment.handle.writable();
        if (!segment.timesKnown || !segment.indexes.filesAreWhole(segment.handle.path())) {
            segment.forgetNotes();
            segment.noteBatches(services.openFiles(), begin, settings.indexIntervalBytes());
            notedUpTo = begin;
        }
        int from = notedUpTo;
        int interval = settings.indexIntervalBytes();
        int good = begin;
        if (begin < segment.size) {
            OpenFile file = services.openFiles().acquire(segment.handle);
            try {
                good = scan.scan(
                        file.channel, segment.handle.path(), begin, segment.size, gapsAllowed, (header, position) -> {
                            numbering.batch(header);
                            if (position >= from) {
                                segment.note(
                                        header.lastOffset(),
                                        position,
                                        header.sizeInBytes(),
                                        header.maxTimestampMs(),
                                        interval);
                            }
                        });
            } finally {
                file.release();
            }
            segment.dirty = true;
        }
        if (closed) {
            segment.indexes.addTime(segment.maxTimestampMs, segment.maxTimestampOffset);
        }
        segment.indexes.spillAndShrink(segment.handle.path());
        segment.timesKnown = true;
        return good;
    }

    private void cutTail(Segment segment, int good) throws IOException {
        LOG.warn(
                "{}: cut {} bytes at position {} that were never written whole",
                segment.handle.path(),
                segment.size - good,
                good);
        segment.handle.setWritable(true);
        services.openFiles().evict(segment.handle);
        OpenFile file = services.openFiles().acquire(segment.handle);
        try {
            services.files().truncate(file.channel, segment.handle.path(), good);
        } finally {
            file.release();
        }
        segment.size = good;
        segment.dirty = true;
    }
}
