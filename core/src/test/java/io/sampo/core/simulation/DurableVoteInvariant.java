package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaMessage.Fetch;

/// 18: nobody acknowledges what it does not hold as durably as the topic asks.
final class DurableVoteInvariant implements PartitionInvariant {
    private final World world;

    DurableVoteInvariant(World world) {
        this.world = world;
    }

    @Override
    public void sent(ReplicaShell replica, ReplicaEnvelope envelope) {
        if (envelope.message() instanceof Fetch fetch) {
            SimulatedDisk disk = replica.node.disk;
            long held = world.scenario.syncsBeforeAcknowledge() ? disk.syncedEndOffset() : disk.logEndOffset();
            Violation.check(
                    fetch.durableOffset() <= Math.max(held, disk.image.logStartOffset)
                            && fetch.key().lastEpoch() <= disk.image.lastEpoch(),
                    "18 no vote above durable",
                    "node %d acknowledges %d with epoch %d, holds %d with epoch %d",
                    replica.node.nodeId,
                    fetch.durableOffset(),
                    fetch.key().lastEpoch(),
                    held,
                    disk.image.lastEpoch());
        }
    }
}
