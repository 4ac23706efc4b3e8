package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaId;
import java.util.List;

/// 28: after healing, all replicas hold the same log, and all of it is committed and was read.
final class EndStateInvariant implements PartitionInvariant {
    private static final String NAME = "28 replicas are equal in the end";

    private final World world;

    EndStateInvariant(World world) {
        this.world = world;
    }

    @Override
    public void atEnd() {
        for (ReplicaId replica : world.metadata.holders()) {
            SimulatedNode node = world.node(replica.nodeId());
            Violation.check(
                    node.disk.logEndOffset() == world.committed.end(),
                    NAME,
                    "node %d ends at %d, committed up to %d",
                    node.nodeId,
                    node.disk.logEndOffset(),
                    world.committed.end());
            List<StoredBatch> log = node.disk.log();
            int first = LogTail.firstAtOrAfter(log, node.disk.image.logStartOffset);
            long next = first == log.size() ? 0 : log.get(first).baseOffset();
            for (StoredBatch batch : log.subList(first, log.size())) {
                Violation.check(
                        batch.baseOffset() == next && world.committed.contains(batch),
                        NAME,
                        "node %d holds %s at %d",
                        node.nodeId,
                        batch,
                        next);
                next = batch.nextOffset();
            }
        }
        for (Consumer consumer : world.clients.consumers) {
            Violation.check(
                    consumer.position() == world.committed.end(),
                    NAME,
                    "a consumer stands at %d, committed up to %d",
                    consumer.position(),
                    world.committed.end());
        }
    }
}
