package io.sampo.core.partition;

import org.jspecify.annotations.Nullable;

/// Whether leadership is on its way to another replica ([LeaderTransfer]), and when it may go or is given up: because
/// somebody asks for it, or because a change of configuration needs another leader.
final class LeaderHandOver {
    private final ReplicaState state;
    private final Outbox outbox;
    private final ReplicaProgress progress;
    private final LeaderFollowers followers;
    private final int leaderEpoch;
    private final VoterSet config;
    private @Nullable LeaderTransfer transfer;

    /// A change of configuration does not ask for a hand-over before.
    private long nextMoveMs;

    LeaderHandOver(ReplicaState state, Outbox outbox, ReplicaProgress progress, LeaderFollowers followers) {
        this.state = state;
        this.outbox = outbox;
        this.progress = progress;
        this.followers = followers;
        this.leaderEpoch = state.history.lastEpoch();
        this.config = state.history.config();
    }

    boolean isUnderWay() {
        return transfer != null;
    }

    /// Somebody asks for it.
    ///
    /// @return whether it begins; [#proceed] is to follow
    boolean begin(ReplicaId target, boolean active) {
        @Nullable String problem = null;
        if (!active) {
            problem = "the replica does not lead yet";
        } else if (transfer != null) {
            problem = "leadership is on its way to " + transfer.target();
        } else if (target.equals(state.self)) {
            problem = "it leads already";
        } else if (!config.voters().contains(target) || !followers.isInSync(target)) {
            problem = "the target is not in sync";
        }
        if (problem != null) {
            outbox.add(new ReplicaEffect.TransferEnded(target, false, problem));
            return false;
        }
        start(target);
        return true;
    }

    /// A change of configuration needs it, and no other one is under way.
    ///
    /// @return whether it begins; [#proceed] is to follow
    boolean beginMove(ReplicaId target) {
        if (state.nowMs < nextMoveMs) {
            return false;
        }
        // Appends pause meanwhile: a move that fails is not tried again at once.
        nextMoveMs = state.nowMs + 10L * state.replication().transferTimeoutMs();
        start(target);
        return true;
    }

    private void start(ReplicaId target) {
        transfer = new LeaderTransfer(target, state.nowMs + state.replication().transferTimeoutMs());
    }

    /// @return true when it has just been given up: appends that waited for its end go on here
    boolean proceed() {
        LeaderTransfer current = transfer;
        if (current == null) {
            return false;
        }
        if (current.isOverdue(state.nowMs)) {
            transfer = null;
            outbox.add(new ReplicaEffect.TransferEnded(current.target(), false, "it took too long"));
            return true;
        }
        current.proceed(
                state, outbox, leaderEpoch, progress.matchOffset(current.target()), state.history.logEndOffset());
        return false;
    }

    /// Leadership is over.
    ///
    /// @param moved somebody with a higher epoch is there
    void end(boolean moved) {
        if (transfer != null) {
            outbox.add(new ReplicaEffect.TransferEnded(
                    transfer.target(), moved, moved ? "a higher epoch has begun" : "leadership ended"));
            transfer = null;
        }
    }
}
