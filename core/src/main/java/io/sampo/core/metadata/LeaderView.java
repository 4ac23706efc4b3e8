package io.sampo.core.metadata;

import io.sampo.core.partition.PartitionId;
import java.util.List;
import java.util.Optional;

/// Who leads which partition, as far as this node knows: soft state, the highest leader epoch wins. Any thread.
@FunctionalInterface
public interface LeaderView {

    /// Empty until a leader of the partition is known to serve: clients then get LEADER_NOT_AVAILABLE.
    Optional<Leadership> leadership(PartitionId partition);

    /// @param inSyncReplicas node ids that are caught up
    /// @param offlineReplicas node ids whose replica cannot be used
    record Leadership(int nodeId, int leaderEpoch, List<Integer> inSyncReplicas, List<Integer> offlineReplicas) {}
}
