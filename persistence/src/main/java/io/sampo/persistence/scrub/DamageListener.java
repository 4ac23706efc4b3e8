package io.sampo.persistence.scrub;

import io.sampo.core.partition.PartitionId;

/// Is told of damage in a partition's log when it is found, and every few seconds while it is known.
///
/// Called on the scrub's thread; must not wait.
@FunctionalInterface
public interface DamageListener {

    /// @param fromOffset where the first damage begins
    /// @param toOffset exclusive end of the last one
    void damaged(PartitionId id, long fromOffset, long toOffset);
}
