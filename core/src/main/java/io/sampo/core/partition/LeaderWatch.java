package io.sampo.core.partition;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whom a follower takes for the leader, how lately it heard of it, and when it is time to campaign instead.
final class LeaderWatch {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final ReplicaState state;

    private @Nullable ReplicaId leader;
    private int leaderEpoch = -1;
    private long heardMs = NEVER;
    private long electionDeadlineMs;

    /// The leader will say when something happens, and its node is alive: no fetch is repeated, no timer runs.
    private boolean resting;

    LeaderWatch(ReplicaState state) {
        this.state = state;
    }

    @Nullable
    ReplicaId leader() {
        return leader;
    }

    /// Of the leader, or of the last one that was followed; -1 before the first.
    int leaderEpoch() {
        return leaderEpoch;
    }

    boolean isLeader(ReplicaId replica) {
        return replica.equals(leader);
    }

    /// Whether it leads here, and in that epoch.
    boolean follows(ReplicaId replica, int epoch) {
        return replica.equals(leader) && epoch == leaderEpoch;
    }

    /// Whether a leader was heard so lately that nobody should disturb it.
    boolean hearsLeader() {
        return leader != null
                && (resting || state.nowMs - heardMs < state.replication().electionTimeoutMs());
    }

    void follow(ReplicaId newLeader, int newEpoch) {
        leader = newLeader;
        leaderEpoch = newEpoch;
    }

    void lost() {
        leader = null;
        heardMs = NEVER;
        resting = false;
    }

    // ---- waiting ---------------------------------------------------------------------------------------------

    /// Starts a new wait of random length, by place in the list of voters.
    void waitForLeader() {
        ReplicationSettings settings = state.replication();
        int place = Math.max(0, state.history.config().voters().indexOf(state.self));
        electionDeadlineMs = state.nowMs
                + settings.electionTimeoutMs()
                + (long) place * settings.electionStaggerMs()
                + state.dice.below(settings.electionJitterMs());
    }

    void heard() {
        heardMs = state.nowMs;
        resting = false;
        waitForLeader();
    }

    /// The leader went of its own will: those who vote campaign at once, one after the other.
    void leaderResigned() {
        int place = Math.max(0, state.history.config().voters().indexOf(state.self));
        electionDeadlineMs = state.nowMs + (long) place * state.replication().electionStaggerMs();
    }

    boolean shouldCampaign() {
        return state.nowMs >= electionDeadlineMs && state.votes();
    }

    /// Long.MAX_VALUE for a replica that never does.
    long campaignMs() {
        return state.votes() ? electionDeadlineMs : Long.MAX_VALUE;
    }

    // ---- rest ------------------------------------------------------------------------------------------------

    boolean isResting() {
        return resting;
    }

    /// Until somebody is heard again.
    void rest() {
        resting = true;
    }

    /// The shell neither hears the node nor knows that it is heard, which is worth more than one's own waiting: those
    /// who vote campaign soon, one after the other. If others hear the leader they refuse.
    void nodeLost(int nodeId) {
        ReplicaId lost = leader;
        if (lost == null || lost.nodeId() != nodeId) {
            return;
        }
        heardMs = NEVER;
        ReplicationSettings settings = state.replication();
        // The others hear of it at about the same time: who asks them sooner is refused.
        long soonMs = state.nowMs
                + settings.heartbeatMs() / 4
                + placeAfter(lost) * settings.electionStaggerMs()
                + state.dice.below(settings.electionJitterMs() / 20);
        electionDeadlineMs = resting ? soonMs : Math.min(electionDeadlineMs, soonMs);
        resting = false;
    }

    /// The node of a leader that was lost is there: the leader gets the time to say that it still leads.
    void nodeAlive(int nodeId) {
        ReplicaId found = leader;
        if (found == null || found.nodeId() != nodeId || heardMs != NEVER) {
            return;
        }
        ReplicationSettings settings = state.replication();
        electionDeadlineMs = Math.max(
                electionDeadlineMs,
                state.nowMs
                        + settings.heartbeatMs()
                        + placeAfter(found) * settings.electionStaggerMs()
                        + state.dice.below(settings.electionJitterMs() / 4));
    }

    /// The place in the list of voters without the leader that is gone: two of them do not campaign at once.
    private long placeAfter(ReplicaId gone) {
        List<ReplicaId> voters = new ArrayList<>(state.history.config().voters());
        voters.remove(gone);
        return Math.max(0, voters.indexOf(state.self));
    }
}
