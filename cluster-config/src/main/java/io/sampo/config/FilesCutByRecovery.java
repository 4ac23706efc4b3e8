package io.sampo.config;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaFiles;
import java.util.Optional;

/// Recovery carries truncations out by itself; a log cannot be replaced as a whole.
final class FilesCutByRecovery implements ReplicaFiles {

    @Override
    public void truncate(PartitionId id) {
        // Done when the replica recovers.
    }

    @Override
    public void reset(PartitionId id, Checkpoint checkpoint) {
        throw new PartitionLogException("the log of " + id + " cannot be replaced");
    }

    @Override
    public Optional<String> damage(PartitionId id) {
        return Optional.empty();
    }
}
