package io.sampo.persistence.log;

import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.CleanClose;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a checkpoint and the control events after it say of a log: where it starts, its markers, its synced prefix.
///
/// @param floor below this everything was synced at some time: what is missing there is damage
/// @param gapsFrom from this offset on offsets may be missing between batches; Long.MAX_VALUE: nowhere
/// @param lastCut number of the last event that cut the log or began it anew; older checkpoints are of another log
/// @param markers oldest first; changeable
record ControlReplay(long floor, long logStartOffset, long gapsFrom, long lastCut, List<EpochStart> markers) {

    static ControlReplay of(@Nullable CheckpointFile from, List<MetaRecord> records) {
        long floor = from == null ? 0 : from.syncedEndOffset();
        long logStartOffset = from == null ? 0 : from.stored().checkpoint().logStartOffset();
        List<EpochStart> markers = new ArrayList<>();
        if (from != null) {
            markers.addAll(from.stored().checkpoint().epochStarts());
        }
        long covered = from == null ? 0 : from.stored().sequenceNr();
        boolean uncovered = false;
        long gapsFrom = Long.MAX_VALUE;
        long lastCut = 0;
        for (MetaRecord record : records) {
            ReplicaEvent event = record.event();
            if (record.kind() == MetaRecord.GAPS) {
                gapsFrom = Math.min(gapsFrom, record.logEndOffset());
                continue;
            }
            if (event instanceof TruncateIntent) {
                lastCut = record.sequenceNr();
            }
            uncovered = event == null ? uncovered : record.sequenceNr() > covered;
            if (!uncovered) {
                continue;
            }
            if (event == null) {
                floor = Math.min(floor, record.logEndOffset());
            } else if (event instanceof EpochStarted started) {
                markers.add(new EpochStart(started.leaderEpoch(), started.startOffset()));
                floor = Math.max(floor, started.startOffset());
            } else if (event instanceof TruncateIntent intent) {
                ControlState.dropMarkers(markers, intent.toOffset(), intent.keepMarkersUpToEpoch());
                floor = Math.min(floor, intent.toOffset());
            } else if (event instanceof LogStartAdvanced advanced) {
                logStartOffset = Math.max(logStartOffset, advanced.logStartOffset());
            } else if (event instanceof CleanClose close) {
                floor = Math.max(floor, close.logEndOffset());
            }
        }
        return new ControlReplay(floor, logStartOffset, gapsFrom, lastCut, markers);
    }
}
