package io.sampo.streams.group;

import io.sampo.streams.connection.Pauses;
import java.util.random.RandomGenerator;

/// How long a member waits after a failure; counts failures in a row.
final class Backoff {
    private final Pauses pauses;
    private int failures;

    Backoff(GroupSettings.Times times, RandomGenerator random) {
        this.pauses = new Pauses(times.retryBackoffMs(), times.retryBackoffMaxMs(), random);
    }

    long nextMs() {
        return pauses.afterMs(++failures);
    }

    void succeeded() {
        failures = 0;
    }
}
