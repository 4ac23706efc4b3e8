package io.sampo.core.simulation;

import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.CleanClose;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.HighWatermarkHint;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The directory of one replica: a log of batches, a meta journal and checkpoints, each with a part that is synced
/// and a part that is only in the page cache. It keeps the contract of the persistence module: order of events,
/// what is synced before what, unfinished truncations, checkpoint and tail in recovery.
final class SimulatedDisk {

    /// @param logEndOffset of the log when the event was written: where it stands between the batches
    private record MetaRecord(ReplicaEvent event, long logEndOffset) {}

    /// @param metaCount events of the meta journal that it covers
    private record StoredCheckpoint(Checkpoint checkpoint, int metaCount) {}

    private final List<MetaRecord> meta = new ArrayList<>();
    private final List<StoredBatch> log = new ArrayList<>();
    private final List<StoredCheckpoint> checkpoints = new ArrayList<>();
    private int syncedMeta;
    private int syncedBatches;

    /// An end of log that needs no batches: after a reset or where the log start lies beyond them.
    private long emptyLogOffset;

    /// Events or batches below the first checkpoint are gone: recovery needs it.
    private boolean firstCheckpointIsBase;

    private @Nullable String damage;

    DiskImage image = new DiskImage();

    boolean isBlank() {
        return meta.isEmpty() && checkpoints.isEmpty();
    }

    List<StoredBatch> log() {
        return log;
    }

    long logEndOffset() {
        return log.isEmpty()
                ? emptyLogOffset
                : Math.max(emptyLogOffset, log.getLast().nextOffset());
    }

    /// Exclusive end of the synced part of the log.
    long syncedEndOffset() {
        return syncedBatches == log.size()
                ? logEndOffset()
                : syncedBatches == 0
                        ? log.getFirst().baseOffset()
                        : log.get(syncedBatches - 1).nextOffset();
    }

    // ---- writing ---------------------------------------------------------------------------------------------

    /// Puts an event into the page cache.
    ///
    /// @param syncsBeforeAcknowledge durable mode
    /// @param syncsLogBeforeMarkers rule F1
    void write(ReplicaEvent event, boolean syncsLogBeforeMarkers, boolean syncsBeforeAcknowledge) {
        if (event instanceof BatchAppended batch) {
            if (isEmptyFromLogStart()) {
                // The log start may lie inside of the first batch.
                emptyLogOffset = Math.min(emptyLogOffset, batch.header().baseOffset());
            }
            log.add(StoredBatch.of(batch));
        } else {
            boolean marker = event instanceof EpochStarted && syncsLogBeforeMarkers;
            if (marker || event instanceof CleanClose || (event instanceof Opened && syncsBeforeAcknowledge)) {
                // Opened: what a killed process left in the page cache counts as durable from now on.
                syncLog();
            }
            if (event instanceof Opened) {
                emptyLogOffset = Math.max(emptyLogOffset, image.logStartOffset);
            }
            meta.add(new MetaRecord(event, logEndOffset()));
        }
        image.apply(event);
    }

    /// Nothing is there from the log start on.
    boolean isEmptyFromLogStart() {
        return logEndOffset() == image.logStartOffset
                && (log.isEmpty() || log.getLast().nextOffset() < image.logStartOffset);
    }

    void syncLog() {
        syncedBatches = log.size();
    }

    void syncMeta() {
        syncedMeta = meta.size();
    }

    /// @return whether there was anything that has to be synced before the events count as persisted
    boolean sync(List<ReplicaEvent> events, boolean syncsBatches) {
        boolean metaSync = false;
        boolean logSync = false;
        for (ReplicaEvent event : events) {
            boolean batch = event instanceof BatchAppended;
            metaSync |= !batch && !(event instanceof HighWatermarkHint);
            logSync |= batch && syncsBatches;
        }
        if (metaSync) {
            syncMeta();
        }
        if (logSync) {
            syncLog();
        }
        return metaSync || logSync;
    }

    /// Checkpoints stand on a synced log.
    void store(Checkpoint checkpoint) {
        syncLog();
        syncMeta();
        checkpoints.add(new StoredCheckpoint(checkpoint, meta.size()));
        if (checkpoints.size() > 3) {
            checkpoints.remove(1);
        }
    }

