package io.sampo.chaos.stream;

import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Waits for what happens by itself.
final class Waiting {
    private static final long BETWEEN_MS = 20;

    private Waiting() {}

    /// @return whether it came within the limit
    static boolean until(Duration limit, BooleanSupplier condition) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            pause(BETWEEN_MS);
        }
        return true;
    }

    static void pause(long ms) throws IOException {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }
}
