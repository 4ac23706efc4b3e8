package io.sampo.persistence.log;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The log of one partition: segments, meta journal and checkpoints in one directory. What it does is in its parts:
/// [EventWriter], [EventHistory], [ClosedSegments], [LogReader], [TimeLookup].
///
/// Thread rule: one thread at a time calls [#append] (the journal); reads and everything else may
/// run on any thread beside it.
///
/// Sequence numbers: each event has one, given by Pekko. Control events carry theirs in the meta journal. Those of
/// batches are not stored: a checkpoint stores (sequenceNr, logEndOffset), and the batches after it are counted
/// ([EventNumbering]).
public final class FilePartitionLog implements PartitionLog {
    private final PartitionId id;
    private final String topic;
    private final LogParts parts;
    private final Segments segments;
    private final ControlState control;
    private final LogHealth health;
    private final LogReader reader;
    private final ReplicationReader replication;
    private final TimeLookup times;
    private final EventWriter writer;
    private final EventHistory history;
    private final ClosedSegments closedSegments;
    private final DamageSuspects suspects;

    FilePartitionLog(
            PartitionId id,
            String topic,
            Path directory,
            StoreServices services,
            SegmentSync.EntrySync parent,
            BiConsumer<PartitionId, String> onOffline,
            DamageSuspects suspects,
            LogRecovery.Recovered recovered) {
        this.id = id;
        this.suspects = suspects;
        this.topic = topic;
        this.segments = recovered.segments();
        this.control = recovered.control();
        this.health = new LogHealth(id, directory, recovered.damage(), onOffline);
        this.reader = new LogReader(segments, services.openFiles());
        this.replication = new ReplicationReader(reader);
        this.times = new TimeLookup(
                segments, reader, services.openFiles(), services.settings().decompression());
        this.parts = new LogParts(
                directory,
                services,
                segments,
                recovered.meta(),
                recovered.checkpoints(),
                reader,
                control,
                health,
                parent,
                new Object(),
                new Object(),
                recovered.damage());
        this.writer = new EventWriter(parts);
        this.history = new EventHistory(parts, writer);
        this.closedSegments = new ClosedSegments(parts, times, history);
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
        return writer.append(firstSequenceNr, events);
    }

    /// True when [#append] of these events would wait for the disk: offsets are missing between batches, and
    /// recovery
    /// must know before.
    public boolean mustNoteGap(List<? extends ReplicaEvent> events) {
        return writer.mustNoteGap(events);
    }

    /// Puts everything that was appended before this call on disk and moves `durableEndOffset`. For the
    /// group-commit thread: appends go on meanwhile.
    ///
    /// @return durableEndOffset
    /// @throws PartitionLogException the sync failed and is never tried again: the log is offline
    public long syncLog() {
        return writer.syncLog();
    }

    /// The same for the meta journal.
    public void syncMeta() {
        writer.syncMeta();
    }

    // ---- recovery and checkpoints: the journal and snapshot plugins

    /// Number of the last event that was appended; 0 for a new log.
    public long highestSequenceNr() {
        return control.highestSequenceNr();
    }

    /// Events with numbers in [fromSequenceNr, toSequenceNr], at most `max` of them, in order; control events
    /// whole, batches as headers without bytes. `fromSequenceNr` is the number after a stored checkpoint's, or 1.
    public void replay(long fromSequenceNr, long toSequenceNr, long max, EventVisitor visitor) {
        history.replay(fromSequenceNr, toSequenceNr, max, visitor);
    }

    /// Newest first.
    public List<StoredCheckpoint> checkpoints() {
        return history.checkpoints();
    }

    /// Syncs the log and the meta journal, stores the checkpoint so that a crash leaves it whole or not at all, and
    /// forgets those beyond `checkpointsKept` and the control events that only they need. Blocking.
    public void writeCheckpoint(StoredCheckpoint checkpoint) {
        history.writeCheckpoint(checkpoint);
    }

