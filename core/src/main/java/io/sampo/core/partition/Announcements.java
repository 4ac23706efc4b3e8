package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.Announce;

/// What the leader of one epoch tells without being asked: that it leads, how far everything is committed, and
/// whether it rests.
final class Announcements {
    private final ReplicaState state;
    private final Outbox outbox;
    private final LeaderFollowers followers;
    private final int leaderEpoch;
    private final long startOffset;

    /// The marker of the epoch has been decided: it is the last of the history.
    Announcements(ReplicaState state, Outbox outbox, LeaderFollowers followers) {
        this.state = state;
        this.outbox = outbox;
        this.followers = followers;
        this.leaderEpoch = state.history.lastEpoch();
        this.startOffset = state.history.markers().getLast().startOffset();
    }

    void announce() {
        outbox.sendAll(followers.audience(), announcement(false));
    }

    void announce(ReplicaId to) {
        outbox.send(to, announcement(false));
    }

    void announceRest() {
        outbox.sendAll(followers.audience(), announcement(true));
    }

    void announceRest(ReplicaId to) {
        outbox.send(to, announcement(true));
    }

    private Announce announcement(boolean rests) {
        return new Announce(leaderEpoch, startOffset, state.highWatermark, rests);
    }
}
