package io.sampo.core.partition;

/// How fast replicas may catch up (KIP-73): `leader.replication.throttled.rate` of what a node sends, or
/// `follower.replication.throttled.rate` of what it takes; one object for each of both, for all partitions of a
/// node.
///
/// All bytes of throttled partitions ([ThrottledReplicas]) are recorded; while the quota is exceeded, records
/// wait for those replicas of them that are not in sync. Replicas in sync are never held back: the quota may be
/// exceeded by what producers send, and nothing that was acknowledged becomes less safe by it.
///
/// The rate is that of a sliding window, as Kafka has it: the bytes of the last `windows` windows, divided by
/// the time since the oldest of them began, at least one window. So after a rest a burst of one window's bytes
/// is allowed.
///
/// Thread rule: any thread.
public final class ReplicationQuota {
    public static final long UNLIMITED = Long.MAX_VALUE;

    /// Longer than anybody waits before it looks again.
    private static final long WAITING_STRETCH_MS = 2_000;

    private static final double MS_PER_SECOND = 1000.0;

    private final int windows;
    private final long windowMs;
    private final long[] bytesOfWindow;

    /// Number of the newest window since the clock's zero; -1 before the first bytes.
    private long newest = -1;

    /// Number of the oldest window that has bytes and is not over.
    private long oldest;

    private long bytesPerSecond;

    private long waitingStretch;
    private int waitingNow;
    private int waitedBefore;

    /// @param windows `replication.quota.window.num`
    /// @param windowMs `replication.quota.window.size.seconds`
    public ReplicationQuota(int windows, long windowMs, long bytesPerSecond) {
        if (windows < 1 || windowMs < 1) {
            throw new IllegalArgumentException(windows + " windows of " + windowMs + " ms");
        }
        this.windows = windows;
        this.windowMs = windowMs;
        this.bytesOfWindow = new long[windows];
        changeRate(bytesPerSecond);
    }

    /// Holds from now on; what was recorded counts.
    ///
    /// @param bytesPerSecond above 0; [#UNLIMITED] for none
    public synchronized void changeRate(long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("a rate of " + bytesPerSecond + " bytes per second");
        }
        this.bytesPerSecond = bytesPerSecond;
    }

    /// @param nowMs a clock that does not go back; where it does, it stands still here
    public synchronized void record(long bytes, long nowMs) {
        moveTo(nowMs);
        if (isEmpty()) {
            newest = Math.max(newest, nowMs / windowMs);
            oldest = newest;
        }
        bytesOfWindow[(int) (newest % windows)] += bytes;
    }

    /// What may go in one window, at least 1.
    public synchronized long windowBytes() {
        return bytesPerSecond == UNLIMITED
                ? UNLIMITED
                : Math.max(1, (long) (bytesPerSecond * (windowMs / MS_PER_SECOND)));
    }

    public synchronized boolean isExceeded(long nowMs) {
        return waitMs(nowMs) > 0;
    }

    /// After how long the quota is not exceeded any more, when nothing is recorded meanwhile; 0 when it is not.
    public synchronized long waitMs(long nowMs) {
        moveTo(nowMs);
        if (isEmpty() || bytesPerSecond == UNLIMITED) {
            return 0;
        }
        long sum = 0;
        for (long bytes : bytesOfWindow) {
            sum += bytes;
        }
        long fromMs = nowMs;
        for (long window = oldest; window <= newest; window++) {
            long bytes = bytesOfWindow[(int) (window % windows)];
            if (bytes > 0) {
                long neededMs = (long) Math.ceil(sum * MS_PER_SECOND / bytesPerSecond);
                long enoughAtMs = neededMs <= windowMs ? fromMs : Math.max(fromMs, window * windowMs + neededMs);
                long forgottenAtMs = (window + windows) * windowMs;
                if (enoughAtMs < forgottenAtMs) {
                    return enoughAtMs - nowMs;
                }
                fromMs = Math.max(fromMs, forgottenAtMs);
                sum -= bytes;
            }
        }
        return fromMs - nowMs;
    }

    /// How many replicas wait for this quota, about: those that said so in this stretch of
    /// [#WAITING_STRETCH_MS] or in the one before. Nobody has to say that it waits no more.
    ///
    /// @param lastSaidMs when the one that says so now did last
    synchronized int waiting(long lastSaidMs, long nowMs) {
        long stretch = nowMs / WAITING_STRETCH_MS;
        if (stretch != waitingStretch) {
            waitedBefore = stretch == waitingStretch + 1 ? waitingNow : 0;
            waitingNow = 0;
            waitingStretch = stretch;
        }
        if (lastSaidMs / WAITING_STRETCH_MS != stretch) {
            waitingNow++;
        }
        return Math.max(waitedBefore, waitingNow);
    }

    private boolean isEmpty() {
        return newest < 0 || oldest > newest;
    }

    /// Forgets windows that are over.
    private void moveTo(long nowMs) {
        long now = Math.max(newest, nowMs / windowMs);
        if (newest < 0 || now == newest) {
            return;
        }
        long firstToClear = Math.max(newest + 1, now - windows + 1);
        for (long window = firstToClear; window <= now; window++) {
            bytesOfWindow[(int) (window % windows)] = 0;
        }
        newest = now;
        oldest = Math.max(oldest, now - windows + 1);
        while (oldest <= newest && bytesOfWindow[(int) (oldest % windows)] == 0) {
            oldest++;
        }
    }
}
