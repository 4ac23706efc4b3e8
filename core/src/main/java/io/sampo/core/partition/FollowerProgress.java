package io.sampo.core.partition;

import org.jspecify.annotations.Nullable;

/// What a leader knows of one other replica, from its fetches in this epoch.
final class FollowerProgress {
    private static final long NEVER = Long.MIN_VALUE / 2;

    final ReplicaId replica;

    /// The life that it is in; -1 before its first fetch.
    long incarnation = -1;

    boolean suspect;

    /// Null before its first fetch in this life.
    @Nullable
    LogKey key;

    /// Log end that a suspect replica must reach; -1 before it is known. Set once in each life, at its first fetch.
    long recoveryTarget = -1;

    /// Of its log, as it said last; -1 before its first fetch in this life.
    long logStartOffset = -1;

    /// Log start of the leader that it was told last: it hears of each once without waiting.
    long toldLogStartOffset = -1;

    /// A fetch that waits for something to send.
    ReplicaMessage.@Nullable Fetch parked;

    long parkedUntilMs;

    /// Its catching up waits for the leader's quota.
    final CatchUpThrottle throttle;

    private long lastFetchMs = NEVER;

    /// Its node was lost since it fetched last.
    private boolean nodeLost;

    /// Log end of the leader at that fetch: a follower that asks from there on next time was caught up then.
    private long logEndAtLastFetch = Long.MAX_VALUE;

    private long caughtUpMs = NEVER;

    /// Since when it has been caught up at each fetch; [#NEVER] when it was not at the last.
    private long caughtUpSinceMs = NEVER;

    FollowerProgress(ReplicaId replica, CatchUpThrottle throttle) {
        this.replica = replica;
        this.throttle = throttle;
    }

    void beginLife(long newIncarnation) {
        incarnation = newIncarnation;
        suspect = false;
        key = null;
        recoveryTarget = -1;
        logStartOffset = -1;
        toldLogStartOffset = -1;
        parked = null;
        throttle.release();
        lastFetchMs = NEVER;
        logEndAtLastFetch = Long.MAX_VALUE;
        caughtUpMs = NEVER;
        caughtUpSinceMs = NEVER;
    }

    /// @param fetchKey its log, a prefix of the leader's
    /// @param logEndOffset of the leader now
    void fetched(LogKey fetchKey, long logEndOffset, long nowMs) {
        key = fetchKey;
        boolean caughtUpNow = fetchKey.logEndOffset() >= logEndOffset;
        boolean caughtUpThen = fetchKey.logEndOffset() >= logEndAtLastFetch;
        if (caughtUpNow) {
            caughtUpMs = nowMs;
        } else if (caughtUpThen) {
            caughtUpMs = Math.max(caughtUpMs, lastFetchMs);
        }
        if (!caughtUpNow && !caughtUpThen) {
            caughtUpSinceMs = NEVER;
        } else if (caughtUpSinceMs == NEVER) {
            caughtUpSinceMs = nowMs;
        }
        lastFetchMs = nowMs;
        nodeLost = false;
        logEndAtLastFetch = logEndOffset;
    }

    /// It is alive, but its log does not fit.
    void heard(long nowMs) {
        lastFetchMs = nowMs;
        nodeLost = false;
        caughtUpSinceMs = NEVER;
        logEndAtLastFetch = Long.MAX_VALUE;
        parked = null;
    }

    /// Nothing was there to fetch, and its node was alive.
    void keptUp(long nowMs) {
        if (parked != null) {
            lastFetchMs = nowMs;
            caughtUpMs = nowMs;
        }
    }

    void nodeLost() {
        nodeLost = true;
    }

    /// Its fetch waits here, or came lately, and nothing is known that would make that worthless.
    boolean isHeard(long sinceMs) {
        return !nodeLost && (parked != null || lastFetchMs >= sinceMs);
    }

    boolean fetchedSince(long sinceMs) {
        return lastFetchMs >= sinceMs;
    }

    /// Kafka's rule of being in sync, `replica.lag.time.max.ms`; and it must be one that counts.
    boolean isInSync(int leaderEpoch, long nowMs, int lagTimeMaxMs) {
        return holdsMarker(leaderEpoch) && !suspect && caughtUpMs >= nowMs - lagTimeMaxMs;
    }

    /// It kept up for so long without a break, and still fetches.
    boolean hasKeptUp(int leaderEpoch, long nowMs, int forMs, int silenceMs) {
        return holdsMarker(leaderEpoch)
                && !suspect
                && caughtUpSinceMs != NEVER
                && nowMs - caughtUpSinceMs >= forMs
                && nowMs - lastFetchMs < silenceMs;
    }

    ReplicaStatus status(boolean voter) {
        return new ReplicaStatus(
                replica,
                voter,
                key == null ? -1 : key.logEndOffset(),
                Math.max(lastFetchMs, -1),
                Math.max(caughtUpMs, -1));
    }

    private boolean holdsMarker(int leaderEpoch) {
        return key != null && key.lastEpoch() == leaderEpoch;
    }
}
