package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/// The segments of one log: appends, rolls, cuts, syncs, takes segments out and puts rewritten ones in.
///
/// Thread rule: whatever changes the list or the active segment runs under `this` (its monitor); readers see the
/// published [#end] and [#list]. [#sync] may run beside appends.
final class Segments {
    private final Path directory;
    private final FileOps files;
    private final OpenFiles openFiles;
    private final IndexCache indexCache;
    private final InstantSource clock;
    final RecentBatches recent = new RecentBatches();

    private volatile LogSettings settings;
    private volatile Segment[] list;
    private volatile LogEnd end;
    private volatile long durableEndOffset;

    private final List<Segment> dirty = new ArrayList<>();
    private boolean directoryChanged;

    /// Smallest log end since the running sync began: the sync must not vouch for more.
    private long syncLimit;

    private final AtomicLong deletions = new AtomicLong();
    private final Object syncMonitor = new Object();
    private long activeSinceMs;
    private ByteBuffer[] gather = new ByteBuffer[8];

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
        this.clock = clock;
        this.settings = settings;
        this.list = list.toArray(Segment[]::new);
        this.end = new LogEnd(endOffset, list.getLast(), list.getLast().size, 0);
        this.durableEndOffset = durableEndOffset;
        this.activeSinceMs = clock.millis();
        if (durableEndOffset < endOffset) {
            // written by an earlier process, and nobody knows whether it was synced: the next sync covers it
            list.stream().filter(segment -> segment.dirty).forEach(dirty::add);
        }
        directoryChanged = newFiles || durableEndOffset < endOffset;
    }

    LogEnd end() {
        return end;
    }

    long durableEndOffset() {
        return durableEndOffset;
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
    /// @throws CutFailedException when it could not be made so
    synchronized void append(List<BatchAppended> batches) throws IOException {
        LogEnd before = end;
        try {
            int from = 0;
            long expected = before.offset();
            while (from < batches.size()) {
                rollIfDue(expected, batches.get(from).header());
                int to = from;
                int bytes = 0;
                Segment active = list[list.length - 1];
                while (to < batches.size()
                        && (to == from || fits(active, bytes, batches.get(to).header()))) {
                    BatchHeader header = batches.get(to).header();
                    Invariant.check(
                            header.baseOffset() == expected && header.lastOffset() >= header.baseOffset(),
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

    private boolean fits(Segment active, int gathered, BatchHeader header) {
        return (long) active.size + gathered + header.sizeInBytes() <= settings.segmentBytes()
                && header.lastOffset() - active.baseOffset <= Integer.MAX_VALUE;
    }

    private void write(Segment active, List<BatchAppended> batches) throws IOException {
        if (gather.length < batches.size()) {
            gather = new ByteBuffer[Math.max(batches.size(), gather.length * 2)];
        }
        int count = 0;
        int expectedBytes = 0;
        for (BatchAppended batch : batches) {
            ByteBuffer bytes = Objects.requireNonNull(batch.bytes(), "bytes of a batch to append")
                    .buffer();
            Invariant.check(
                    bytes.remaining() == batch.header().sizeInBytes(),
                    "a batch of %d bytes comes with %d",
                    batch.header().sizeInBytes(),
                    bytes.remaining());
            expectedBytes += bytes.remaining();
            gather[count++] = bytes;
        }
        OpenFile file = openFiles.acquire(active.handle);
        try {
            if (file.writePosition != active.size) {
                file.channel.position(active.size);
            }
            file.writePosition = -1;
            Writing.writeFully(files, file.channel, active.handle.path(), gather, count);
            file.writePosition = (long) active.size + expectedBytes;
        } finally {
            file.release();
            Arrays.fill(gather, 0, count, null);
        }
        markDirty(active);
        int interval = settings.indexIntervalBytes();
        for (BatchAppended batch : batches) {
            BatchHeader header = batch.header();
            active.note(header.lastOffset(), active.size, header.sizeInBytes(), header.maxTimestampMs(), interval);
            recent.add(active, header.baseOffset(), active.size, header.nextOffset());
            active.size += header.sizeInBytes();
        }
    }

    private void markDirty(Segment segment) {
        if (!segment.dirty) {
            segment.dirty = true;
            dirty.add(segment);
        }
    }

    private void rollIfDue(long nextOffset, BatchHeader header) throws IOException {
        Segment active = list[list.length - 1];
        if (active.size > 0 && (!fits(active, 0, header) || isRollDue(active, header.maxTimestampMs()))) {
            rollTo(nextOffset);
        }
    }

    private boolean isRollDue(Segment active, long batchTimestampMs) throws IOException {
        if (active.firstTimestampMs < 0) {
            readFirstTimestamp(active);
        }
        long limit = settings.segmentMs() - jitterMs(active);
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
    private long jitterMs(Segment active) {
        long range = Math.min(settings.segmentJitterMs(), settings.segmentMs());
        return range <= 0 ? 0 : Math.floorMod(Objects.hash(directory, active.baseOffset) * 0x9E3779B97F4A7C15L, range);
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
        activeSinceMs = clock.millis();
    }

    private Segment newSegment(long baseOffset) throws IOException {
        Segment fresh = new Segment(directory, baseOffset, true, new SegmentIndexes(baseOffset, indexCache, 0, 0));
        fresh.timesKnown = true;
        Files.deleteIfExists(fresh.handle.path());
        openFiles.acquire(fresh.handle).release();
        directoryChanged = true;
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
            throw new CutFailedException(failed);
        }
    }

    /// Takes back what was appended after `before`.
    synchronized void cutBackTo(LogEnd before, Exception cause) throws IOException {
        takeBack(before, cause);
    }

    /// Cuts the log to a place where a batch begins, or to its end. Not synced yet.
    ///
    /// @return the new log end
    synchronized long truncate(Segment segment, int position) throws IOException {
        cut(segment, position, segment.baseOffset);
        long endOffset = noteAgain(segment);
        end = new LogEnd(endOffset, segment, position, end.cuts());
        durableEndOffset = Math.min(durableEndOffset, endOffset);
        return endOffset;
    }

    private void cut(Segment segment, int position, long endOffset) throws IOException {
        recent.clear();
        syncLimit = Math.min(syncLimit, endOffset);
        int keep = indexOf(segment) + 1;
        for (int i = keep; i < list.length; i++) {
            retire(list[i]);
            deleteNow(list[i]);
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
        markDirty(segment);
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
        long next = segment.baseOffset;
        OpenFile file = openFiles.acquire(segment.handle);
        try {
            BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), 0, segment.size);
            while (scanner.next()) {
                segment.note(
                        scanner.lastOffset(),
                        scanner.position(),
                        scanner.sizeInBytes(),
                        scanner.maxTimestampMs(),
                        settings.indexIntervalBytes());
                next = scanner.lastOffset() + 1;
            }
        } finally {
            file.release();
        }
        if (segment != list[list.length - 1]) {
            segment.indexes.addTime(segment.maxTimestampMs, segment.maxTimestampOffset);
            segment.indexes.spillAndShrink(segment.handle.path());
        }
        segment.timesKnown = true;
        return next;
    }

    /// @return durableEndOffset after it
    long sync(EntrySync parent) throws IOException {
        synchronized (syncMonitor) {
            List<Segment> toSync;
            long target;
            boolean entries;
            synchronized (this) {
                target = end.offset();
                if (dirty.isEmpty() && !directoryChanged) {
                    durableEndOffset = Math.max(durableEndOffset, target);
                    return durableEndOffset;
                }
                syncLimit = target;
                toSync = List.copyOf(dirty);
                toSync.forEach(segment -> segment.dirty = false);
                dirty.clear();
                entries = directoryChanged;
                directoryChanged = false;
            }
            for (Segment segment : toSync) {
                force(segment);
            }
            if (entries) {
                DurableFiles.syncDirectory(files, directory);
                parent.sync();
            }
            synchronized (this) {
                durableEndOffset = Math.max(durableEndOffset, Math.min(target, syncLimit));
                return durableEndOffset;
            }
        }
    }

    private void force(Segment segment) throws IOException {
        if (segment.removed) {
            return;
        }
        OpenFile file = openFiles.acquire(segment.handle);
        try {
            files.force(file.channel, segment.handle.path());
        } finally {
            file.release();
        }
        // a channel survives the file's removal: its sync would say yes to bytes that nobody finds again
        if (!segment.removed && Files.notExists(segment.handle.path())) {
            throw new NoSuchFileException(segment.handle.path().toString(), null, "it vanished");
        }
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
        taken.forEach(this::retire);
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
            retire(old);
            renameDeleted(old);
        }
        Files.move(swap, fresh.handle.path(), StandardCopyOption.ATOMIC_MOVE);
        list = kept.toArray(Segment[]::new);
        return replaced;
    }

    private void retire(Segment segment) {
        segment.removed = true;
        segment.dirty = false;
        dirty.remove(segment);
        segment.indexes.forget();
        openFiles.evict(segment.handle);
    }

    private static void deleteNow(Segment segment) throws IOException {
        DirectoryContents.deleteIndexes(segment.handle.path());
        Files.deleteIfExists(segment.handle.path());
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

    /// Renames the file of a segment that was taken out, and drops its indexes: readers that still hold it find its
    /// bytes, nobody else does.
    void renameDeleted(Segment segment) throws IOException {
        Path log = segment.handle.path();
        Path deleted = SegmentFiles.sibling(log, "." + deletions.incrementAndGet() + SegmentFiles.DELETED);
        openFiles.rename(segment.handle, deleted);
        DirectoryContents.deleteIndexes(log);
    }

    /// The log is not what it says, and could not be made so.
    static final class CutFailedException extends IOException {
        private static final long serialVersionUID = 1L;

        CutFailedException(IOException cause) {
            super("a failed append could not be cut off again: " + DataDirectory.describe(cause), cause);
        }
    }

    @FunctionalInterface
    interface EntrySync {
        /// Syncs the entry of the partition's directory in its parent.
        void sync() throws IOException;
    }
}
