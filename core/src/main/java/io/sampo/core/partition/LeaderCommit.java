package io.sampo.core.partition;

import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// How far the leader of one epoch has committed its log ([ReplicaProgress] counts), and what follows from that: it
/// becomes active, its configuration is settled, readers see more, appends are complete.
final class LeaderCommit {
    private final ReplicaState state;
    private final Outbox outbox;
    private final PendingRequests pending;
    private final ReplicaProgress progress;
    private final LeaderFollowers followers;
    private final int leaderEpoch;
    private final long startOffset;
    private final VoterSet config;
    private final @Nullable VoterSet previousConfig;
    private final LongSupplier lease;

    private boolean settled;
    private boolean active;
    private List<ReplicaId> publishedInSync = List.of();

    /// The marker of the epoch has been decided: it is the last of the history.
    ///
    /// @param previousConfig null when the epoch goes on with the configuration before it
    /// @param lease number of the newest campaign
    LeaderCommit(
            ReplicaState state,
            Outbox outbox,
            PendingRequests pending,
            ReplicaProgress progress,
            LeaderFollowers followers,
            @Nullable VoterSet previousConfig,
            LongSupplier lease) {
        this.state = state;
        this.outbox = outbox;
        this.pending = pending;
        this.progress = progress;
        this.followers = followers;
        this.leaderEpoch = state.history.lastEpoch();
        this.startOffset = state.history.markers().getLast().startOffset();
        this.config = state.history.config();
        this.previousConfig = previousConfig;
        this.lease = lease;
    }

    /// The marker is committed.
    boolean isActive() {
        return active;
    }

    /// The configuration of this epoch can not be undone any more.
    boolean isSettled() {
        return settled;
    }

    /// Everything that was decided is durable here.
    void persisted() {
        if (progress.counts(state.self)) {
            progress.matched(state.self, state.durableOffset);
        }
        boolean wasActive = active;
        advance();
        if (wasActive) {
            publishView();
        }
    }

    /// The commit rule: moves the high watermark as far as enough voters hold the log, and this replica itself.
    ///
    /// @return whether the high watermark moved while active
    boolean advance() {
        settle();
        long committed = progress.committedOffset(state.settings.minInSyncReplicas());
        boolean moved = committed >= 0 && state.raiseHighWatermark(committed);
        boolean markerCommitted = committed >= startOffset && state.durableOffset >= startOffset;
        if (!active && (markerCommitted || state.has(Mutation.ACTIVE_BEFORE_COMMIT))) {
            active = true;
            outbox.add(new ReplicaEffect.BecameActive(leaderEpoch, lease.getAsLong(), view()));
            publishInSync();
            complete();
            return false;
        }
        return active && moved;
    }

    /// Notices that the configuration of this epoch can not be undone any more.
    private void settle() {
        if (settled || !progress.isMarkerSettled()) {
            return;
        }
        settled = true;
        progress.configCommitted();
        followers.configCommitted();
        if (previousConfig != null) {
            outbox.add(new ReplicaEffect.ConfigCommitted(leaderEpoch, config));
        }
    }

    private void complete() {
        pending.completeAppends(
                state.durableOffset, state.highWatermark, state.history.logStartOffset(), outbox.effects());
    }

    // ---- what others see of it -------------------------------------------------------------------------------

    /// More may be read, and appends may be complete.
    void publishView() {
        outbox.add(new ReplicaEffect.PublishView(view()));
        complete();
    }

    /// What may be read here and now: nothing that is not written yet.
    ReadView view() {
        ReplicaHistory history = state.history;
        Invariant.check(!history.suspect() || state.has(Mutation.SUSPECT_COUNTED), "a suspect replica serves no reads");
        long lastStableOffset =
                Math.min(state.highWatermark, history.producers().firstOpenTransactionOffset());
        return new ReadView(
                leaderEpoch, history.logStartOffset(), state.highWatermark, lastStableOffset, state.durableOffset);
    }

    void publishInSync() {
        List<ReplicaId> inSync = followers.inSync();
        if (!inSync.equals(publishedInSync)) {
            publishedInSync = inSync;
            outbox.add(new ReplicaEffect.ReplicasChanged(leaderEpoch, config.voters(), inSync));
        }
    }
}
