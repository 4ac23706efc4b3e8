package io.sampo.core.partition;

/// What consumers may read at a follower (KIP-392), and whether they may read there at all.
final class FollowerView {
    private final ReplicaState state;
    private final Outbox outbox;
    private boolean published;

    FollowerView(ReplicaState state, Outbox outbox) {
        this.state = state;
        this.outbox = outbox;
    }

    boolean isPublished() {
        return published;
    }

    void publish(int leaderEpoch) {
        ReplicaHistory history = state.history;
        if (history.suspect()) {
            return;
        }
        published = true;
        long lastStableOffset =
                Math.min(state.highWatermark, history.producers().firstOpenTransactionOffset());
        outbox.add(new ReplicaEffect.PublishFollowerView(new ReadView(
                leaderEpoch, history.logStartOffset(), state.highWatermark, lastStableOffset, state.durableOffset)));
    }

    void withdraw() {
        if (published) {
            published = false;
            outbox.add(new ReplicaEffect.PublishFollowerView(null));
        }
    }
}
