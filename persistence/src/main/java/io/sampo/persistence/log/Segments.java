package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The segments of one log: appends, rolls, cuts, syncs, takes segments out and puts rewritten ones in.
///
/// Thread rule: whatever changes the list or the active segment runs under `this` (its monitor); readers see the
/// published [#end] and [#list]. [#sync] may run beside appends.
final class Segments {
    private final Path directory;
    private final FileOps files;
    private final OpenFiles openFiles;
    private final IndexCache indexCache;
    final RecentBatches recent = new RecentBatches();

    private volatile LogSettings settings;
    private volatile Segment[] list;
    private volatile LogEnd end;
    private final RollRule rollRule;
    private final GatheringWriter writer;
    private final SegmentSync syncing;
    private final RetiredSegments retired;

    /// @param list not empty, as recovery left it; the last is the active one, its notes complete
    /// @param newFiles some are not in the directory yet, or not for sure
    Segments(
            Path directory,
            FileOps files,
            OpenFiles openFiles,
            IndexCache indexCache,
            InstantSource clock,
            LogSettings settings,
            List<Segment> list,
            long endOffset,
            long durableEndOffset,
            boolean newFiles) {
        this.directory = directory;
        this.files = files;
        this.openFiles = openFiles;
        this.indexCache = indexCache;
        this.settings = settings;
        this.list = list.toArray(Segment[]::new);
        this.end = new LogEnd(endOffset, list.getLast(), list.getLast().size, 0);
        this.rollRule = new RollRule(directory, openFiles, clock);
        this.writer = new GatheringWriter(files, openFiles);
        this.syncing = new SegmentSync(directory, files, openFiles, this, this::end, durableEndOffset);
        this.retired = new RetiredSegments(openFiles, syncing);
        syncing.recovered(list);
        if (newFiles || durableEndOffset < endOffset) {
            syncing.directoryChanged();
        }
    }

    LogEnd end() {
        return end;
    }

    long durableEndOffset() {
        return syncing.durableEndOffset();
    }

    /// Do not change it.
    Segment[] list() {
        return list;
    }

    LogSettings settings() {
        return settings;
    }

    void updateSettings(LogSettings newSettings) {
        settings = newSettings;
    }

    long sizeInBytes() {
        long sum = 0;
        for (Segment segment : list) {
            sum += segment.size;
        }
        return sum;
    }

    /// Writes the batches, in one gathering write per segment. On failure the log is as before.
    ///
    /// @throws LogCutFailedException when it could not be made so
    synchronized void append(List<BatchAppended> batches) throws IOException {
        LogEnd before = end;
        try {
            int from = 0;
            long expected = before.offset();
            while (from < batches.size()) {
                rollIfDue(batches.get(from).header());
                int to = from;
                int bytes = 0;
                Segment active = list[list.length - 1];
                while (to < batches.size()
                        && (to == from
                                || RollRule.fits(
                                        settings, active, bytes, batches.get(to).header()))) {
                    BatchHeader header = batches.get(to).header();
                    Invariant.check(
                            header.baseOffset() >= expected && header.lastOffset() >= header.baseOffset(),
                            "batch [%d, %d] is appended where %d is due",
                            header.baseOffset(),
                            header.lastOffset(),
                            expected);
                    expected = header.nextOffset();
                    bytes += header.sizeInBytes();
                    to++;
                }
                write(active, batches.subList(from, to));
                from = to;
            }
            Segment active = list[list.length - 1];
            end = new LogEnd(expected, active, active.size, before.cuts());
        } catch (IOException | RuntimeException failed) {
            takeBack(before, failed);
            throw failed;
        }
    }

    private void write(Segment active, List<BatchAppended> batches) throws IOException {
        writer.write(active, batches);
        syncing.markDirty(active);
        int interval = settings.indexIntervalBytes();
        for (BatchAppended batch : batches) {
            BatchHeader header = batch.header();
            active.note(header.lastOffset(), active.size, header.sizeInBytes(), header.maxTimestampMs(), interval);
            recent.add(active, header.baseOffset(), active.size, header.nextOffset());
            active.size += header.sizeInBytes();
        }
    }

    private void rollIfDue(BatchHeader header) throws IOException {
        if (rollRule.isDue(settings, list[list.length - 1], header)) {
            rollTo(header.baseOffset());
        }
    }

    /// Raises the log's end without batches: what lies below is gone.
    synchronized void extendTo(long offset) throws IOException {
        LogEnd before = end;
        if (before.offset() < offset) {
            rollTo(offset);
            end = new LogEnd(offset, list[list.length - 1], 0, before.cuts());
        }
    }

    /// The active segment is empty: one with a lower base offset takes its place, and the log ends there.
    synchronized void beginAt(long baseOffset) throws IOException {
        Segment empty = list[list.length - 1];
        Invariant.check(
                empty.size == 0 && (list.length == 1 || list[list.length - 2].baseOffset < baseOffset),
                "a log with batches begins again at %d in %s",
                baseOffset,
                directory);
        recent.clear();
        syncing.limit(baseOffset);
        syncing.truncated(baseOffset);
        Segment fresh = newSegment(baseOffset);
        retired.retire(empty);
        RetiredSegments.delete(empty);
        Segment[] changed = list.clone();
        changed[changed.length - 1] = fresh;
        list = changed;
        end = new LogEnd(baseOffset, fresh, 0, end.cuts() + 1);
    }

    synchronized void roll() throws IOException {
        if (list[list.length - 1].size > 0) {
            LogEnd before = end;
            rollTo(before.offset());
            end = new LogEnd(before.offset(), list[list.length - 1], 0, before.cuts());
        }
    }

