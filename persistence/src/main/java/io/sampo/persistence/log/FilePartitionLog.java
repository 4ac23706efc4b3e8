package io.sampo.persistence.log;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.HighWatermarkHint;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log of one partition: segments, meta journal and checkpoints in one directory.
///
/// Thread rule: one thread at a time calls [#append] and [#truncateTo] (the journal); reads and everything else may
/// run on any thread beside it.
///
/// Sequence numbers: each event has one, given by Pekko. Control events carry theirs in the meta journal. Those of
/// batches are not stored: a checkpoint stores (sequenceNr, logEndOffset), and the batches after it are counted
/// ([EventNumbering]).
public final class FilePartitionLog implements PartitionLog {
    private static final Logger LOG = LoggerFactory.getLogger(FilePartitionLog.class);
    private static final int META_BYTES_WORTH_TRIMMING = 16 * 1024;

    private final PartitionId id;
    private final String topic;
    private final Path directory;
    private final StoreServices services;
    private final Segments.EntrySync parent;
    private final BiConsumer<PartitionId, String> onOffline;
    private final Segments segments;
    private final MetaJournal meta;
    private final Checkpoints checkpoints;
    private final LogReader reader;
    private final TimeLookup times;

    private volatile long highestSequenceNr;
    private volatile long logStartOffset;
    private volatile List<EpochStart> epochStarts;
    private volatile @Nullable String offline;
    private volatile boolean closed;

    /// Held while the meta journal or the segments change by more than one step.
    private final Object writeLock = new Object();

    private boolean rewriting;

    FilePartitionLog(
            PartitionId id,
            String topic,
            Path directory,
            StoreServices services,
            Segments.EntrySync parent,
            BiConsumer<PartitionId, String> onOffline,
            LogRecovery.Recovered recovered) {
        this.id = id;
        this.topic = topic;
        this.directory = directory;
        this.services = services;
        this.parent = parent;
        this.onOffline = onOffline;
        this.segments = recovered.segments();
        this.meta = recovered.meta();
        this.checkpoints = recovered.checkpoints();
        this.reader = new LogReader(segments, services.openFiles());
        this.times = new TimeLookup(segments, reader, services.openFiles());
        this.highestSequenceNr = recovered.highestSequenceNr();
        this.logStartOffset = recovered.logStartOffset();
        this.epochStarts = recovered.epochStarts();
    }

    // ---- write side: the journal plugin only

    /// Appends batches to the log (one gathering write per segment) and control events to the meta journal, in
    /// order. Returns when all is written, not when it is synced. A `LogStartAdvanced` among them takes effect, an
    /// `EpochStarted` syncs the log first (rule F1).
    ///
    /// @param firstSequenceNr Pekko's number of the first event; the others follow it without gaps
    /// @param events `BatchAppended` must carry bytes
    /// @throws PartitionLogException nothing of this call was appended: what had been written is cut off again, or,
    ///     where that fails too, the log is offline ([#offlineReason])
    public Appended append(long firstSequenceNr, List<? extends ReplicaEvent> events) {
        synchronized (writeLock) {
            checkUsable();
            Invariant.check(
                    firstSequenceNr == highestSequenceNr + 1,
                    "event %d is appended after %d",
                    firstSequenceNr,
                    highestSequenceNr);
            LogEnd before = segments.end();
            int metaSize = meta.size();
            long metaNr = meta.lastMetaNr();
            try {
                boolean mustSync = write(firstSequenceNr, events);
                highestSequenceNr = firstSequenceNr + events.size() - 1;
                takeEffect(events);
                LogEnd after = segments.end();
                return new Appended(after.offset(), after.offset() > before.offset(), mustSync);
            } catch (IOException | RuntimeException failed) {
                takeBack(before, metaSize, metaNr, failed);
                if (failed instanceof IOException) {
                    throw new PartitionLogException(
                            "Appending to " + directory + " failed: " + DataDirectory.describe(failed), failed);
                }
                throw (RuntimeException) failed;
            }
        }
    }

