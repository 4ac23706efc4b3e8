package io.sampo.config;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReadView;
import io.sampo.persistence.retention.RetentionListener;
import java.util.Optional;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Retention proposes, the replica decides: what expired is deleted the way DeleteRecords does it, by an event of
/// the replica.
final class ReplicaRetention implements RetentionListener {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaRetention.class);

    private final PartitionService partitions;

    ReplicaRetention(PartitionService partitions) {
        this.partitions = partitions;
    }

    @Override
    public Optional<ReadView> view(PartitionId id) {
        return partitions.directory().local(id).map(LeaderHandle::view);
    }

    @Override
    public void advance(PartitionId id, long newLogStartOffset) {
        partitions
                .directory()
                .local(id)
                .ifPresent(leader -> leader.deleteRecords(newLogStartOffset, (error, lowWatermark) -> {
                    if (error == Errors.NONE) {
                        LOG.info(
                                "{} of topic {} starts at offset {} now",
                                id,
                                leader.log().topic(),
                                lowWatermark);
                    }
                }));
    }

    @Override
    public void requestCheckpoint(PartitionId id) {
        partitions.requestCheckpoint(id);
    }
}
