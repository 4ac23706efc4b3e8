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

    /// Since when each round of catching up took less than an election would (Raft dissertation, 4.2.1);
    /// [#NEVER] when the last one did not.
    private long caughtUpSinceMs = NEVER;

    /// Log end of the leader when the round began: who has that begins the next one. Long.MAX_VALUE: none yet.
    private long roundEndOffset = Long.MAX_VALUE;

    private long roundBeganMs;

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
        beginRounds();
    }

    private void beginRounds() {
        caughtUpSinceMs = NEVER;
        roundEndOffset = Long.MAX_VALUE;
    }

    /// @param fetchKey its log, a prefix of the leader's
    /// @param logEndOffset of the leader now
    /// @param roundMs within which a replica that keeps up has got all that there was
    void fetched(LogKey fetchKey, long logEndOffset, long nowMs, int roundMs) {
        key = fetchKey;
        boolean caughtUpNow = fetchKey.logEndOffset() >= logEndOffset;
        boolean caughtUpThen = fetchKey.logEndOffset() >= logEndAtLastFetch;
        if (caughtUpNow) {
            caughtUpMs = nowMs;
        } else if (caughtUpThen) {
            caughtUpMs = Math.max(caughtUpMs, lastFetchMs);
        }
        round(fetchKey.logEndOffset(), logEndOffset, nowMs, roundMs);
        lastFetchMs = nowMs;
        nodeLost = false;
        logEndAtLastFetch = logEndOffset;
    }

    /// While a leader writes without a pause nobody is ever at its end, nor, with small answers, where it was at the
    /// fetch before; but a replica that keeps up is never far behind in time.
    private void round(long ownEndOffset, long logEndOffset, long nowMs, int roundMs) {
        boolean atEnd = ownEndOffset >= logEndOffset;
        boolean inTime = atEnd || nowMs - roundBeganMs <= roundMs;
        if (atEnd || ownEndOffset >= roundEndOffset) {
            caughtUpSinceMs = !inTime ? NEVER : caughtUpSinceMs == NEVER ? nowMs : caughtUpSinceMs;
            roundEndOffset = logEndOffset;
            roundBeganMs = nowMs;
        } else if (roundEndOffset == Long.MAX_VALUE) {
            roundEndOffset = logEndOffset;
            roundBeganMs = nowMs;
        } else if (!inTime) {
            caughtUpSinceMs = NEVER;
        }
    }

    /// It is alive, but its log does not fit.
    void heard(long nowMs) {
        lastFetchMs = nowMs;
        nodeLost = false;
        beginRounds();
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

    /// Kafka's rule of being in sync, `replica.lag.time.max.ms`; and it must be one that counts, on a node that
    /// is not known to be gone: operators wait for this before they stop the next node.
    boolean isInSync(int leaderEpoch, long nowMs, int lagTimeMaxMs) {
        return holdsMarker(leaderEpoch) && !suspect && !nodeLost && caughtUpMs >= nowMs - lagTimeMaxMs;
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