    /// @return whether the meta journal must be synced
    private boolean write(long firstSequenceNr, List<? extends ReplicaEvent> events) throws IOException {
        boolean mustSync = false;
        List<BatchAppended> batches = new ArrayList<>(events.size());
        for (int i = 0; i < events.size(); i++) {
            ReplicaEvent event = events.get(i);
            if (event instanceof BatchAppended batch) {
                batches.add(batch);
                continue;
            }
            flush(batches);
            if (event instanceof EpochStarted started && started.startOffset() > segments.durableEndOffset()) {
                segments.sync(parent);
            }
            meta.append(firstSequenceNr + i, segments.end().offset(), event);
            mustSync |= !(event instanceof HighWatermarkHint);
        }
        flush(batches);
        return mustSync;
    }

    private void flush(List<BatchAppended> batches) throws IOException {
        if (!batches.isEmpty()) {
            segments.append(batches);
            batches.clear();
        }
    }

    private void takeEffect(List<? extends ReplicaEvent> events) {
        for (ReplicaEvent event : events) {
            if (event instanceof LogStartAdvanced advanced) {
                advanceLogStart(advanced.logStartOffset());
            } else if (event instanceof EpochStarted started) {
                List<EpochStart> longer = new ArrayList<>(epochStarts);
                longer.add(new EpochStart(started.leaderEpoch(), started.startOffset()));
                epochStarts = List.copyOf(longer);
            }
        }
    }

    private void takeBack(LogEnd before, int metaSize, long metaNr, Exception cause) {
        try {
            if (cause instanceof Segments.CutFailedException cutFailed) {
                throw cutFailed;
            }
            if (segments.end().offset() != before.offset()) {
                segments.cutBackTo(before, cause);
            }
            if (meta.size() != metaSize || meta.isHalfWritten()) {
                meta.cutTo(metaSize, metaNr);
            }
        } catch (IOException failed) {
            goOffline("an append failed and could not be taken back: " + DataDirectory.describe(failed), failed);
        }
    }

    /// Puts everything that was appended before this call on disk and moves `durableEndOffset`. For the
    /// group-commit thread: appends go on meanwhile.
    ///
    /// @return durableEndOffset
    /// @throws PartitionLogException the sync failed and is never tried again: the log is offline
    public long syncLog() {
        checkUsable();
        try {
            return segments.sync(parent);
        } catch (IOException failed) {
            throw goOffline("a sync of the log failed: " + DataDirectory.describe(failed), failed);
        }
    }

    /// The same for the meta journal.
    public void syncMeta() {
        checkUsable();
        try {
            if (meta.sync()) {
                DurableFiles.syncDirectory(services.files(), directory);
                parent.sync();
            }
        } catch (IOException failed) {
            throw goOffline("a sync of the meta journal failed: " + DataDirectory.describe(failed), failed);
        }
    }

    /// Cuts the log to `toOffset` (exclusive end) and drops the markers of epochs above `keepMarkersUpToEpoch` or
    /// beyond `toOffset`. The `TruncateIntent` must have been appended and synced. The replica has to recover again
    /// afterwards, for its sequence number. Blocking: the cut is synced.
    public void truncateTo(long toOffset, int keepMarkersUpToEpoch) {
        synchronized (writeLock) {
            checkUsable();
            Invariant.check(
                    toOffset >= logStartOffset, "truncation to %d below the log start %d", toOffset, logStartOffset);
            try {
                checkpoints.rewind(toOffset, segments.list()[0].baseOffset);
                Location from = reader.locate(toOffset, segments.end());
                if (from != null) {
                    segments.truncate(from.segment(), from.position());
                }
                reader.hints.clear();
                segments.sync(parent);
                meta.append(0, segments.end().offset(), null);
                meta.sync();
                highestSequenceNr = Math.max(highestSequenceNr, lastNumber());
            } catch (IOException failed) {
                throw goOffline("a truncation failed: " + DataDirectory.describe(failed), failed);
            }
            List<EpochStart> kept = new ArrayList<>(epochStarts);
            LogRecovery.dropMarkers(kept, toOffset, keepMarkersUpToEpoch);
            epochStarts = List.copyOf(kept);
        }
    }

    // ---- recovery and checkpoints: the journal and snapshot plugins

    /// Number of the last event that was appended; 0 for a new log.
    public long highestSequenceNr() {
        return highestSequenceNr;
    }

