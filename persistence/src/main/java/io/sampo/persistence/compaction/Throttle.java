package io.sampo.persistence.compaction;

import java.util.concurrent.locks.LockSupport;

/// Keeps the cleaner below so many bytes per second, by pausing its thread after each slice.
///
/// Thread rule: one thread.
final class Throttle {
    private final double bytesPerSecond;
    private long startNanos = System.nanoTime();
    private double bytes;

    Throttle(double bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /// Counts `count` bytes and returns when they fit into the rate. A pause ends early when the thread is
    /// interrupted.
    void pass(long count) {
        if (bytesPerSecond == Double.MAX_VALUE) {
            Thread.yield();
            return;
        }
        bytes += count;
        long dueNanos = startNanos + (long) (bytes / bytesPerSecond * 1e9);
        long nowNanos = System.nanoTime();
        if (dueNanos > nowNanos) {
            LockSupport.parkNanos(dueNanos - nowNanos);
        } else if (nowNanos - dueNanos > 1_000_000_000L) {
            // What was not used in the past is not saved up for a burst.
            startNanos = nowNanos;
            bytes = 0;
        }
    }
}
