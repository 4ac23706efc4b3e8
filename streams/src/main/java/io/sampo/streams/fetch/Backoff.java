package io.sampo.streams.fetch;

import java.util.random.RandomGenerator;

/// Pauses between tries: they double from `retry.backoff.ms` up to `retry.backoff.max.ms`, each spread by a fifth to
/// both sides so that many clients do not come back at once.
///
/// @param random of whoever wants the pauses to be repeatable
record Backoff(long firstMs, long maxMs, RandomGenerator random) {

    /// @param attempts tries since the last success, from 0 on
    long pauseMs(int attempts) {
        double pause = Math.min(maxMs, firstMs * Math.pow(2, Math.min(attempts, 40)));
        return Math.round(pause * (0.8 + 0.4 * random.nextDouble()));
    }
}
