package io.sampo.streams.connection;

import java.util.random.RandomGenerator;

/// The pauses of a [Backoff], with the chance that spreads them: `retry.backoff.ms` after the first failure, doubling
/// up to `retry.backoff.max.ms` (KIP-580).
public final class Pauses {
    private final Backoff backoff;
    private final RandomGenerator random;

    /// @param random of whoever wants the pauses to be repeatable
    public Pauses(long initialMs, long maxMs, RandomGenerator random) {
        this.backoff = new Backoff(initialMs, maxMs);
        this.random = random;
    }

    /// @param failures in a row, at least 1
    /// @return milliseconds
    public long afterMs(int failures) {
        return backoff.delayMs(failures, random.nextDouble());
    }
}