    /// Events with numbers in [fromSequenceNr, toSequenceNr], at most `max` of them, in order; control events
    /// whole, batches as headers without bytes. `fromSequenceNr` is the number after a stored checkpoint's, or 1.
    public void replay(long fromSequenceNr, long toSequenceNr, long max, EventVisitor visitor) {
        if (max <= 0 || fromSequenceNr > toSequenceNr) {
            return;
        }
        checkUsable();
        try {
            new Replay(segments, reader, services.openFiles())
                    .run(checkpoints.before(fromSequenceNr), readMeta(), fromSequenceNr, toSequenceNr, max, visitor);
        } catch (IOException failed) {
            throw failure("Replaying the events of", failed);
        }
    }

    private long lastNumber() throws IOException {
        return new Replay(segments, reader, services.openFiles())
                .run(checkpoints.newest(), meta.read(), 0, Long.MAX_VALUE, Long.MAX_VALUE, (_, _) -> {});
    }

    private List<MetaRecord> readMeta() throws IOException {
        synchronized (writeLock) {
            return meta.read();
        }
    }

    /// Newest first.
    public List<StoredCheckpoint> checkpoints() {
        try {
            return checkpoints.readAll();
        } catch (IOException failed) {
            throw failure("Reading a checkpoint of", failed);
        }
    }

    /// Syncs the log and the meta journal, stores the checkpoint so that a crash leaves it whole or not at all, and
    /// forgets those beyond `checkpointsKept` and the control events that only they need. Blocking.
    public void writeCheckpoint(StoredCheckpoint checkpoint) {
        checkUsable();
        long logEndOffset = checkpoint.checkpoint().logEndOffset();
        Invariant.check(
                logEndOffset <= logEndOffset() && checkpoint.sequenceNr() <= highestSequenceNr,
                "checkpoint of event %d at offset %d, and the log has event %d at offset %d",
                checkpoint.sequenceNr(),
                logEndOffset,
                highestSequenceNr,
                logEndOffset());
        try {
            Segments.Summary summary = segments.summarize();
            long metaNr = meta.lastMetaNr();
            syncLog();
            syncMeta();
            LogEnd end = summary.end();
            Location place = logEndOffset == end.offset()
                    ? new Location(end.active(), end.position(), end.offset())
                    : reader.locate(logEndOffset, end);
            Segment at = place == null ? end.active() : place.segment();
            checkpoints.write(
                    new CheckpointFile(
                            checkpoint,
                            end.offset(),
                            at.baseOffset,
                            place == null ? end.position() : place.position(),
                            metaNr,
                            summary.segments()),
                    services.settings().checkpointsKept());
            trimMeta();
        } catch (IOException failed) {
            throw failure("Writing a checkpoint of", failed);
        }
    }

    private void trimMeta() throws IOException {
        Checkpoints.Place oldest = checkpoints.oldest();
        int wanted = Math.min(2, services.settings().checkpointsKept());
        if (oldest != null && checkpoints.places().size() >= wanted && meta.size() > META_BYTES_WORTH_TRIMMING) {
            trimMetaTo(oldest.sequenceNr());
        }
    }

    /// @throws PartitionLogException when it is the only one and the meta journal needs it
    public void deleteCheckpoint(long sequenceNr) {
        try {
            List<Checkpoints.Place> places = checkpoints.places();
            List<MetaRecord> records = readMeta();
            boolean needed = places.size() == 1
                    && !records.isEmpty()
                    && records.getFirst().metaNr() > 1;
            if (needed && places.getFirst().sequenceNr() == sequenceNr) {
                throw new PartitionLogException("The only checkpoint of " + directory
                        + " cannot be deleted: it stands for control events that were dropped");
            }
            checkpoints.delete(sequenceNr);
        } catch (IOException failed) {
            throw failure("Deleting a checkpoint of", failed);
        }
    }

    /// Drops control events with numbers up to `sequenceNr` (inclusive) that all stored checkpoints cover. Batches
    /// are not touched: retention removes those.
    public void trimMetaTo(long sequenceNr) {
        synchronized (writeLock) {
            checkUsable();
            Checkpoints.Place oldest = checkpoints.oldest();
            if (oldest == null) {
                return;
            }
            try {
                meta.trimTo(Math.min(sequenceNr, oldest.sequenceNr()));
            } catch (IOException failed) {
                throw goOffline("trimming the meta journal failed: " + DataDirectory.describe(failed), failed);
            }
        }
    }

    // ---- retention and compaction

