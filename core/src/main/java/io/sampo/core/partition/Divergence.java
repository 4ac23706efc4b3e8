package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.DivergingEpoch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where two logs part, and what the follower has to cut (protocol C, 1.6; the exchange is that of KIP-595). Pure
/// functions.
final class Divergence {
    private Divergence() {}

    /// Looks at a follower's key from the leader's side.
    ///
    /// @param markers of the leader, oldest first
    /// @param logEndOffset of the leader, exclusive
    /// @return null when a log with that key is a prefix of the leader's
    static @Nullable DivergingEpoch find(List<EpochStart> markers, long logEndOffset, LogKey follower) {
        int epoch = -1;
        long endOffset = logEndOffset;
        for (int i = markers.size() - 1; i >= 0; i--) {
            EpochStart marker = markers.get(i);
            if (marker.leaderEpoch() <= follower.lastEpoch()) {
                epoch = marker.leaderEpoch();
                break;
            }
            endOffset = marker.startOffset();
        }
        boolean fits = epoch == follower.lastEpoch() && follower.logEndOffset() <= endOffset;
        return fits ? null : new DivergingEpoch(epoch, endOffset);
    }

    /// Whether a follower with that key has to begin anew: its log ends below the leader's log start, or the leader
    /// remembers no marker as old as its last one, so that they cannot be compared.
    ///
    /// @param markers of the leader, oldest first; below its log start they may have been forgotten
    static boolean isBeforeLogStart(List<EpochStart> markers, long logStartOffset, LogKey follower) {
        boolean incomparable = logStartOffset > 0
                && !markers.isEmpty()
                && follower.lastEpoch() < markers.getFirst().leaderEpoch();
        return follower.logEndOffset() < logStartOffset || incomparable;
    }

    /// What the follower cuts when it is told where the logs part.
    ///
    /// @param markers of the follower, oldest first
    /// @param logEndOffset of the follower, exclusive
    static TruncateIntent truncation(
            List<EpochStart> markers, long logEndOffset, DivergingEpoch diverging, int byLeaderEpoch) {
        long own = logEndOffset;
        for (EpochStart marker : markers) {
            if (marker.leaderEpoch() > diverging.leaderEpoch()) {
                own = marker.startOffset();
                break;
            }
        }
        long toOffset = Math.min(Math.min(own, diverging.endOffset()), logEndOffset);
        return new TruncateIntent(toOffset, diverging.leaderEpoch(), byLeaderEpoch);
    }

    /// The clause on the start offset matters: a marker that stayed beyond the end would overstate the log.
    static boolean drops(TruncateIntent intent, EpochStart marker) {
        return marker.leaderEpoch() > intent.keepMarkersUpToEpoch() || marker.startOffset() > intent.toOffset();
    }
}
