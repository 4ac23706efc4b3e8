package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.Announce;

/// When the leader of one epoch says without being asked that it leads and how far everything is committed, when it
/// rests, and whether it still hears enough of those it tells.
///
/// It rests when all of them have everything and know it: nobody needs to hear from it until something happens.
final class Announcements {
    private final ReplicaState state;
    private final Outbox outbox;
    private final LeaderFollowers followers;
    private final int leaderEpoch;
    private final long startOffset;

    /// Check-quorum goes by what was heard from then on.
    private long sinceMs;

    private boolean resting;
    private long announcedMs;

    /// The marker of the epoch has been decided: it is the last of the history.
    Announcements(ReplicaState state, Outbox outbox, LeaderFollowers followers) {
        this.state = state;
        this.outbox = outbox;
        this.followers = followers;
        this.leaderEpoch = state.history.lastEpoch();
        this.startOffset = state.history.markers().getLast().startOffset();
        this.sinceMs = state.nowMs;
        this.announcedMs = state.nowMs;
    }

    boolean isDue() {
        return state.nowMs >= dueMs();
    }

    long dueMs() {
        return announcedMs + state.replication().heartbeatMs();
    }

    void announce() {
        announcedMs = state.nowMs;
        outbox.sendAll(followers.audience(), announcement(false));
    }

    void announce(ReplicaId to) {
        outbox.send(to, announcement(false));
    }

    private Announce announcement(boolean rests) {
        return new Announce(leaderEpoch, startOffset, state.highWatermark, rests);
    }

    // ---- rest ------------------------------------------------------------------------------------------------

    boolean isResting() {
        return resting;
    }

    void rest() {
        resting = true;
        outbox.sendAll(followers.audience(), announcement(true));
    }

    void announceRest(ReplicaId to) {
        outbox.send(to, announcement(true));
    }

    /// The next tick announces this leader again. Whoever was there all the time counts as heard.
    void wake() {
        if (resting) {
            resting = false;
            sinceMs = state.nowMs;
            followers.keptUpWhileResting();
            announcedMs = state.nowMs - state.replication().heartbeatMs();
        }
    }

    /// Check-quorum: false when no majority fetched for too long.
    boolean hasQuorum() {
        if (state.has(Mutation.NO_CHECK_QUORUM) || resting) {
            return true;
        }
        long since = state.nowMs - state.replication().checkQuorumMs();
        return sinceMs >= since || followers.majorityFetchedSince(since);
    }
}
