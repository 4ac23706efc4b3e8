package io.sampo.actors.group;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// The wall clock of the start, moved on by the monotonic one: timestamps make sense to people, and a clock that is
/// set does not end the sessions of all members. Any thread.
public final class SteadyClock implements LongSupplier {
    private final long startMs = System.currentTimeMillis();
    private final long startNanos = System.nanoTime();

    /// Milliseconds since the epoch.
    @Override
    public long getAsLong() {
        return startMs + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }
}
