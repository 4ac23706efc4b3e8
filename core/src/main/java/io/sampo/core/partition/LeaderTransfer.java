package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.TimeoutNow;

/// A graceful hand-over (design 1.9): appends pause, the target catches up, and is told to campaign at once.
/// Too late it is given up, and appends go on.
final class LeaderTransfer {
    private final ReplicaId target;
    private final long deadlineMs;
    private long toldMs = Long.MIN_VALUE;

    LeaderTransfer(ReplicaId target, long deadlineMs) {
        this.target = target;
        this.deadlineMs = deadlineMs;
    }

    ReplicaId target() {
        return target;
    }

    boolean isOverdue(long nowMs) {
        return nowMs >= deadlineMs;
    }

    long deadlineMs() {
        return deadlineMs;
    }

    /// Tells the target when it holds all there is; again after each heartbeat, in case it did not hear.
    ///
    /// @param matchOffset of the target, -1 when it does not count
    /// @param logEndOffset of the leader
    void proceed(ReplicaState state, Outbox outbox, int leaderEpoch, long matchOffset, long logEndOffset) {
        boolean toldLately = toldMs != Long.MIN_VALUE
                && state.nowMs - toldMs < state.replication().heartbeatMs();
        if (matchOffset == logEndOffset && !toldLately) {
            toldMs = state.nowMs;
            outbox.send(target, new TimeoutNow(leaderEpoch));
        }
    }
}
