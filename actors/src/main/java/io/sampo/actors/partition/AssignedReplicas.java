package io.sampo.actors.partition;

import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What the metadata want of one node: which replicas it runs, and how. Images come in order; an older one changes
/// nothing.
///
/// Belongs to [LocalReplicas].
final class AssignedReplicas {
    private final ReplicaId self;
    private final Function<TopicImage, LogSettings> logSettings;
    private final Function<TopicImage, ReplicaSettings> replicaSettings;
    private MetadataImage image = MetadataImage.EMPTY;

    /// @param self identity of this node's data directory
    /// @param logSettings effective settings of a topic's logs: its own configs over the broker's
    /// @param replicaSettings likewise for the rules of its replicas
    AssignedReplicas(
            ReplicaId self,
            Function<TopicImage, LogSettings> logSettings,
            Function<TopicImage, ReplicaSettings> replicaSettings) {
        this.self = self;
        this.logSettings = logSettings;
        this.replicaSettings = replicaSettings;
    }

    /// Takes a newer image over.
    ///
    /// @return the replicas of this node that may have to be run otherwise than before, new ones among them
    List<ReplicaSpec> changed(MetadataImage newImage) {
        List<ReplicaSpec> changed = new ArrayList<>();
        if (newImage.offset() < image.offset()) {
            return changed;
        }
        boolean all = !newImage.brokerConfigs().equals(image.brokerConfigs())
                || !newImage.nodes().equals(image.nodes());
        for (TopicImage topic : newImage.topics().values()) {
            if (all || !topic.equals(image.topic(topic.id()))) {
                addReplicas(topic, newImage, changed);
            }
        }
        image = newImage;
        return changed;
    }

    private void addReplicas(TopicImage topic, MetadataImage newImage, List<ReplicaSpec> replicas) {
        LogSettings log = logSettings.apply(topic);
        ReplicaSettings replica = replicaSettings.apply(topic);
        for (int partition = 0; partition < topic.partitions().size(); partition++) {
            PartitionAssignment assignment = topic.partitions().get(partition);
            if (assignment.isHostedBy(self.nodeId())) {
                PartitionId id = topic.partitionId(partition);
                replicas.add(new ReplicaSpec(
                        id,
                        topic.name(),
                        assignment.replicas(),
                        assignment.initialConfig(self),
                        new ReplicaInput.DesiredReplicas(
                                newImage.desiredReplicas(id), List.of(), newImage.forcedConfig(id)),
                        log,
                        replica));
            }
        }
    }

    /// The replica of the partition as the newest image wants it on this node; empty when it does not.
    Optional<ReplicaSpec> wanted(PartitionId id) {
        List<ReplicaSpec> replicas = new ArrayList<>();
        TopicImage topic = image.topic(id.topicId());
        if (topic != null) {
            addReplicas(topic, image, replicas);
        }
        return replicas.stream().filter(spec -> spec.id().equals(id)).findFirst();
    }

    /// Whether the newest image wants a replica of the partition on this node.
    boolean isWanted(PartitionId id) {
        PartitionAssignment assignment = image.assignment(id);
        return assignment != null && assignment.isHostedBy(self.nodeId());
    }
}
