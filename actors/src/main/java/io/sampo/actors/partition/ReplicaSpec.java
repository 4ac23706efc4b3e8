package io.sampo.actors.partition;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.VoterSet;
import java.util.List;

/// What this node has to know to run its replica of a partition.
///
/// @param replicas node ids, preferred leader first
/// @param initialConfig the voters, for a replica that does not exist yet; none when it comes in as a learner
/// @param desired where metadata want the partition to be
public record ReplicaSpec(
        PartitionId id,
        String topic,
        List<Integer> replicas,
        VoterSet initialConfig,
        ReplicaInput.DesiredReplicas desired,
        LogSettings logSettings,
        ReplicaSettings replicaSettings) {

    public ReplicaSpec {
        replicas = List.copyOf(replicas);
    }

    /// False when acknowledged records may be in the page cache only.
    boolean syncsBeforeAcknowledge() {
        return LogSettings.isAlwaysSynced(topic) || logSettings.syncBeforeAcknowledge();
    }
}
