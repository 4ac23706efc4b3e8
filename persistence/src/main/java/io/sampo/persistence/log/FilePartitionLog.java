package io.sampo.persistence.log;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent;
import java.util.List;
import java.util.Optional;

/// The log of one partition.
///
/// Thread rule: one thread at a time calls [#append] and [#truncateTo] (the journal); reads and everything else may
/// run
/// on any thread beside it.
///
/// Sequence numbers: each event has one, given by Pekko. Control events carry theirs in the meta journal. Those of
/// batches are not stored: a checkpoint stores (sequenceNr, logEndOffset), and the batches after it are counted.
public final class FilePartitionLog implements PartitionLog {

    // ---- write side: the journal plugin only

    /// Appends batches to the log (one gathering write per segment) and control events to the meta journal, in
    /// order.
    /// Returns when all is written, not when it is synced. A `LogStartAdvanced` among them takes effect, an
    /// `EpochStarted` syncs the log first (rule F1).
    ///
    /// @param firstSequenceNr Pekko's number of the first event; the others follow it without gaps
    /// @param events `BatchAppended` must carry bytes
    /// @throws PartitionLogException nothing of this call was appended: what had been written is cut off again, or,
    ///     where that fails too, the log is offline ([#offlineReason])
    public Appended append(long firstSequenceNr, List<? extends ReplicaEvent> events) {
        throw new UnsupportedOperationException();
    }

    /// Puts everything that was appended before this call on disk and moves `durableEndOffset`. For the
    /// group-commit
    /// thread: appends go on meanwhile.
    ///
    /// @return durableEndOffset
    /// @throws PartitionLogException the sync failed and is never tried again: the log is offline
    public long syncLog() {
        throw new UnsupportedOperationException();
    }

    /// The same for the meta journal.
    public void syncMeta() {
        throw new UnsupportedOperationException();
    }

    /// Cuts the log to `toOffset` (exclusive end) and drops the markers of epochs above `keepMarkersUpToEpoch` or
    /// beyond
    /// `toOffset`. The `TruncateIntent` must have been appended and synced. The replica has to recover again
    /// afterwards,
    /// for its sequence number.
    public void truncateTo(long toOffset, int keepMarkersUpToEpoch) {
        throw new UnsupportedOperationException();
    }

    // ---- recovery and checkpoints: the journal and snapshot plugins

    /// Number of the last event that was appended; 0 for a new log.
    public long highestSequenceNr() {
        throw new UnsupportedOperationException();
    }

    /// Events with numbers in [fromSequenceNr, toSequenceNr], at most `max` of them, in order; control events
    /// whole,
    /// batches as headers without bytes. `fromSequenceNr` is the number after a stored checkpoint's, or 1.
    public void replay(long fromSequenceNr, long toSequenceNr, long max, EventVisitor visitor) {
        throw new UnsupportedOperationException();
    }

    /// Newest first.
    public List<StoredCheckpoint> checkpoints() {
        throw new UnsupportedOperationException();
    }

    /// Syncs the log up to the checkpoint's `logEndOffset`, stores the checkpoint so that a crash leaves it whole
    /// or not
    /// at all, and forgets those beyond `checkpointsKept` and the control events that only they need.
    public void writeCheckpoint(StoredCheckpoint checkpoint) {
        throw new UnsupportedOperationException();
    }

    public void deleteCheckpoint(long sequenceNr) {
        throw new UnsupportedOperationException();
    }

    /// Drops control events with numbers up to `sequenceNr` (inclusive) that a stored checkpoint covers. Batches
    /// are not
    /// touched: retention removes those.
    public void trimMetaTo(long sequenceNr) {
        throw new UnsupportedOperationException();
    }

    // ---- retention and compaction

    /// All segments, oldest first; the last is the active one.
    public List<SegmentView> segments() {
        throw new UnsupportedOperationException();
    }

    /// Log end of the newest checkpoint: segments beyond it are neither removed nor rewritten, because recovery
    /// counts
    /// their batches. 0 when there is none.
    public long checkpointEndOffset() {
        throw new UnsupportedOperationException();
    }

    /// Starts a new active segment, unless the active one is empty.
    public void roll() {
        throw new UnsupportedOperationException();
    }

    /// Readers see nothing below `offset` from now on. Called by [#append] for `LogStartAdvanced`.
    public void advanceLogStart(long offset) {
        throw new UnsupportedOperationException();
    }

    /// Takes out the closed segments wholly below `logStartOffset` and `checkpointEndOffset`; their files go after
    /// `file.delete.delay.ms`.
    ///
    /// @return how many
    public int removeSegmentsBelowLogStart() {
        throw new UnsupportedOperationException();
    }

    /// Begins to replace the closed segments from the one with base `fromBaseOffset` up to `endOffset` (exclusive:
    /// an
    /// `endOffset` of a [SegmentView], at most `checkpointEndOffset`) by one. At most one rewrite at a time.
    public SegmentRewrite rewrite(long fromBaseOffset, long endOffset) {
        throw new UnsupportedOperationException();
    }

    /// The new content of some closed segments; nothing is visible before [#commit]. One thread.
    public interface SegmentRewrite extends AutoCloseable {
        /// Batches in offset order, final.
        void append(org.apache.kafka.common.record.internal.MemoryRecords batches);

        /// Bytes so far.
        int sizeInBytes();

        /// Syncs and puts the new segment in place of the old ones. A crash leaves either.
        void commit();

        /// Drops the new content unless it was committed.
        @Override
        void close();
    }

    public LogSettings settings() {
        throw new UnsupportedOperationException();
    }

    /// Why the log takes no more appends, if so.
    public Optional<String> offlineReason() {
        throw new UnsupportedOperationException();
    }

    @FunctionalInterface
    public interface EventVisitor {
        void visit(long sequenceNr, ReplicaEvent event);
    }

    // ---- port

    @Override
    public PartitionId id() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String topic() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long logStartOffset() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long logEndOffset() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long durableEndOffset() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long sizeInBytes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Slice read(long startOffset, long upperOffset, int maxBytes, boolean atLeastOneBatch) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<TimestampedOffset> offsetForTimestamp(long timestampMs, long upperOffset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<TimestampedOffset> maxTimestamp(long upperOffset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<EpochStart> epochStarts() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void updateSettings(LogSettings settings) {
        throw new UnsupportedOperationException();
    }
}
