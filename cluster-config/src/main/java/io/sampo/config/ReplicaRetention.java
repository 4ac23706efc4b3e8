package io.sampo.config;

import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReadView;
import io.sampo.persistence.retention.RetentionListener;
import java.util.Optional;

/// Retention proposes, the replica decides: joins the two modules, which do not know each other.
record ReplicaRetention(PartitionService partitions) implements RetentionListener {

    @Override
    public Optional<ReadView> view(PartitionId id) {
        return partitions.view(id);
    }

    @Override
    public void advance(PartitionId id, long newLogStartOffset) {
        partitions.advanceLogStart(id, newLogStartOffset);
    }

    @Override
    public void requestCheckpoint(PartitionId id) {
        partitions.requestCheckpoint(id);
    }
}
