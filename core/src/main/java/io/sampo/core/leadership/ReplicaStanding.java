package io.sampo.core.leadership;

import io.sampo.core.partition.LogKey;
import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaId;

/// What a replica says of itself to somebody who looks for one that could lead.
///
/// @param key how good its log is
/// @param promisedEpoch the highest that it has promised; -1 when it has promised none
/// @param suspect it may have lost records
/// @param hasLeader it leads, or hears a leader
public record ReplicaStanding(ReplicaId replica, LogKey key, int promisedEpoch, boolean suspect, boolean hasLeader) {

    public static ReplicaStanding of(ReplicaId replica, ReplicaCore core) {
        return new ReplicaStanding(replica, core.key(), core.promisedEpoch(), core.isSuspect(), core.hasLeader());
    }

    /// The highest epoch that it knows of.
    public int knownEpoch() {
        return Math.max(promisedEpoch, key.lastEpoch());
    }
}