    /// @throws PartitionLogException when it is the only one and the meta journal needs it
    public void deleteCheckpoint(long sequenceNr) {
        history.deleteCheckpoint(sequenceNr);
    }

    /// Drops control events with numbers up to `sequenceNr` (inclusive) that all stored checkpoints cover. Batches
    /// are not touched: retention removes those.
    public void trimMetaTo(long sequenceNr) {
        history.trimMetaTo(sequenceNr);
    }

    /// Log end of the newest checkpoint of which everything is committed: segments beyond it are neither removed
    /// nor
    /// rewritten, because recovery counts their batches. 0 when there is none.
    public long checkpointEndOffset() {
        return history.checkpointEndOffset();
    }

    // ---- retention and compaction

    /// All segments, oldest first; the last is the active one.
    public List<SegmentView> segments() {
        return closedSegments.views();
    }

    /// Starts a new active segment, unless the active one is empty.
    public void roll() {
        synchronized (parts.writeLock()) {
            health.checkUsable();
            try {
                segments.roll();
            } catch (IOException failed) {
                throw health.failure("Rolling the log of", failed);
            }
        }
    }

    /// Readers see nothing below `offset` from now on; it never moves back. An appended `LogStartAdvanced` does the
    /// same.
    public void advanceLogStart(long offset) {
        synchronized (parts.writeLock()) {
            control.advanceLogStart(offset, logEndOffset());
        }
    }

    /// Takes out the closed segments wholly below `logStartOffset` and `checkpointEndOffset`; their files go after
    /// `file.delete.delay.ms`.
    ///
    /// @return how many
    public int removeSegmentsBelowLogStart() {
        return closedSegments.removeBelow(Math.min(logStartOffset(), checkpointEndOffset()));
    }

    /// Begins to replace the closed segments from the one with base `fromBaseOffset` up to `endOffset` (exclusive:
    /// an `endOffset` of a [SegmentView], at most `checkpointEndOffset`) by one. At most one rewrite at a time.
    public SegmentRewrite rewrite(long fromBaseOffset, long endOffset) {
        return closedSegments.rewrite(fromBaseOffset, endOffset);
    }

    /// Reads the segment with this base offset whole and checks each batch. Slow; beside everything else.
    ///
    /// @param pace is told of bytes that were read, may wait, and says whether to go on
    /// @return what is damaged, also known to [#damagedRanges()] from then on; null when there is no such segment
    ///     (any more), or the check was stopped
    public @Nullable List<DamagedRange> check(long segmentBaseOffset, IntPredicate pace) {
        return closedSegments.check(segmentBaseOffset, pace);
    }

    /// Base offset of the first closed segment at or above `offset` that holds something from the log start on; -1
    /// when there is none.
    public long closedSegmentFrom(long offset) {
        Segment[] list = segments.list();
        long from = Math.max(offset, list[LogReader.floor(list, logStartOffset())].baseOffset);
        for (int i = LogReader.floor(list, from); i < list.length - 1; i++) {
            if (list[i].baseOffset >= from) {
                return list[i].baseOffset;
            }
        }
        return -1;
    }

    /// What checks have found damaged, from the log start on, in order: it is not read, and everything else is.
    public List<DamagedRange> damagedRanges() {
        long logStart = logStartOffset();
        return reader.damage.all().stream()
                .filter(range -> range.toOffset() > logStart)
                .toList();
    }

    /// Somebody met what looks like damage at this offset: the segment is to be checked soon.
    public void suspectDamage(long offset) {
        Segment[] list = segments.list();
        suspects.add(id, list[LogReader.floor(list, offset)].baseOffset);
    }

    /// Of its files.
    public Path directory() {
        return parts.directory();
    }

    public LogSettings settings() {
        return segments.settings();
    }

    // ---- life

    /// Why the log takes no more appends, if so.
    public Optional<String> offlineReason() {
        return health.offlineReason();
    }