    /// Retention's work: batches below the log start go, as far as the oldest checkpoint covers them.
    ///
    /// @param committedOffset checkpoints beyond it may have to go in a truncation, so they do not count
    void deleteOldBatches(long committedOffset) {
        while (checkpoints.size() > 1 && checkpoints.get(1).checkpoint().logEndOffset() <= committedOffset) {
            checkpoints.removeFirst();
        }
        if (checkpoints.isEmpty() || checkpoints.getFirst().checkpoint().logEndOffset() > committedOffset) {
            return;
        }
        long below = Math.min(
                image.logStartOffset, checkpoints.getFirst().checkpoint().logEndOffset());
        int count = 0;
        while (count < syncedBatches && log.get(count).nextOffset() <= below) {
            count++;
        }
        if (count > 0) {
            emptyLogOffset = Math.max(emptyLogOffset, log.get(count - 1).nextOffset());
            log.subList(0, count).clear();
            firstCheckpointIsBase = true;
            syncedBatches -= count;
        }
    }

    /// Cuts the files as the intent says; it has been written and synced.
    void truncate(TruncateIntent intent) {
        if (intent.toOffset() < baseOffset() && ForcedConfig.isOfLaterEra(intent.byLeaderEpoch(), image.lastEpoch())) {
            rewindTo(intent.toOffset());
        }
        cut(intent.toOffset());
        rebuildImage();
    }

    private void cut(long toOffset) {
        while (!log.isEmpty() && log.getLast().nextOffset() > toOffset) {
            log.removeLast();
        }
        emptyLogOffset = Math.min(emptyLogOffset, toOffset);
        syncedBatches = Math.min(syncedBatches, log.size());
        Violation.check(
                toOffset >= baseOffset(),
                "9 no truncation of committed records",
                "cut to %d below %d",
                toOffset,
                baseOffset());
        checkpoints.removeIf(stored -> stored.checkpoint().logEndOffset() > toOffset);
    }

    /// Below what the oldest checkpoint took for committed: it is set back to the first batch, so that all are read
    /// again.
    private void rewindTo(long toOffset) {
        StoredCheckpoint base = checkpoints.getFirst();
        long from = log.isEmpty() ? toOffset : Math.min(toOffset, log.getFirst().baseOffset());
        checkpoints.set(0, new StoredCheckpoint(base.checkpoint().rewoundTo(from), base.metaCount()));
    }

    /// Nothing below it can be recovered by replaying.
    private long baseOffset() {
        return firstCheckpointIsBase ? checkpoints.getFirst().checkpoint().logEndOffset() : 0;
    }

    /// All or nothing: the log is replaced by a checkpoint.
    void reset(Checkpoint checkpoint) {
        log.clear();
        syncedBatches = 0;
        meta.clear();
        syncedMeta = 0;
        checkpoints.clear();
        checkpoints.add(new StoredCheckpoint(checkpoint, 0));
        firstCheckpointIsBase = true;
        emptyLogOffset = checkpoint.logEndOffset();
        rebuildImage();
    }

    // ---- faults ----------------------------------------------------------------------------------------------

