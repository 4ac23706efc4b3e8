package io.sampo.persistence.scrub;

/// When so many bytes may have been read, at a rate that may change. What was not used in the past is not saved up.
///
/// Thread rule: one thread.
final class Pace {
    private static final long NANOS = 1_000_000_000L;

    private long freeAtNanos;

    /// Counts bytes that were read.
    ///
    /// @param bytesPerSecond above 0
    /// @return when the next may be read, in the same clock
    long pass(int bytes, long bytesPerSecond, long nowNanos) {
        freeAtNanos = Math.max(freeAtNanos, nowNanos) + (long) ((double) bytes / bytesPerSecond * NANOS);
        return freeAtNanos;
    }
}
