package io.sampo.config;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Waits in a test until something holds. Looks now and then and leaves the processor to what is waited for.
final class Eventually {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long LOOK_EVERY_MS = 10;

    private Eventually() {}

    /// @param what for the failure: what did not come about within 30 s
    static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + LIMIT.toSeconds() + " s: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
        }
    }
}
