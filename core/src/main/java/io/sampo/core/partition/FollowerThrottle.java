package io.sampo.core.partition;

/// Whether a follower that catches up has to wait for this node's quota, and how much it may ask for at once
/// (KIP-73).
final class FollowerThrottle {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final ReplicaState state;
    private final CatchUpThrottle throttle;

    /// Highest that the leader of this epoch has told; this log may not reach it yet.
    private long leaderHighWatermark = -1;

    /// When this log last reached it.
    private long caughtUpMs = NEVER;

    FollowerThrottle(ReplicaState state) {
        this.state = state;
        this.throttle = new CatchUpThrottle(state.dice, state.quotas.follower());
    }

    /// Nothing is known of a new leader.
    void beginEpoch() {
        leaderHighWatermark = -1;
    }

    void told(long highWatermark) {
        leaderHighWatermark = Math.max(leaderHighWatermark, highWatermark);
    }

    /// 0 while catching up has to wait for the quota: what this replica holds is acknowledged all the same, and it is
    /// heard of.
    int allowedBytes(int maxBytes) {
        if (state.history.logEndOffset() >= leaderHighWatermark) {
            caughtUpMs = state.nowMs;
        }
        // A majority commits: the slowest replica in sync is often a little behind.
        boolean isInSync = state.nowMs - caughtUpMs <= state.replication().replicaLagTimeMaxMs();
        if (isInSync || !state.isFollowerThrottled()) {
            throttle.release();
            return maxBytes;
        }
        return throttle.holdsBack(state.nowMs) ? 0 : throttle.answerBytes(maxBytes);
    }

    void received(long bytes) {
        if (bytes > 0 && state.isFollowerThrottled()) {
            state.quotas.follower().record(bytes, state.nowMs);
        }
    }

    void release() {
        throttle.release();
    }

    /// When to ask again; Long.MAX_VALUE while nothing is held back.
    long untilMs() {
        return throttle.untilMs();
    }
}
