package io.sampo.core.partition;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// What becomes of the requests of clients at the leader of one epoch: refused before it is active, held while
/// leadership is handed over, else decided ([AppendRules]) and persisted; and those that wait too long end here.
final class LeaderRequests {
    private final ReplicaState state;
    private final Outbox outbox;
    private final PendingRequests pending;
    private final LeaderCommit commit;
    private final LeaderHandOver handOver;
    private final LeaderFollowers followers;
    private final FollowerFetches fetches;
    private final AppendRules appendRules;
    private final long startOffset;

    LeaderRequests(
            ReplicaState state,
            Outbox outbox,
            PendingRequests pending,
            LeaderCommit commit,
            LeaderHandOver handOver,
            LeaderFollowers followers,
            FollowerFetches fetches,
            BarrierRounds barriers) {
        this.state = state;
        this.outbox = outbox;
        this.pending = pending;
        this.commit = commit;
        this.handOver = handOver;
        this.followers = followers;
        this.fetches = fetches;
        this.appendRules = new AppendRules(state, pending, barriers::ask);
        this.startOffset = state.history.markers().getLast().startOffset();
    }

    void decide(List<? extends ReplicaRequest> requests) {
        List<ReplicaEvent> events = new ArrayList<>();
        if (!handOver.isUnderWay()) {
            decide(pending.takeHeld(), events);
        }
        decide(requests, events);
        if (!events.isEmpty()) {
            outbox.persist(events, this::persisted);
            fetches.answerParked();
        }
        completeDeletions();
    }

    private void decide(List<? extends ReplicaRequest> requests, List<ReplicaEvent> events) {
        for (ReplicaRequest request : requests) {
            switch (request) {
                case AppendRequest append -> {
                    if (!commit.isActive()) {
                        AppendRules.refuse(append, Errors.NOT_LEADER_OR_FOLLOWER, null, outbox.effects());
                    } else if (handOver.isUnderWay()) {
                        pending.hold(append);
                    } else {
                        appendRules.append(append, followers.missingInSync(), startOffset, events, outbox.effects());
                    }
                }
                case DeleteRecordsRequest deletion -> {
                    if (!commit.isActive()) {
                        outbox.add(new ReplicaEffect.DeleteCompleted(deletion, Errors.NOT_LEADER_OR_FOLLOWER, -1));
                    } else {
                        appendRules.delete(deletion, events, outbox.effects());
                    }
                }
            }
        }
    }

    // ---- those that wait -------------------------------------------------------------------------------------

    /// Everything that was decided is durable here.
    void persisted() {
        commit.persisted();
        completeDeletions();
        decideHeld();
    }

    /// Only what is durable counts: nothing is decided that is not written yet.
    void completeDeletions() {
        if (pending.hasDeletions() && !outbox.isPersisting()) {
            pending.completeDeletions(followers.lowWatermark(), outbox.effects());
        }
    }

    /// A transfer was given up: appends that waited for its end go on here.
    void decideHeld() {
        if (commit.isActive() && !handOver.isUnderWay() && pending.holdsSome() && !outbox.isPersisting()) {
            decide(List.of());
        }
    }

    void expire() {
        pending.expire(state.nowMs, state.durableOffset, outbox.effects());
    }

    /// Those that wait for more replicas than there are in sync wait in vain.
    void failForLackOfReplicas() {
        if (followers.isSettledIn() && followers.missingInSync() > 0) {
            pending.failForLackOfReplicas(state.durableOffset, outbox.effects());
        }
    }
}
