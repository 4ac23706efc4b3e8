package io.sampo.core.partition;

/// Whether one side of one replica waits for the node's quota, and how long until it looks again (KIP-73).
///
/// All throttled replicas of a node wait for the same quota. Each looks again when the quota will be free, and
/// a random while later that grows with the number of those that wait: so one alone uses the whole rate, a
/// thousand cost a few thousand looks a second, and all have the same chance.
final class CatchUpThrottle {

    /// Looks again at the latest then: the rate, or whether there is one, may have changed.
    static final int MAX_WAIT_MS = 1_000;

    static final int MAX_SPREAD_MS = 500;

    private static final int SPREAD_FOR_EACH_MS = 5;

    private final Dice dice;
    private final ReplicationQuota quota;
    private long untilMs = Long.MAX_VALUE;
    private long heldMs = Long.MIN_VALUE / 2;

    CatchUpThrottle(Dice dice, ReplicationQuota quota) {
        this.dice = dice;
        this.quota = quota;
    }

    /// Only for a replica that is throttled and not in sync.
    ///
    /// @return true when it has to wait until [#untilMs]
    boolean holdsBack(long nowMs) {
        if (untilMs != Long.MAX_VALUE && nowMs < untilMs) {
            return true;
        }
        long waitMs = quota.waitMs(nowMs);
        if (waitMs == 0) {
            release();
            return false;
        }
        int others = quota.waiting(heldMs, nowMs) - 1;
        int spreadMs = Math.min(MAX_SPREAD_MS / SPREAD_FOR_EACH_MS, others) * SPREAD_FOR_EACH_MS;
        untilMs = nowMs + Math.min(waitMs, MAX_WAIT_MS) + dice.below(spreadMs);
        heldMs = nowMs;
        return true;
    }

    /// It need not wait, or not any more.
    void release() {
        untilMs = Long.MAX_VALUE;
    }

    /// When to look again; Long.MAX_VALUE while nothing is held back.
    long untilMs() {
        return untilMs;
    }

    /// How much one answer to a throttled replica may carry, so that a low rate is not exceeded by far.
    int answerBytes(int maxBytes) {
        return (int) Math.min(maxBytes, quota.windowBytes());
    }
}
