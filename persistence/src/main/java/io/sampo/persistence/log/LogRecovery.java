package io.sampo.persistence.log;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.CleanClose;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens the log of one partition after whatever happened to the process or the machine: meta journal, unfinished
/// truncation, markers, then the batches after the newest checkpoint (design of replication, 1.10).
///
/// A torn tail is cut. Damage is never cut: it ends in a [CorruptLogException], with all files as they were. Costs
/// O(tail + number of segments); closed segments below the checkpoint are not read. One thread.
final class LogRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    private final RecoveryInput input;
    private final StoreServices services;
    private final Path directory;
    private final Checkpoints checkpoints;

    private @Nullable CheckpointFile base;
    private List<MetaRecord> records = List.of();

    /// Below this everything was synced at some time: what is missing there is damage.
    private long floor;

    private long logStartOffset;
    private boolean pageCacheKept;
    private boolean newFiles;
    private final List<EpochStart> markers = new ArrayList<>();

    LogRecovery(RecoveryInput input) {
        this.input = input;
        this.services = input.services();
        this.directory = input.directory();
        this.checkpoints = new Checkpoints(directory, services.files());
    }

    /// @param epochStarts oldest first
    record Recovered(
            Segments segments,
            MetaJournal meta,
            Checkpoints checkpoints,
            long highestSequenceNr,
            long logStartOffset,
            List<EpochStart> epochStarts) {}

    Recovered recover() throws IOException {
        DirectoryContents contents = DirectoryContents.tidy(directory, services.files());
        CheckpointFile newest = checkpoints.open(contents.checkpoints());
        String checkpointBoot =
                newest == null ? "" : newest.stored().checkpoint().bootId();
        MetaJournal.Opened opened = MetaJournal.open(
                directory,
                services.files(),
                services.openFiles(),
                newest != null,
                found -> isThisBoot(found, checkpointBoot));
        if (opened.tornBytes() > 0) {
            LOG.warn("{}: cut {} bytes of an event that was never written whole", directory, opened.tornBytes());
        }
        MetaJournal meta = opened.journal();
        records = opened.records();
        pageCacheKept = isThisBoot(records, checkpointBoot);
        checkIdentity(newest, contents);
        List<Long> baseOffsets = new ArrayList<>(contents.baseOffsets());
        finishTruncation(meta, baseOffsets);
        base = newestCheckpoint();
        replayControlState();
        List<Segment> segments = segments(baseOffsets);
        return scanTail(meta, segments);
    }

    private boolean isThisBoot(List<MetaRecord> found, String checkpointBoot) {
        String boot = checkpointBoot;
        for (MetaRecord record : found) {
            if (record.event() instanceof Opened process) {
                boot = process.bootId();
            }
        }
        return !boot.isEmpty() && boot.equals(services.bootId());
    }

    private void checkIdentity(@Nullable CheckpointFile newest, DirectoryContents contents) throws IOException {
        PartitionId stored =
                newest == null ? null : newest.stored().checkpoint().partition();
        for (MetaRecord record : records) {
            if (record.event() instanceof ReplicaCreated created) {
                stored = created.partition();
            }
        }
        if (stored != null && !stored.equals(input.id())) {
            throw new CorruptLogException(
                    directory.resolve(MetaJournal.FILE),
                    0,
                    "it belongs to partition " + stored + ", and " + input.id() + " was looked for");
        }
        long lastMetaNr = records.isEmpty() ? 0 : records.getLast().metaNr();
        if (newest != null && lastMetaNr < newest.lastMetaNr()) {
            throw new CorruptLogException(
                    directory.resolve(MetaJournal.FILE),
                    0,
                    "it ends with event " + lastMetaNr + ", and had " + newest.lastMetaNr() + " when they were synced");
        }
        if (newest == null && !records.isEmpty() && records.getFirst().metaNr() > 1) {
            throw new CorruptLogException(
                    directory.resolve(MetaJournal.FILE),
                    0,
                    "it begins with event " + records.getFirst().metaNr()
                            + ", and the checkpoint that covers the earlier ones is missing or damaged");
        }
        if (newest == null && records.isEmpty() && !contents.checkpoints().isEmpty()) {
            throw new CorruptLogException(directory, 0, "its checkpoint is damaged, and the meta journal is gone");
        }
    }

    private @Nullable CheckpointFile newestCheckpoint() throws IOException {
        Checkpoints.Place newest = checkpoints.newest();
        return newest == null ? null : CheckpointFile.read(CheckpointFile.pathOf(directory, newest.sequenceNr()));
    }

    /// Cuts the files as the last `TruncateIntent` says, unless the journal says that it was done.
    private void finishTruncation(MetaJournal meta, List<Long> baseOffsets) throws IOException {
        TruncateIntent pending = null;
        for (MetaRecord record : records) {
            if (record.event() instanceof TruncateIntent intent) {
                pending = intent;
            } else if (record.event() == null) {
                pending = null;
            }
        }
        if (pending == null || baseOffsets.isEmpty()) {
            return;
        }
        long to = pending.toOffset();
        checkpoints.rewind(to, baseOffsets.getFirst());
        while (baseOffsets.size() > 1 && baseOffsets.getLast() >= to) {
            Path log = SegmentFiles.log(directory, baseOffsets.removeLast());
            DirectoryContents.deleteIndexes(log);
            Files.deleteIfExists(log);
        }
        Segment last = services.newSegment(directory, baseOffsets.getLast(), true);
        int size = (int) Files.size(last.handle.path());
        long end = last.baseOffset;
        OpenFile file = services.openFiles().acquire(last.handle);
        try {
            BatchScanner scanner = new BatchScanner(file.channel, last.handle.path(), 0, size);
            int cutAt = 0;
            while (scanner.next() && scanner.lastOffset() < to) {
                cutAt = scanner.nextPosition();
                end = scanner.lastOffset() + 1;
            }
            services.files().truncate(file.channel, last.handle.path(), cutAt);
            services.files().force(file.channel, last.handle.path());
        } finally {
            file.release();
            services.openFiles().evict(last.handle);
        }
        DirectoryContents.deleteIndexes(last.handle.path());
        DurableFiles.syncDirectory(services.files(), directory);
        meta.append(0, end, null);
        meta.sync();
        records = meta.read();
        LOG.warn("{}: finished the truncation to offset {} that was under way", directory, to);
    }

    /// Log start, markers and the synced prefix, from the checkpoint and the control events after it.
    private void replayControlState() {
        CheckpointFile from = base;
        if (from != null) {
            floor = from.syncedEndOffset();
            logStartOffset = from.stored().checkpoint().logStartOffset();
            markers.addAll(from.stored().checkpoint().epochStarts());
        }
        long covered = from == null ? 0 : from.stored().sequenceNr();
        boolean uncovered = false;
        for (MetaRecord record : records) {
            ReplicaEvent event = record.event();
            uncovered = event == null ? uncovered : record.sequenceNr() > covered;
            if (!uncovered) {
                continue;
            }
            if (event == null) {
                floor = Math.min(floor, record.logEndOffset());
            } else if (event instanceof EpochStarted started) {
                markers.add(new EpochStart(started.leaderEpoch(), started.startOffset()));
                floor = Math.max(floor, started.startOffset());
            } else if (event instanceof TruncateIntent intent) {
                dropMarkers(markers, intent.toOffset(), intent.keepMarkersUpToEpoch());
                floor = Math.min(floor, intent.toOffset());
            } else if (event instanceof LogStartAdvanced advanced) {
                logStartOffset = Math.max(logStartOffset, advanced.logStartOffset());
            } else if (event instanceof CleanClose close) {
                floor = Math.max(floor, close.logEndOffset());
            }
        }
    }

    static void dropMarkers(List<EpochStart> markers, long toOffset, int keepUpToEpoch) {
        markers.removeIf(marker -> marker.leaderEpoch() > keepUpToEpoch || marker.startOffset() > toOffset);
    }

    private List<Segment> segments(List<Long> baseOffsets) throws IOException {
        CheckpointFile from = base;
        Map<Long, SegmentSummary> summaries = from == null
                ? Map.of()
                : from.segments().stream().collect(Collectors.toMap(SegmentSummary::baseOffset, Function.identity()));
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < baseOffsets.size(); i++) {
            long baseOffset = baseOffsets.get(i);
            boolean active = i == baseOffsets.size() - 1;
            long size = Files.size(SegmentFiles.log(directory, baseOffset));
            if (size > Integer.MAX_VALUE) {
                throw new CorruptLogException(SegmentFiles.log(directory, baseOffset), size, "larger than a segment");
            }
            SegmentSummary summary = summaries.get(baseOffset);
            boolean known = summary != null && (active ? size >= summary.sizeInBytes() : size == summary.sizeInBytes());
            boolean grown = summary != null && !active && size > summary.sizeInBytes();
            if (summary != null && (known || grown)) {
                SegmentIndexes indexes =
                        services.newIndexes(baseOffset, summary.offsetEntries(), summary.timeEntries());
                Segment segment = new Segment(directory, baseOffset, active, indexes);
                segment.restore(summary);
                segment.size = (int) size;
                segments.add(segment);
            } else {
                Segment segment = services.newSegment(directory, baseOffset, active);
                segment.size = (int) size;
                segments.add(segment);
            }
        }
        if (segments.isEmpty()) {
            if (floor > logStartOffset) {
                throw new CorruptLogException(
                        directory, 0, "it holds no segment, and the log was on disk up to offset " + floor);
            }
            segments.add(fresh(logStartOffset));
        }
        return segments;
    }

    private Segment fresh(long baseOffset) {
        newFiles = true;
        Segment segment = services.newSegment(directory, baseOffset, true);
        segment.timesKnown = true;
        return segment;
    }

    private Recovered scanTail(MetaJournal meta, List<Segment> segments) throws IOException {
        CheckpointFile from = base;
        long scanOffset = from == null
                ? segments.getFirst().baseOffset
                : from.stored().checkpoint().logEndOffset();
        scanOffset = Math.max(scanOffset, segments.getFirst().baseOffset);
        long covered = from == null ? 0 : from.stored().sequenceNr();
        EventNumbering numbering =
                new EventNumbering(EventNumbering.eventsAfter(records, covered), covered, (_, _) -> {});
        TailScan scan = new TailScan(scanOffset, markers, pageCacheKept);
        int first = LogReader.floor(segments.toArray(Segment[]::new), scanOffset);
        int last = first;
        for (int i = first; i < segments.size(); i++) {
            last = i;
            Segment segment = segments.get(i);
            boolean gapBehind = i + 1 < segments.size() && segments.get(i + 1).baseOffset <= floor;
            int begin = i == first ? scanStart(segment, scanOffset, gapBehind) : 0;
            if (segment.baseOffset < scan.endOffset() && i > first
                    || segment.baseOffset > scan.endOffset() && !gapAllowedBefore(segments, i)) {
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
        endOffset = dropUseless(segments, last, endOffset);
        return finish(meta, segments, endOffset, numbering.finish());
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
        if (endOffset < floor && floor > logStartOffset) {
            throw new CorruptLogException(
                    file, good, "the log ends at offset " + endOffset + ", and it was on disk up to " + floor);
        }
    }

    /// Without the newest checkpoint's word on where the tail begins, older segments that were compacted are
    /// passed.
    private boolean gapsAllowed(List<Segment> segments, int i) {
        return i < segments.size() - 1 && segments.get(i + 1).baseOffset <= floor;
    }

    private boolean gapAllowedBefore(List<Segment> segments, int i) {
        return i > 0 && segments.get(i).baseOffset <= floor;
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
            while (scanner.next()) {
                if (scanner.lastOffset() >= scanOffset) {
                    return scanner.position();
                }
                end = scanner.lastOffset() + 1;
            }
            if (end < scanOffset && !gapBehind) {
                throw new CorruptLogException(
                        segment.handle.path(),
                        segment.size,
                        "the log ends at offset " + end + ", and it was on disk up to " + floor);
            }
            return segment.size;
        } finally {
            if (file != null) {
                file.release();
            }
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
        int notedUpTo = segment.timesKnown ? notedSize(segment) : begin;
        boolean closed = !segment.handle.writable();
        if (!segment.timesKnown || !segment.indexes.filesAreWhole(segment.handle.path())) {
            segment.forgetNotes();
            noteBefore(segment, begin);
            notedUpTo = begin;
        }
        int from = notedUpTo;
        int interval = input.settings().indexIntervalBytes();
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

    private int notedSize(Segment segment) {
        CheckpointFile from = base;
        if (from != null) {
            for (SegmentSummary summary : from.segments()) {
                if (summary.baseOffset() == segment.baseOffset) {
                    return summary.sizeInBytes();
                }
            }
        }
        return 0;
    }

    private void noteBefore(Segment segment, int end) throws IOException {
        OpenFile file = services.openFiles().acquire(segment.handle);
        try {
            BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), 0, end);
            while (scanner.next()) {
                segment.note(
                        scanner.lastOffset(),
                        scanner.position(),
                        scanner.sizeInBytes(),
                        scanner.maxTimestampMs(),
                        input.settings().indexIntervalBytes());
            }
        } finally {
            file.release();
        }
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

    /// Empty segments behind a torn tail go; and a log that ends below its start begins anew there.
    private long dropUseless(List<Segment> segments, int last, long endOffset) throws IOException {
        for (int i = segments.size() - 1; i > last; i--) {
            Files.deleteIfExists(segments.remove(i).handle.path());
        }
        segments.getLast().handle.setWritable(true);
        if (endOffset >= logStartOffset) {
            return endOffset;
        }
        for (Segment below : segments) {
            below.removed = true;
            services.openFiles().evict(below.handle);
            DirectoryContents.deleteIndexes(below.handle.path());
            Files.deleteIfExists(below.handle.path());
        }
        segments.clear();
        segments.add(fresh(logStartOffset));
        return logStartOffset;
    }

    private Recovered finish(MetaJournal meta, List<Segment> segments, long endOffset, long highestSequenceNr) {
        dropMarkers(markers, endOffset, Integer.MAX_VALUE);
        for (Segment segment : segments) {
            services.openFiles().evict(segment.handle);
        }
        Segments log = new Segments(
                directory,
                services.files(),
                services.openFiles(),
                services.indexCache(),
                services.clock(),
                input.settings(),
                segments,
                endOffset,
                Math.min(floor, endOffset),
                newFiles);
        return new Recovered(
                log,
                meta,
                checkpoints,
                highestSequenceNr,
                Math.max(logStartOffset, segments.getFirst().baseOffset),
                List.copyOf(markers));
    }
}
