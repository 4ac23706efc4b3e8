package io.sampo.config;

import io.sampo.actors.metadata.Controller;
import io.sampo.actors.partition.ReplicaSpec;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.metadata.InternalTopics;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataVoters;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.VoterSet;
import java.util.List;
import org.apache.kafka.common.internals.Topic;

/// This node's replica of the metadata partition, which no image assigns: every node has one. Who founded the
/// cluster votes from the beginning; who came later, or came back with another disk, begins as a learner.
///
/// Thread rule: the thread that publishes images.
final class MetadataReplica {
    private final PartitionService partitions;
    private final ReplicaId self;
    private final VoterSet founders;
    private final ReplicaSettings settings;

    /// Empty until an image tells: then nothing changes.
    private ReplicaInput.DesiredReplicas desired = new ReplicaInput.DesiredReplicas(List.of());

    MetadataReplica(PartitionService partitions, ReplicaId self, Genesis genesis, ReplicaSettings settings) {
        this.partitions = partitions;
        this.self = self;
        this.founders = genesis.voterSet();
        this.settings = settings;
    }

    void start() {
        partitions.ensure(spec());
    }

    /// The voters follow the nodes that there are.
    void imageChanged(MetadataImage image) {
        List<ReplicaId> current = partitions
                .directory()
                .leadership(Controller.METADATA_PARTITION)
                .map(LeaderView.Leadership::voters)
                .filter(voters -> !voters.isEmpty())
                .orElse(founders.voters());
        List<ReplicaId> voters = MetadataVoters.desired(image, current);
        ReplicaInput.DesiredReplicas wanted =
                new ReplicaInput.DesiredReplicas(voters, MetadataVoters.observers(image, voters));
        if (!wanted.equals(desired)) {
            desired = wanted;
            partitions.ensure(spec());
        }
    }

    private ReplicaSpec spec() {
        List<ReplicaId> preferred = desired.replicas().isEmpty() ? founders.voters() : desired.replicas();
        return new ReplicaSpec(
                Controller.METADATA_PARTITION,
                Topic.CLUSTER_METADATA_TOPIC_NAME,
                preferred.stream().map(ReplicaId::nodeId).toList(),
                founders.voters().contains(self) ? founders : VoterSet.NONE,
                desired,
                InternalTopics.metadataLogSettings(),
                settings);
    }
}
