package io.sampo.core.partition;

import java.util.ArrayList;
import java.util.List;

/// A zero-width marker in the log: from `startOffset` (inclusive) on, batches were written by the leader of
/// `leaderEpoch` (docs of replication, protocol C). Epochs strictly increase from one marker to the next, start
/// offsets never decrease.
public record EpochStart(int leaderEpoch, long startOffset) {

    /// The markers that still say something about offsets from `logStartOffset` on: of those that start at or below
    /// it only the newest is left, and it starts there (as Kafka's leader epoch cache has it).
    ///
    /// @param markers oldest first
    /// @return the same list when none goes
    public static List<EpochStart> prunedTo(long logStartOffset, List<EpochStart> markers) {
        int below = 0;
        while (below < markers.size() && markers.get(below).startOffset <= logStartOffset) {
            below++;
        }
        if (below == 0 || below == 1 && markers.getFirst().startOffset == logStartOffset) {
            return markers;
        }
        List<EpochStart> kept = new ArrayList<>(markers.subList(below - 1, markers.size()));
        kept.set(0, new EpochStart(markers.get(below - 1).leaderEpoch, logStartOffset));
        return List.copyOf(kept);
    }
}