    PartitionLogException goOffline(String reason, @Nullable Throwable cause) {
        return health.goOffline(reason, cause);
    }

    void checkDirectory() {
        health.checkDirectory();
    }

    /// A `TruncateIntent` was written that has not been carried out.
    boolean awaitsTruncation() {
        return control.awaitsTruncation();
    }

    /// No more use: the directory is about to be renamed away.
    void retire() {
        health.close();
        evictFiles();
    }

    /// No more use: another object takes the files over. Waits for changes that are under way; those who read here
    /// get the old bytes, as far as the files are open, or an error.
    void handOver() {
        synchronized (parts.housekeeping()) {
            synchronized (parts.writeLock()) {
                health.close();
                parts.checkpoints().close();
                segments.retire();
                reader.hints.clear();
                parts.meta().retire();
            }
        }
    }

    /// True after [#close]: nothing is written or synced here any more.
    public boolean isClosed() {
        return health.isClosed();
    }

    /// What recovery found damaged, or which sync failed, as long as no `Opened` was written and synced since.
    public Optional<String> damage() {
        return parts.damage().text();
    }

    /// Writes the indexes and syncs; the log is not used afterwards.
    void close() {
        synchronized (parts.writeLock()) {
            if (health.isClosed()) {
                return;
            }
            try {
                if (!health.isOffline()) {
                    segments.summarize();
                    segments.sync(parts.parent());
                    parts.meta().sync();
                }
            } catch (IOException failed) {
                throw health.syncFailed("the log that was closed", failed);
            } finally {
                health.close();
                evictFiles();
            }
        }
    }

    private void evictFiles() {
        for (Segment segment : segments.list()) {
            segment.indexes.forget();
            parts.services().openFiles().evict(segment.handle);
        }
        parts.meta().evict();
    }

    /// Has the segment checked where the failure may be damage.
    ///
    /// @param offset that was read; -1: none in particular
    /// @return to be thrown
    private PartitionLogException readFailed(String what, long offset, IOException failed) {
        if (failed instanceof DamagedBatchException damaged) {
            suspectDamage(damaged.offset());
        } else if (failed instanceof CorruptLogException damaged && damaged.segmentBaseOffset() >= 0) {
            suspectDamage(damaged.segmentBaseOffset());
        } else if (offset >= 0) {
            suspectDamage(offset);
        }
        return health.failure(what, failed);
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
        return control.logStartOffset();
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
            throw readFailed("Reading at offset " + startOffset + " from", startOffset, failed);
        }
    }

    @Override
    public List<BatchAppended> readBatches(long startOffset, long upperOffset, int maxBytes) {
        try {
            return replication.read(startOffset, upperOffset, maxBytes);
        } catch (IOException failed) {
            throw readFailed("Reading for a follower at offset " + startOffset + " from", startOffset, failed);
        }
    }

    @Override
    public Optional<TimestampedOffset> offsetForTimestamp(long timestampMs, long upperOffset) {
        try {
            return times.first(timestampMs, logStartOffset(), upperOffset);
        } catch (IOException failed) {
            throw readFailed("Looking up a timestamp in", -1, failed);
        }
    }

    @Override
    public Optional<TimestampedOffset> maxTimestamp(long upperOffset) {
        try {
            return times.largest(logStartOffset(), upperOffset);
        } catch (IOException failed) {
            throw readFailed("Looking up the largest timestamp in", -1, failed);
        }
    }

    @Override
    public void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor) {
        try {
            reader.forEachBatch(startOffset, upperOffset, visitor);
        } catch (IOException failed) {
            throw readFailed("Reading from offset " + startOffset + " from", startOffset, failed);
        }
    }

    @Override
    public List<EpochStart> epochStarts() {
        return control.epochStarts();
    }

    @Override
    public void updateSettings(LogSettings settings) {
        segments.updateSettings(settings);
    }
}