    /// All segments, oldest first; the last is the active one.
    public List<SegmentView> segments() {
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
            throw failure("Looking at the segments of", failed);
        }
        return views;
    }

    /// Log end of the newest checkpoint: segments beyond it are neither removed nor rewritten, because recovery
    /// counts their batches. 0 when there is none.
    public long checkpointEndOffset() {
        Checkpoints.Place newest = checkpoints.newest();
        return newest == null ? 0 : newest.logEndOffset();
    }

    /// Starts a new active segment, unless the active one is empty.
    public void roll() {
        synchronized (writeLock) {
            checkUsable();
            try {
                segments.roll();
            } catch (IOException failed) {
                throw failure("Rolling the log of", failed);
            }
        }
    }

    /// Readers see nothing below `offset` from now on; it never moves back. Called by [#append] for
    /// `LogStartAdvanced`.
    public void advanceLogStart(long offset) {
        synchronized (writeLock) {
            Invariant.check(offset <= logEndOffset(), "log start %d beyond the log end %d", offset, logEndOffset());
            logStartOffset = Math.max(logStartOffset, offset);
        }
    }

    /// Takes out the closed segments wholly below `logStartOffset` and `checkpointEndOffset`; their files go after
    /// `file.delete.delay.ms`.
    ///
    /// @return how many
    public int removeSegmentsBelowLogStart() {
        checkUsable();
        List<Segment> removed = segments.takeOutBelow(Math.min(logStartOffset, checkpointEndOffset()));
        try {
            for (Segment segment : removed) {
                segments.renameDeleted(segment);
            }
        } catch (IOException failed) {
            throw failure("Removing old segments of", failed);
        }
        deleteLater(removed);
        return removed.size();
    }

    private void deleteLater(List<Segment> removed) {
        if (removed.isEmpty()) {
            return;
        }
        var _ = services.background()
                .schedule(
                        () -> {
                            for (Segment segment : removed) {
                                services.openFiles().evict(segment.handle);
                                Deletion.quietly(segment.handle.path());
                            }
                        },
                        settings().fileDeleteDelayMs(),
                        TimeUnit.MILLISECONDS);
    }

    /// Begins to replace the closed segments from the one with base `fromBaseOffset` up to `endOffset` (exclusive:
    /// an `endOffset` of a [SegmentView], at most `checkpointEndOffset`) by one. At most one rewrite at a time.
    public SegmentRewrite rewrite(long fromBaseOffset, long endOffset) {
        synchronized (writeLock) {
            checkUsable();
            Segment[] list = segments.list();
            Invariant.check(!rewriting, "two rewrites of %s at a time", id);
            Invariant.check(
                    endOffset <= checkpointEndOffset() && endOffset <= list[list.length - 1].baseOffset,
                    "rewrite of [%d, %d) beyond the checkpoint or into the active segment",
                    fromBaseOffset,
                    endOffset);
            try {
                SegmentRewrite rewrite = new CompactedSegment(
                        directory, services.files(), fromBaseOffset, endOffset, this::exchange, this::rewriteEnded);
                rewriting = true;
                return rewrite;
            } catch (IOException failed) {
                throw failure("Rewriting segments of", failed);
            }
        }
    }

    private void rewriteEnded() {
        synchronized (writeLock) {
            rewriting = false;
        }
    }

    private void exchange(long baseOffset, long endOffset, Path swap) throws IOException {
        Segment fresh = services.newSegment(directory, baseOffset, false);
        fresh.size = (int) Files.size(swap);
        List<Segment> replaced = segments.replace(fresh, endOffset, swap);
        segments.noteAgain(fresh);
        deleteLater(replaced);
    }

    /// The new content of some closed segments; nothing is visible before [#commit]. One thread.
    public interface SegmentRewrite extends AutoCloseable {
        /// Batches in offset order, final.
        void append(MemoryRecords batches);

        /// Bytes so far.
        int sizeInBytes();

        /// Syncs and puts the new segment in place of the old ones. A crash leaves either.
        void commit();

        /// Drops the new content unless it was committed.
        @Override
        void close();
    }

    /// Reads closed segments whole and checks each batch. Slow; beside everything else.
    ///
    /// @return what is damaged: file, position, reason
    public List<String> scrubClosedSegments() {
        List<String> damaged = new ArrayList<>();
        Segment[] list = segments.list();
        for (int i = 0; i < list.length - 1; i++) {
            try {
                OpenFile file = services.openFiles().acquire(list[i].handle);
                try {
                    TailScan.scrub(
                            file.channel,
                            list[i].handle.path(),
                            list[i].size,
                            found -> damaged.add(found.getMessage()));
                } finally {
                    file.release();
                }
            } catch (IOException failed) {
                damaged.add(DataDirectory.describe(failed));
            }
        }
        return damaged;
    }

    public LogSettings settings() {
        return segments.settings();
    }

    /// Why the log takes no more appends, if so.
    public Optional<String> offlineReason() {
        return Optional.ofNullable(offline);
    }

    // ---- life

    @FunctionalInterface
    public interface EventVisitor {
        void visit(long sequenceNr, ReplicaEvent event);
    }

    private void checkUsable() {
        String reason = offline;
        if (reason != null) {
            throw new PartitionLogException("The log in " + directory + " is offline: " + reason);
        }
        if (closed) {
            throw new PartitionLogException("The log in " + directory + " is closed");
        }
    }

    PartitionLogException goOffline(String reason, @Nullable Throwable cause) {
        if (offline == null) {
            offline = reason;
            LOG.error("Partition {} ({}) goes offline: {}", id, directory, reason, cause);
            onOffline.accept(id, reason);
        }
        String message = "The log in " + directory + " is offline: " + reason;
        return cause == null ? new PartitionLogException(message) : new PartitionLogException(message, cause);
    }

    private PartitionLogException failure(String what, IOException cause) {
        return new PartitionLogException(what + " " + directory + " failed: " + DataDirectory.describe(cause), cause);
    }

    /// A directory that somebody removed takes its partition offline: channels that are open would go on without
    /// it.
    void checkDirectory() {
        if (offline == null && !closed && Files.notExists(directory)) {
            goOffline(directory + " vanished", null);
        }
    }

    /// No more use: the directory is about to be renamed away.
    void retire() {
        closed = true;
        evictFiles();
    }

    /// Writes the indexes and syncs; the log is not used afterwards.
    void close() {
        synchronized (writeLock) {
            if (closed) {
                return;
            }
            try {
                if (offline == null) {
                    segments.summarize();
                    segments.sync(parent);
                    meta.sync();
                }
            } catch (IOException failed) {
                throw goOffline("closing failed: " + DataDirectory.describe(failed), failed);
            } finally {
                closed = true;
                evictFiles();
            }
        }
    }

    private void evictFiles() {
        for (Segment segment : segments.list()) {
            segment.indexes.forget();
            services.openFiles().evict(segment.handle);
        }
        meta.evict();
    }

    // ---- port

    @Override
    public PartitionId id() {
        return id;
    }

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public long logStartOffset() {
        return logStartOffset;
    }

    @Override
    public long logEndOffset() {
        return segments.end().offset();
    }

    @Override
    public long durableEndOffset() {
        return segments.durableEndOffset();
    }

    @Override
    public long sizeInBytes() {
        return segments.sizeInBytes();
    }

    @Override
    public Slice read(long startOffset, long upperOffset, int maxBytes, boolean atLeastOneBatch) {
        try {
            return reader.read(startOffset, upperOffset, maxBytes, atLeastOneBatch);
        } catch (IOException failed) {
            throw failure("Reading at offset " + startOffset + " from", failed);
        }
    }

    @Override
    public Optional<TimestampedOffset> offsetForTimestamp(long timestampMs, long upperOffset) {
        try {
            return times.first(timestampMs, logStartOffset, upperOffset);
        } catch (IOException failed) {
            throw failure("Looking up a timestamp in", failed);
        }
    }

    @Override
    public Optional<TimestampedOffset> maxTimestamp(long upperOffset) {
        try {
            return times.largest(logStartOffset, upperOffset);
        } catch (IOException failed) {
            throw failure("Looking up the largest timestamp in", failed);
        }
    }

    @Override
    public void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor) {
        try {
            reader.forEachBatch(startOffset, upperOffset, visitor);
        } catch (IOException failed) {
            throw failure("Reading from offset " + startOffset + " from", failed);
        }
    }

    @Override
    public List<EpochStart> epochStarts() {
        return epochStarts;
    }

    @Override
    public void updateSettings(LogSettings settings) {
        segments.updateSettings(settings);
    }
}
