package io.sampo.core.partition;

/// How good a replica's log is: first the epoch of its last marker, then its end. The log with the larger key holds
/// everything that the other's voters may have committed (protocol C, 1.3).
///
/// @param lastEpoch epoch of the last marker, -1 before the first
/// @param logEndOffset exclusive
public record LogKey(int lastEpoch, long logEndOffset) implements Comparable<LogKey> {

    /// Of a replica that wants to begin anew, whatever it holds.
    static final LogKey NOTHING = new LogKey(-1, -1);

    @Override
    public int compareTo(LogKey other) {
        int byEpoch = Integer.compare(lastEpoch, other.lastEpoch);
        return byEpoch != 0 ? byEpoch : Long.compare(logEndOffset, other.logEndOffset);
    }

    public boolean isBetterThan(LogKey other) {
        return compareTo(other) > 0;
    }
}
