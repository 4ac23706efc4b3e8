package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;

/// 10, 11: epochs of markers rise, their starts do not fall and lie in the synced log; each batch has the epoch of
/// the marker that covers it and follows its predecessor without a gap.
final class MarkerInvariant implements PartitionInvariant {
    private static final String MARKERS = "10 markers";

    @Override
    public void beforeWrite(ReplicaShell replica, ReplicaEvent event) {
        SimulatedDisk disk = replica.node.disk;
        DiskImage image = disk.image;
        if (event instanceof EpochStarted started) {
            long lastStart =
                    image.markers.isEmpty() ? 0 : image.markers.getLast().startOffset();
            Violation.check(
                    started.leaderEpoch() > image.lastEpoch()
                            && started.startOffset() >= lastStart
                            && started.startOffset() <= disk.logEndOffset(),
                    MARKERS,
                    "node %d: %d at %d after %d at %d, log end %d",
                    replica.node.nodeId,
                    started.leaderEpoch(),
                    started.startOffset(),
                    image.lastEpoch(),
                    lastStart,
                    disk.logEndOffset());
        } else if (event instanceof BatchAppended batch) {
            long base = batch.header().baseOffset();
            long end = disk.logEndOffset();
            // The log start may lie inside of the first batch.
            boolean first = disk.isEmptyFromLogStart() && base <= end;
            Violation.check(
                    batch.header().leaderEpoch() == image.lastEpoch()
                            && (base == end || first)
                            && (base >= image.markers.getLast().startOffset() || first),
                    "11 batches follow their marker",
                    "node %d: %d at %d, last marker %d, log end %d",
                    replica.node.nodeId,
                    batch.header().leaderEpoch(),
                    batch.header().baseOffset(),
                    image.lastEpoch(),
                    disk.logEndOffset());
        }
    }

    @Override
    public void written(ReplicaShell replica, ReplicaEvent event) {
        if (event instanceof EpochStarted started) {
            Violation.check(
                    replica.node.disk.syncedEndOffset() >= started.startOffset(),
                    MARKERS,
                    "node %d: marker at %d, synced up to %d (rule F1)",
                    replica.node.nodeId,
                    started.startOffset(),
                    replica.node.disk.syncedEndOffset());
        }
    }
}
