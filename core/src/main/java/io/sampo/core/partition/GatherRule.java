package io.sampo.core.partition;

/// Decides how many requests a replica waits for before it persists again.
///
/// A producer with five requests in flight gets its answers in rounds: everything that one sync made durable is
/// answered at once, and the client's next requests come back within a fraction of the time of a sync. Whoever
/// persists the first of them at once makes the others wait for a sync that serves one request only, so syncs
/// alternate between few requests and many. Waiting for as many as were under way pays when the round is slow (a
/// disk, other replicas) and never when it is fast (the page cache).
///
/// The wait is bounded three ways: it ends with the expected request, it is at most as long as the round before it,
/// and it counts from the end of that round, so a request that comes later than that waits for nothing.
///
/// Not thread-safe: one caller at a time. Times are those of one monotonic clock, nanoseconds.
public final class GatherRule {

    /// Rounds that are faster are not worth waiting for: they end in the page cache.
    public static final long MIN_ROUND_NANOS = 200_000;

    private final long maxWaitNanos;
    private int underWay;
    private long startedNanos;
    private long waitNanos;

    /// @param maxWaitNanos no wait is longer; 0 switches waiting off
    public GatherRule(long maxWaitNanos) {
        this.maxWaitNanos = maxWaitNanos;
    }

    /// A round begins.
    ///
    /// @param requests how many it serves
    public void started(int requests, long nowNanos) {
        underWay = requests;
        startedNanos = nowNanos;
    }

    /// The round is over, its requests are answered.
    ///
    /// @param waiting requests that came meanwhile
    /// @return the next round should begin when so many wait, or [#waitNanos] after now if they wait in vain; 1
    ///     when it should begin with the next request
    public int answered(int waiting, long nowNanos) {
        long roundNanos = nowNanos - startedNanos;
        int expected = underWay + waiting;
        if (expected <= 1 || underWay == 0 || roundNanos < MIN_ROUND_NANOS || maxWaitNanos == 0) {
            waitNanos = 0;
            return 1;
        }
        waitNanos = Math.min(roundNanos, maxWaitNanos);
        return expected;
    }

    /// How long the round that was answered last allows to wait.
    public long waitNanos() {
        return waitNanos;
    }
}
