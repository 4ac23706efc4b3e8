package io.sampo.persistence.log;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import java.util.ArrayList;
import java.util.List;

/// What a log knows beside its batches: the number of its last event, where it starts, its epoch markers.
///
/// Thread rule: changed under the log's write lock, read by any thread.
final class ControlState {
    private volatile long highestSequenceNr;
    private volatile long logStartOffset;
    private volatile List<EpochStart> epochStarts;
    private volatile boolean awaitsTruncation;
    private final long lastCut;

    /// @param epochStarts oldest first
    /// @param lastCut number of the last event that cut the log; 0 when none did
    ControlState(long highestSequenceNr, long logStartOffset, List<EpochStart> epochStarts, long lastCut) {
        this.highestSequenceNr = highestSequenceNr;
        this.logStartOffset = logStartOffset;
        this.epochStarts = List.copyOf(epochStarts);
        this.lastCut = lastCut;
    }

    /// Checkpoints with a lower number are of the log before it was cut.
    long lastCut() {
        return lastCut;
    }

    /// A `TruncateIntent` was written: nothing more is written before it has been carried out.
    boolean awaitsTruncation() {
        return awaitsTruncation;
    }

    long highestSequenceNr() {
        return highestSequenceNr;
    }

    long logStartOffset() {
        return logStartOffset;
    }

    List<EpochStart> epochStarts() {
        return epochStarts;
    }

    /// The events were written.
    ///
    /// @param logEndOffset with them
    void written(List<? extends ReplicaEvent> events, long lastSequenceNr, long logEndOffset) {
        highestSequenceNr = lastSequenceNr;
        for (ReplicaEvent event : events) {
            if (event instanceof LogStartAdvanced advanced) {
                advanceLogStart(advanced.logStartOffset(), logEndOffset);
            } else if (event instanceof EpochStarted started) {
                List<EpochStart> longer = new ArrayList<>(epochStarts);
                longer.add(new EpochStart(started.leaderEpoch(), started.startOffset()));
                epochStarts = List.copyOf(longer);
            } else if (event instanceof TruncateIntent) {
                awaitsTruncation = true;
            }
        }
    }

    /// Never back.
    void advanceLogStart(long offset, long logEndOffset) {
        Invariant.check(offset <= logEndOffset, "log start %d beyond the log end %d", offset, logEndOffset);
        logStartOffset = Math.max(logStartOffset, offset);
    }

    /// A checkpoint was stored: markers that say nothing about offsets from `logStartOffset` on are not needed.
    void pruneMarkers(long logStartOffset) {
        epochStarts = EpochStart.prunedTo(logStartOffset, epochStarts);
    }

    /// Markers of later epochs, and of a history beyond `toOffset`.
    static void dropMarkers(List<EpochStart> markers, long toOffset, int keepUpToEpoch) {
        markers.removeIf(marker -> marker.leaderEpoch() > keepUpToEpoch || marker.startOffset() > toOffset);
    }
}