    private void rollTo(long baseOffset) throws IOException {
        Segment closed = list[list.length - 1];
        Segment fresh = newSegment(baseOffset);
        closed.indexes.addTime(closed.maxTimestampMs, closed.maxTimestampOffset);
        closed.indexes.spillAndShrink(closed.handle.path());
        Segment[] longer = Arrays.copyOf(list, list.length + 1);
        longer[list.length] = fresh;
        list = longer;
        rollRule.rolled();
    }

    private Segment newSegment(long baseOffset) throws IOException {
        Segment fresh = new Segment(directory, baseOffset, true, new SegmentIndexes(baseOffset, indexCache, 0, 0));
        fresh.timesKnown = true;
        Files.deleteIfExists(fresh.handle.path());
        openFiles.acquire(fresh.handle).release();
        syncing.directoryChanged();
        return fresh;
    }

    private void takeBack(LogEnd before, Exception cause) throws IOException {
        try {
            boolean noted = before.active().size != before.position();
            cut(before.active(), before.position(), before.offset());
            if (noted) {
                noteAgain(before.active());
            }
        } catch (IOException failed) {
            failed.addSuppressed(cause);
            throw new LogCutFailedException(failed);
        }
    }

    /// Takes back what was appended after `before`.
    synchronized void cutBackTo(LogEnd before, Exception cause) throws IOException {
        takeBack(before, cause);
    }

    private void cut(Segment segment, int position, long endOffset) throws IOException {
        recent.clear();
        syncing.limit(endOffset);
        int keep = indexOf(segment) + 1;
        for (int i = keep; i < list.length; i++) {
            retired.retire(list[i]);
            RetiredSegments.delete(list[i]);
        }
        list = Arrays.copyOf(list, keep);
        if (!segment.handle.writable()) {
            segment.handle.setWritable(true);
            openFiles.evict(segment.handle);
        }
        OpenFile file = openFiles.acquire(segment.handle);
        try {
            files.truncate(file.channel, segment.handle.path(), position);
            file.writePosition = -1;
        } finally {
            file.release();
        }
        segment.size = position;
        syncing.markDirty(segment);
        end = new LogEnd(endOffset, segment, position, end.cuts() + 1);
    }

    private int indexOf(Segment segment) {
        return Arrays.asList(list).indexOf(segment);
    }

    /// Builds the indexes of a segment from its batches.
    ///
    /// @return offset after its last batch
    synchronized long noteAgain(Segment segment) throws IOException {
        segment.forgetNotes();
        long next;
        try {
            next = segment.noteBatches(openFiles, segment.size, settings.indexIntervalBytes());
        } catch (CorruptLogException damaged) {
            // What lies in front of it can be found; how young its records are is not known.
            segment.timesKnown = false;
            segment.notesEndAtDamage = true;
            throw damaged;
        }
        segment.notesEndAtDamage = false;
        if (segment != list[list.length - 1]) {
            segment.indexes.addTime(segment.maxTimestampMs, segment.maxTimestampOffset);
            segment.indexes.spillAndShrink(segment.handle.path());
        }
        segment.timesKnown = true;
        return next;
    }

    /// Nobody finds the files through this object any more: another one has them.
    synchronized void retire() {
        for (Segment segment : list) {
            segment.handle.gone();
            retired.retire(segment);
        }
    }

    /// @return durableEndOffset after it
    long sync(SegmentSync.EntrySync parent) throws IOException {
        return syncing.sync(parent);
    }

    /// Takes out the closed segments that end at or below `offset`.
    ///
    /// @return what was taken out; the files are still there under their names
    synchronized List<Segment> takeOutBelow(long offset) {
        int first = 0;
        while (first < list.length - 1 && list[first + 1].baseOffset <= offset) {
            first++;
        }
        List<Segment> taken = List.of(list).subList(0, first);
        list = Arrays.copyOfRange(list, first, list.length);
        taken.forEach(retired::retire);
        return taken;
    }

    /// Puts `fresh` in place of the closed segments in [fresh.baseOffset, endOffset).
    ///
    /// @param swap the file with its content
    /// @return the replaced ones, renamed
    synchronized List<Segment> replace(Segment fresh, long endOffset, Path swap) throws IOException {
        List<Segment> kept = new ArrayList<>();
        List<Segment> replaced = new ArrayList<>();
        for (Segment segment : list) {
            boolean inside = segment.baseOffset >= fresh.baseOffset && segment.baseOffset < endOffset;
            (inside ? replaced : kept).add(segment);
        }
        int at = 0;
        while (at < kept.size() && kept.get(at).baseOffset < fresh.baseOffset) {
            at++;
        }
        kept.add(at, fresh);
        for (Segment old : replaced) {
            retired.retire(old);
            retired.rename(old);
        }
        Files.move(swap, fresh.handle.path(), StandardCopyOption.ATOMIC_MOVE);
        list = kept.toArray(Segment[]::new);
        return replaced;
    }

    /// Writes all index entries out and frees what an idle log need not keep.
    synchronized Summary summarize() {
        List<SegmentSummary> summaries = new ArrayList<>();
        for (Segment segment : list) {
            segment.indexes.spillAndShrink(segment.handle.path());
            if (segment.timesKnown) {
                summaries.add(segment.summary(segment.size));
            }
        }
        return new Summary(end, summaries);
    }

    /// @param end of the log that the summaries describe
    record Summary(LogEnd end, List<SegmentSummary> segments) {}

    /// See [RetiredSegments#rename].
    void renameDeleted(Segment segment) throws IOException {
        retired.rename(segment);
    }
}
