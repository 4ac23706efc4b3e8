package io.sampo.core.partition;

/// What a leader (later also a follower) lets be read, taken once for a fetch. Published by the replica, read by
/// any thread.
///
/// @param leaderEpoch in which it was published
/// @param logStartOffset inclusive
/// @param highWatermark exclusive end for read_uncommitted
/// @param lastStableOffset exclusive end for read_committed, at most highWatermark
/// @param logEndOffset exclusive end of the log, committed or not
public record ReadView(
        int leaderEpoch, long logStartOffset, long highWatermark, long lastStableOffset, long logEndOffset) {

    public ReadView {
        Invariant.check(
                logStartOffset <= highWatermark && lastStableOffset <= highWatermark && highWatermark <= logEndOffset,
                "logStartOffset %d, lastStableOffset %d <= highWatermark %d <= logEndOffset %d",
                logStartOffset,
                lastStableOffset,
                highWatermark,
                logEndOffset);
    }
}
