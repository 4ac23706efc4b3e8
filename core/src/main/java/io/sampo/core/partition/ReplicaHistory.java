package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.CleanClose;
import io.sampo.core.partition.ReplicaEvent.ConfigForced;
import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.HighWatermarkHint;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.Opened;
import io.sampo.core.partition.ReplicaEvent.PeerHeard;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.ReplicaCreated;
import io.sampo.core.partition.ReplicaEvent.SetBack;
import io.sampo.core.partition.ReplicaEvent.Suspected;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The persisted state of a replica: what its events add up to. [#apply] is the only place where it changes, live
/// and in recovery, so that a recovered replica equals the one that was lost.
///
/// Not thread-safe.
final class ReplicaHistory {
    private final PartitionId partition;
    private final ReplicaId self;
    private final Mutations mutations;

    private @Nullable String topic;

    /// By the markers that changed it, oldest first; the first one is what the replica was created with.
    private final List<ConfigStart> configs = new ArrayList<>(List.of(new ConfigStart(-1, VoterSet.NONE)));

    /// Until the replica is opened, markers may be ahead of the log: those that a later truncation has cut.
    private boolean recovering = true;

    private long incarnation;
    private String bootId = "";
    private boolean suspect;
    private int promisedEpoch = -1;
    private @Nullable ReplicaId promisedTo;
    private long logStartOffset;
    private long logEndOffset;

    /// Never trusted, only compared: records below it were visible to consumers once.
    private long highWatermarkHint;

    /// Log end of a clean close with nothing after it; -1 when the last life did not end that way.
    private long cleanCloseLogEndOffset = -1;

    /// Where the batches really ended when they ended below the log start: what they said of producers in
    /// between is missing. -1 when nothing is.
    private long endBelowLogStart = -1;

    /// Damage took the marker that brought the newest configuration, or an operator forced another one: which
    /// one holds is not known until this replica has caught up with a leader.
    private boolean configLost;

    /// A later life of this directory, in which it knew more than it does now; [Life#NONE] when none was heard of.
    private long laterLife = Life.NONE;

    private final Peers peers = new Peers();
    private final List<EpochStart> epochStarts = new ArrayList<>();
    private final ProducerStates producers = new ProducerStates();

    ReplicaHistory(PartitionId partition, ReplicaId self, Mutations mutations) {
        this.partition = partition;
        this.self = self;
        this.mutations = mutations;
    }

    boolean exists() {
        return topic != null;
    }

    String topic() {
        return topic == null ? "" : topic;
    }

    /// The configuration of the last marker.
    VoterSet config() {
        return configs.getLast().config();
    }

    /// The configuration that the marker of `leaderEpoch` carries.
    private VoterSet configOf(int leaderEpoch) {
        VoterSet found = configs.getFirst().config();
        for (ConfigStart start : configs) {
            if (start.leaderEpoch() <= leaderEpoch) {
                found = start.config();
            }
        }
        return found;
    }

    List<ConfigStart> configs() {
        return configs;
    }

    List<EpochStart> markers() {
        return epochStarts;
    }

    /// Those above `leaderEpoch`, oldest first, for a replica that lacks them.
    ///
    /// @param sender stands as leader in all of them: who led older epochs is not remembered
    List<EpochStarted> markersAfter(int leaderEpoch, ReplicaId sender) {
        List<EpochStarted> after = new ArrayList<>();
        for (EpochStart start : epochStarts) {
            if (start.leaderEpoch() > leaderEpoch) {
                after.add(new EpochStarted(
                        start.leaderEpoch(), start.startOffset(), sender, configOf(start.leaderEpoch())));
            }
        }
        return after;
    }

    /// Batches that were deleted, but not yet looked at by this replica, are missing: its producer state cannot be
    /// trusted.
    boolean lacksProducers() {
        return suspect && endBelowLogStart >= 0;
    }

    LogKey key() {
        return new LogKey(lastEpoch(), logEndOffset);
    }

    /// To whom `promisedEpoch` was promised; null when that is not known.
    @Nullable
    ReplicaId promisedTo() {
        return promisedTo;
    }

    long incarnation() {
        return incarnation;
    }

    String bootId() {
        return bootId;
    }

    boolean suspect() {
        return suspect;
    }

    boolean configLost() {
        return configLost;
    }

    int promisedEpoch() {
        return promisedEpoch;
    }

    long logStartOffset() {
        return logStartOffset;
    }

    long logEndOffset() {
        return logEndOffset;
    }

    long highWatermarkHint() {
        return highWatermarkHint;
    }

    long cleanCloseLogEndOffset() {
        return cleanCloseLogEndOffset;
    }

    ProducerStates producers() {
        return producers;
    }

    Peers peers() {
        return peers;
    }

    /// [Life#NONE] unless the directory was set back to an older state.
    long laterLife() {
        return laterLife;
    }

    /// Epoch of the last marker, -1 before the first.
    int lastEpoch() {
        return epochStarts.isEmpty() ? -1 : epochStarts.getLast().leaderEpoch();
    }

    /// Epoch of the marker that covers the offset, -1 when none does.
    int epochOf(long offset) {
        for (int i = epochStarts.size() - 1; i >= 0; i--) {
            if (epochStarts.get(i).startOffset() <= offset) {
                return epochStarts.get(i).leaderEpoch();
            }
        }
        return -1;
    }

    void apply(ReplicaEvent event, ReplicaSettings settings) {
        if (!(event instanceof CleanClose)) {
            cleanCloseLogEndOffset = -1;
        }
        switch (event) {
            case BatchAppended appended -> append(appended.header(), settings);
            case ReplicaCreated created -> create(created);
            case Opened opened -> open(opened);
            case CleanClose close -> cleanCloseLogEndOffset = close.logEndOffset();
            case EpochPromised promised -> promise(promised);
            case ConfigForced forced -> force(forced);
            case EpochStarted started -> startEpoch(started);
            case TruncateIntent intent -> truncate(intent);
            case Suspected _ -> suspect = true;
            case Recovered _ -> {
                suspect = false;
                configLost = false;
            }
            case LogStartAdvanced advanced -> advanceLogStart(advanced.logStartOffset());
            case PeerHeard heard -> hear(heard);
            case SetBack setBack -> laterLife = setBack.laterLife();
            case HighWatermarkHint hint -> highWatermarkHint = Math.max(highWatermarkHint, hint.highWatermark());
        }
    }

    private void create(ReplicaCreated created) {
        Invariant.check(topic == null, "%s is created twice", partition);
        Invariant.check(created.partition().equals(partition), "%s holds %s", partition, created.partition());
        Invariant.check(created.self().equals(self), "the log of %s lies in the directory of %s", created.self(), self);
        topic = created.topic();
        configs.set(0, new ConfigStart(-1, created.initialConfig()));
    }

    private void open(Opened opened) {
        Invariant.check(
                opened.incarnation() > incarnation, "incarnation %d after %d", opened.incarnation(), incarnation);
        incarnation = opened.incarnation();
        bootId = opened.bootId();
        // Log start is synced at once, batches perhaps not: a machine crash can leave a log that ends before its start.
        if (logEndOffset < logStartOffset) {
            endBelowLogStart = logEndOffset;
            logEndOffset = logStartOffset;
            producers.forgetAll();
        }
    }

    private void hear(PeerHeard heard) {
        if (!recovering || !mutations.has(Mutation.PEERS_FORGOTTEN_AT_RESTART)) {
            peers.heard(heard, config().voters());
        }
    }

    /// Forgets the markers that say nothing about records any more.
    private void advanceLogStart(long offset) {
        if (offset > logStartOffset) {
            logStartOffset = offset;
            List<EpochStart> pruned = List.copyOf(EpochStart.prunedTo(logStartOffset, epochStarts));
            epochStarts.clear();
            epochStarts.addAll(pruned);
        }
    }

    /// Whether the batch may come next. A log that is empty may begin in the middle of its first batch: records
    /// can be deleted up to any offset, batches only whole.
    boolean isContinuedBy(BatchHeader header) {
        boolean straddlesLogStart = logEndOffset == logStartOffset && header.lastOffset() >= logStartOffset;
        return header.lastOffset() >= header.baseOffset() && (header.baseOffset() >= logEndOffset || straddlesLogStart);
    }

    /// The first offset of the batch of which the markers here still say something: below the log start they may
    /// have been forgotten.
    long coveredOffset(BatchHeader header) {
        return Math.max(header.baseOffset(), logStartOffset);
    }

    private void append(BatchHeader header, ReplicaSettings settings) {
        // Gaps are what compaction leaves; a live append has none (checked where offsets are assigned).
        Invariant.check(
                isContinuedBy(header),
                "batch %d..%d after log end %d",
                header.baseOffset(),
                header.lastOffset(),
                logEndOffset);
        Invariant.check(
                header.lastOffset() < logStartOffset || header.leaderEpoch() == epochOf(coveredOffset(header)),
                "batch at %d has leader epoch %d, its marker %d",
                header.baseOffset(),
                header.leaderEpoch(),
                epochOf(coveredOffset(header)));
        if (header.baseOffset() > logEndOffset) {
            producers.mayHaveForgottenAnybody();
        }
        logEndOffset = header.nextOffset();
        endBelowLogStart = -1;
        producers.apply(header, settings.maxProducerIds());
    }

    private void promise(EpochPromised promised) {
        Invariant.check(
                promised.leaderEpoch() > promisedEpoch
                        || (promised.leaderEpoch() == promisedEpoch
                                && promised.candidate().equals(promisedTo)),
                "promise of epoch %d to %s after epoch %d",
                promised.leaderEpoch(),
                promised.candidate(),
                promisedEpoch);
        promisedEpoch = promised.leaderEpoch();
        promisedTo = promised.candidate();
    }

    private void force(ConfigForced forced) {
        Invariant.check(
                forced.leaderEpoch() > promisedEpoch,
                "epoch %d is forced after a promise of epoch %d",
                forced.leaderEpoch(),
                promisedEpoch);
        promisedEpoch = forced.leaderEpoch();
        promisedTo = forced.voter();
        suspect = true;
        configLost = true;
    }

    private void startEpoch(EpochStarted started) {
        long lastStart = epochStarts.isEmpty() ? 0 : epochStarts.getLast().startOffset();
        Invariant.check(
                started.leaderEpoch() > lastEpoch()
                        && started.startOffset() >= lastStart
                        && (recovering || started.startOffset() <= logEndOffset),
                "marker of epoch %d at %d after epoch %d at %d, log end %d",
                started.leaderEpoch(),
                started.startOffset(),
                lastEpoch(),
                lastStart,
                logEndOffset);
        if (ForcedConfig.isOfLaterEra(started.leaderEpoch(), lastEpoch())) {
            producers.forgetWhatTheLogDoesNotShow();
        }
        epochStarts.add(new EpochStart(started.leaderEpoch(), started.startOffset()));
        if (started.leaderEpoch() > promisedEpoch) {
            promisedEpoch = started.leaderEpoch();
            promisedTo = started.leader();
        }
        if (!started.config().equals(config())) {
            configs.add(new ConfigStart(started.leaderEpoch(), started.config()));
        }
        if (configLost && started.leader().equals(self)) {
            // The voter of a forced configuration: nobody can make good what may be missing here.
            suspect = false;
            configLost = false;
        }
    }

    /// Markers beyond the new end go with the records: one that stayed would overstate what this replica holds.
    private void truncate(TruncateIntent intent) {
        VoterSet newest = config();
        logEndOffset = Math.min(logEndOffset, intent.toOffset());
        boolean keepsThoseBeyond = mutations.has(Mutation.TRUNCATION_KEEPS_MARKERS_BEYOND_END);
        epochStarts.removeIf(start -> keepsThoseBeyond
                ? start.leaderEpoch() > intent.keepMarkersUpToEpoch()
                : Divergence.drops(intent, start));
        configs.removeIf(start -> start.leaderEpoch() > lastEpoch());
        // A leader knows which markers hold; damage takes those that hold as well.
        boolean byDamage = intent.byLeaderEpoch() < 0 && !mutations.has(Mutation.LOST_CONFIG_IGNORED);
        configLost |= byDamage && !newest.equals(config());
    }

    /// All events were read back. Markers beyond the log's end went with the truncation that cut it; one that
    /// is left says that records are missing which were synced before it (rule F1): this history is damaged.
    void finishRecovery() {
        recovering = false;
        long end = Math.max(logEndOffset, logStartOffset);
        Invariant.check(
                epochStarts.isEmpty()
                        || epochStarts.getLast().startOffset() <= end
                        || mutations.has(Mutation.TRUNCATION_KEEPS_MARKERS_BEYOND_END),
                "marker of epoch %d at %d, but the log ends at %d",
                lastEpoch(),
                epochStarts.isEmpty() ? -1 : epochStarts.getLast().startOffset(),
                end);
    }

    /// Without the markers that say nothing about records any more.
    Checkpoint checkpoint(long highWatermark) {
        return new Checkpoint(
                topic(),
                partition,
                self,
                config(),
                incarnation,
                bootId,
                promisedEpoch,
                logStartOffset,
                lacksProducers() ? endBelowLogStart : logEndOffset,
                highWatermark,
                suspect,
                EpochStart.prunedTo(logStartOffset, epochStarts),
                producers.entries(),
                configs,
                configLost,
                producers.forgottenProducerId(),
                peers.all());
    }

    void restore(Checkpoint checkpoint) {
        Invariant.check(!exists(), "%s is restored twice", partition);
        Invariant.check(checkpoint.partition().equals(partition), "%s holds %s", partition, checkpoint.partition());
        Invariant.check(
                checkpoint.self().equals(self), "checkpoint of %s in the directory of %s", checkpoint.self(), self);
        topic = checkpoint.topic();
        configs.clear();
        configs.addAll(checkpoint.configs());
        incarnation = checkpoint.incarnation();
        bootId = checkpoint.bootId();
        promisedEpoch = checkpoint.promisedEpoch();
        logStartOffset = checkpoint.logStartOffset();
        logEndOffset = checkpoint.logEndOffset();
        highWatermarkHint = checkpoint.highWatermark();
        suspect = checkpoint.suspect();
        epochStarts.addAll(checkpoint.epochStarts());
        configLost = checkpoint.configLost();
        producers.restore(checkpoint.producers(), checkpoint.forgottenProducerId());
        checkpoint.peers().forEach(this::hear);
    }
}
