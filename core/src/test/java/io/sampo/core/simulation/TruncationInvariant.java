package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;

/// 9: nothing that is committed is ever cut, and no replica that trusts its log cuts below its own high watermark.
final class TruncationInvariant implements PartitionInvariant {
    private static final String NAME = "9 no truncation of committed records";

    private final World world;

    TruncationInvariant(World world) {
        this.world = world;
    }

    @Override
    public void beforeWrite(ReplicaShell replica, ReplicaEvent event) {
        if (!(event instanceof TruncateIntent intent)) {
            return;
        }
        Violation.check(
                replica.node.disk.image.suspect || intent.toOffset() >= replica.core.highWatermark(),
                NAME,
                "node %d cuts to %d, its high watermark is %d",
                replica.node.nodeId,
                intent.toOffset(),
                replica.core.highWatermark());
        for (StoredBatch batch : replica.node.disk.log()) {
            Violation.check(
                    batch.nextOffset() <= intent.toOffset() || !world.committed.contains(batch),
                    NAME,
                    "node %d cuts %s",
                    replica.node.nodeId,
                    batch);
        }
    }
}
