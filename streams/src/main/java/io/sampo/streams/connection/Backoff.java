package io.sampo.streams.connection;

/// How long to wait before the next attempt: doubles with each failure up to `maxMs`, 20 % more or less by chance, so
/// that clients which failed together do not come back together.
///
/// @param initialMs after the first failure
/// @param maxMs never exceeded, jitter included; at least `initialMs` counts
public record Backoff(long initialMs, long maxMs) {

    private static final double JITTER = 0.2;

    public Backoff {
        if (initialMs < 0 || maxMs < 0) {
            throw new IllegalArgumentException("a backoff cannot be negative: " + initialMs + ", " + maxMs);
        }
        maxMs = Math.max(initialMs, maxMs);
    }

    /// @param failures in a row, at least 1
    /// @param random from 0 to 1, decides the jitter
    /// @return milliseconds
    public long delayMs(int failures, double random) {
        double doubled = initialMs * Math.pow(2, Math.max(0, failures - 1));
        double jittered = Math.min(doubled, maxMs) * (1 - JITTER + 2 * JITTER * random);
        return Math.min(maxMs, Math.round(jittered));
    }
}
