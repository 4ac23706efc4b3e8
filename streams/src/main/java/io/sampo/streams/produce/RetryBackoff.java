package io.sampo.streams.produce;

import java.util.random.RandomGenerator;

/// How long a retry waits: `retry.backoff.ms`, doubled with each failure up to `retry.backoff.max.ms`, a
/// fifth more or less so that clients do not come all at once (KIP-580).
final class RetryBackoff {
    private final long firstMs;
    private final long maxMs;
    private final RandomGenerator random;

    RetryBackoff(long firstMs, long maxMs, RandomGenerator random) {
        this.firstMs = firstMs;
        this.maxMs = Math.max(firstMs, maxMs);
        this.random = random;
    }

    /// @param failureCount failures so far, 1 or more
    long afterMs(int failureCount) {
        double grown = firstMs * Math.pow(2, Math.min(failureCount - 1, 40));
        return (long) Math.min(maxMs, Math.min(grown, maxMs) * random.nextDouble(0.8, 1.2));
    }
}
