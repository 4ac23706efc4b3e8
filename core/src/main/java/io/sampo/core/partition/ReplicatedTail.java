package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaMessage.TailMessage;
import java.util.List;

/// Appends what another replica sent of its log: batches and markers in the order in which they stand there.
final class ReplicatedTail {
    private ReplicatedTail() {}

    /// What does not continue this log is left out, with all that follows: it comes again with the next answer.
    ///
    /// @param events gets what is to be persisted, decided already
    /// @return bytes of the batches that were taken
    static long take(TailMessage tail, ReplicaState state, List<ReplicaEvent> events) {
        ReplicaHistory history = state.history;
        List<EpochStarted> markers = tail.markers();
        int nextMarker = 0;
        long bytes = 0;
        for (BatchAppended batch : tail.batches()) {
            BatchHeader header = batch.header();
            long upTo = Math.min(Math.max(header.baseOffset(), history.logStartOffset()), history.logEndOffset());
            nextMarker = takeMarkers(markers, nextMarker, upTo, state, events);
            boolean continues = history.isContinuedBy(header)
                    && header.leaderEpoch() == history.epochOf(history.coveredOffset(header))
                    && (nextMarker == markers.size()
                            || header.lastOffset() < markers.get(nextMarker).startOffset());
            if (!continues) {
                return bytes;
            }
            state.decided(batch, events);
            bytes += header.sizeInBytes();
        }
        takeMarkers(markers, nextMarker, history.logEndOffset(), state, events);
        return bytes;
    }

    private static int takeMarkers(
            List<EpochStarted> markers, int from, long upToOffset, ReplicaState state, List<ReplicaEvent> events) {
        int next = from;
        while (next < markers.size() && markers.get(next).startOffset() <= upToOffset) {
            EpochStarted marker = markers.get(next++);
            if (marker.leaderEpoch() > state.history.lastEpoch()) {
                state.decided(marker, events);
            }
        }
        return next;
    }
}
