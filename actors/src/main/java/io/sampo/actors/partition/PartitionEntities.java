package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import java.util.List;

/// The way to the sharded actors of partitions, wherever they live. Any thread; messages may be lost, so ask again.
public interface PartitionEntities {

    /// Starts the replica of a partition on this node, if it does not run yet.
    void startReplica(PartitionId id);

    /// Wakes the leader entity of a partition, which then campaigns on the node where sharding placed it.
    ///
    /// @param replicas node ids, preferred leader first: the placement group
    void wakeLeader(PartitionId id, List<Integer> replicas);
}