    /// Everything that is written, as a backup has it: all of it synced.
    SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk();
        copy.meta.addAll(meta);
        copy.log.addAll(log);
        copy.checkpoints.addAll(checkpoints);
        copy.syncedMeta = meta.size();
        copy.syncedBatches = log.size();
        copy.emptyLogOffset = emptyLogOffset;
        copy.firstCheckpointIsBase = firstCheckpointIsBase;
        copy.rebuildImage();
        return copy;
    }

    /// No control event is in the page cache only.
    boolean isMetaSynced() {
        return syncedMeta == meta.size();
    }

    /// The machine went down: of what was not synced, a part is there. Holes are torn writes: recovery cuts at the
    /// first.
    void loseUnsynced(Chance chance) {
        int keptMeta = syncedMeta + chance.below(meta.size() - syncedMeta + 1);
        int keptBatches = syncedBatches + chance.below(log.size() - syncedBatches + 1);
        meta.subList(keptMeta, meta.size()).clear();
        log.subList(keptBatches, log.size()).clear();
        syncedMeta = keptMeta;
        rebuildImage();
        // The two files are synced one after the other: batches whose marker is not there are a torn tail too.
        while (!log.isEmpty()
                && log.getLast().baseOffset() >= image.logStartOffset
                && log.getLast().header().leaderEpoch() > image.lastEpoch()) {
            log.removeLast();
        }
        syncedBatches = log.size();
        rebuildImage();
    }

    /// A batch below the synced end is damaged; recovery cuts the log there and says so.
    ///
    /// @return false when there is no such batch
    boolean flipBit(Chance chance) {
        StoredBatch hit = syncedBatches == 0 ? null : log.get(chance.oneIn(4) ? below(chance) : deep(chance));
        if (hit == null || hit.baseOffset() < baseOffset()) {
            return false;
        }
        cutDamage(hit.baseOffset());
        return true;
    }

    /// The log is cut in front of a damaged batch, and says so.
    void cutDamage(long fromOffset) {
        damage = "batch at " + fromOffset + " is damaged";
        cut(fromOffset);
        meta.add(new MetaRecord(new TruncateIntent(fromOffset, Integer.MAX_VALUE, -1), logEndOffset()));
        syncMeta();
        rebuildImage();
    }

    /// Mostly near the end of the synced part, sometimes anywhere.
    private int deep(Chance chance) {
        return syncedBatches - 1 - chance.below(chance.oneIn(3) ? syncedBatches : Math.min(8, syncedBatches));
    }

    /// The last batch before a change of voters: the damage takes that marker and all after it.
    private int below(Chance chance) {
        List<Long> changes = new ArrayList<>();
        VoterSet before = image.initialConfig;
        for (DiskImage.Marker marker : image.markers) {
            if (!marker.config().equals(before)) {
                changes.add(marker.startOffset());
            }
            before = marker.config();
        }
        if (changes.isEmpty()) {
            return deep(chance);
        }
        int next = LogTail.firstAtOrAfter(log, chance.of(changes));
        return Math.clamp(next - 1, 0, syncedBatches - 1);
    }

    // ---- recovery --------------------------------------------------------------------------------------------

    /// What is damaged; null when all is well. Told to every start until one has written that it knows.
    @Nullable
    String damage() {
        return damage;
    }

    void damageIsKnown() {
        damage = null;
    }

    boolean hasDamage() {
        return damage != null;
    }

    /// A sync failed: nobody knows what of the unsynced part is on the disk. The persistence module has to tell the
    /// next start so.
    void doubt(String reason) {
        damage = reason;
    }

    /// Gives a blank core its history: checkpoint, then the events after it. A truncation that was under way is
    /// finished first.
    void recover(ReplicaCore core) {
        if (!meta.isEmpty() && meta.getLast().event() instanceof TruncateIntent intent) {
            truncate(intent);
        }
        long from = -1;
        int firstMeta = 0;
        if (!checkpoints.isEmpty()) {
            StoredCheckpoint base = checkpoints.getLast();
            core.restore(base.checkpoint());
            from = base.checkpoint().logEndOffset();
            firstMeta = base.metaCount();
        }
        replay(from, firstMeta, core::apply);
    }

    /// In the order in which the events were written, less what was cut later.
    private void replay(long fromOffset, int firstMeta, java.util.function.Consumer<ReplicaEvent> visitor) {
        long[] place = new long[meta.size()];
        long cut = Long.MAX_VALUE;
        for (int i = meta.size() - 1; i >= firstMeta; i--) {
            if (meta.get(i).event() instanceof TruncateIntent intent) {
                cut = Math.min(cut, intent.toOffset());
            }
            // A log that was shorter later had lost its tail in between.
            cut = Math.min(cut, meta.get(i).logEndOffset());
            place[i] = cut;
        }
        int next = firstMeta;
        for (StoredBatch batch : log) {
            if (batch.nextOffset() <= fromOffset) {
                continue;
            }
            while (next < meta.size() && place[next] <= batch.baseOffset()) {
                visitor.accept(meta.get(next++).event());
            }
            visitor.accept(new BatchAppended(batch.header(), null));
        }
        while (next < meta.size()) {
            visitor.accept(meta.get(next++).event());
        }
    }

    private void rebuildImage() {
        DiskImage rebuilt = new DiskImage();
        long from = -1;
        int firstMeta = 0;
        if (!checkpoints.isEmpty()) {
            StoredCheckpoint base = checkpoints.getLast();
            rebuilt.restore(base.checkpoint());
            from = base.checkpoint().logEndOffset();
            firstMeta = base.metaCount();
        }
        replay(from, firstMeta, rebuilt::apply);
        rebuilt.finish(logEndOffset());
        image = rebuilt;
    }
}
