package io.sampo.streams.group;

import java.util.random.RandomGenerator;

/// How long to wait after a failure: doubles from `retry.backoff.ms` to `retry.backoff.max.ms`, a fifth more or less
/// by chance, so that members do not come back all at once.
final class Backoff {
    private final long firstMs;
    private final long maxMs;
    private final RandomGenerator random;
    private int failures;

    Backoff(GroupSettings.Times times, RandomGenerator random) {
        this.firstMs = times.retryBackoffMs();
        this.maxMs = times.retryBackoffMaxMs();
        this.random = random;
    }

    long nextMs() {
        long plainMs = Math.min(maxMs, firstMs << Math.min(failures++, 30));
        return Math.round(plainMs * random.nextDouble(0.8, 1.2));
    }

    void succeeded() {
        failures = 0;
    }
}
