package io.sampo.core.metadata;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.util.List;
import java.util.Optional;

/// Who leads which partition, as far as this node knows: soft state, the highest leader epoch wins. Any thread.
@FunctionalInterface
public interface LeaderView {

    /// Empty until a leader of the partition is known to serve: clients then get LEADER_NOT_AVAILABLE.
    Optional<Leadership> leadership(PartitionId partition);

    /// @param inSyncReplicas node ids that are caught up
    /// @param offlineReplicas node ids whose replica cannot be used
    /// @param voters the newest configuration that the leader knows to be committed: a replica that is not in it
    ///     may be deleted once the metadata do not want it either. Empty when not known
    record Leadership(
            int nodeId,
            int leaderEpoch,
            List<Integer> inSyncReplicas,
            List<Integer> offlineReplicas,
            List<ReplicaId> voters) {

        public Leadership {
            inSyncReplicas = List.copyOf(inSyncReplicas);
            offlineReplicas = List.copyOf(offlineReplicas);
            voters = List.copyOf(voters);
        }

        public Leadership(int nodeId, int leaderEpoch, List<Integer> inSyncReplicas, List<Integer> offlineReplicas) {
            this(nodeId, leaderEpoch, inSyncReplicas, offlineReplicas, List.of());
        }
    }
}
