package io.sampo.core.partition;

/// From which offset on a log was written so lately that reading it waits for no disk: roughly the bytes of the last
/// [#MAX_AGE_MS], but no more than a few [#MAX_BYTES]. What lies below is read where waiting holds up nobody.
///
/// A wrong answer costs time, never data. Thread rule: the owner's.
public final class WarmTail {
    /// What was written is held in two parts; the older one is forgotten when the newer one is so large,
    public static final long MAX_BYTES = 4 * 1024 * 1024;

    /// or so old.
    public static final long MAX_AGE_MS = 10_000;

    private static final long NOTHING = Long.MAX_VALUE;

    private long olderFromOffset = NOTHING;
    private long newerFromOffset = NOTHING;
    private long newerSinceMs;
    private long newerBytes;

    /// @param baseOffset of the first batch of a write; writes come in order
    public void written(long baseOffset, long bytes, long nowMs) {
        age(nowMs);
        if (newerBytes >= MAX_BYTES) {
            olderFromOffset = newerFromOffset;
            newerFromOffset = NOTHING;
            newerBytes = 0;
        }
        if (newerFromOffset == NOTHING) {
            newerFromOffset = baseOffset;
            newerSinceMs = nowMs;
        }
        newerBytes += bytes;
    }

    public boolean contains(long offset, long nowMs) {
        age(nowMs);
        return offset >= Math.min(olderFromOffset, newerFromOffset);
    }

    private void age(long nowMs) {
        long ageMs = nowMs - newerSinceMs;
        if (newerFromOffset != NOTHING && ageMs >= MAX_AGE_MS) {
            olderFromOffset = ageMs >= 2 * MAX_AGE_MS ? NOTHING : newerFromOffset;
            newerFromOffset = NOTHING;
            newerSinceMs = nowMs;
            newerBytes = 0;
        } else if (newerFromOffset == NOTHING && ageMs >= MAX_AGE_MS) {
            olderFromOffset = NOTHING;
        }
    }
}
