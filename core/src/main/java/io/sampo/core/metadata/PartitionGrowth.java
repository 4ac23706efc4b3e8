package io.sampo.core.metadata;

import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// The rules for one CreatePartitions request. Use once.
final class PartitionGrowth {
    private final MetadataImage image;
    private final Placement placement;
    private final List<MetadataRecord> records = new ArrayList<>();
    private int partitionsLeft;

    PartitionGrowth(MetadataImage image, SortedSet<Integer> liveNodes, int maxPartitions) {
        this.image = image;
        this.placement = new Placement(image, liveNodes);
        this.partitionsLeft = maxPartitions;
    }

    List<MetadataRecord> records() {
        return records;
    }

    /// @return why not, or null when the topic grows
    @Nullable
    Problem grow(CreatePartitionsTopic wanted) {
        TopicImage topic = image.topic(wanted.name());
        if (topic == null) {
            return new Problem(Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no such topic.");
        }
        int current = topic.partitions().size();
        if (wanted.count() <= current) {
            return new Problem(
                    Errors.INVALID_PARTITIONS,
                    "Topic '" + topic.name() + "' has " + current + " partitions; " + wanted.count()
                            + " would not be more.");
        }
        int added = wanted.count() - current;
        if (added > partitionsLeft) {
            return new Problem(
                    Errors.POLICY_VIOLATION,
                    "The request creates more partitions than sampo.create.topic.max.partitions allows.");
        }
        int replicationFactor = topic.partitions().getFirst().replicas().size();
        List<PartitionAssignment> assignments = new ArrayList<>();
        if (wanted.assignments() == null) {
            if (replicationFactor > placement.nodeCount()) {
                return new Problem(
                        Errors.INVALID_REPLICATION_FACTOR,
                        "The topic's replication factor " + replicationFactor
                                + " is larger than the number of registered nodes, " + placement.nodeCount() + ".");
            }
            assignments.addAll(placement.assign(added, replicationFactor));
        } else {
            Problem problem = takeOver(wanted.assignments(), added, replicationFactor, assignments);
            if (problem != null) {
                return problem;
            }
        }
        partitionsLeft -= added;
        records.addAll(Assignments.records(topic.id(), current, assignments));
        return null;
    }

    private @Nullable Problem takeOver(
            List<CreatePartitionsAssignment> wanted,
            int added,
            int replicationFactor,
            List<PartitionAssignment> assignments) {
        if (wanted.size() != added) {
            return Assignments.invalid(
                    added + " partitions would be added, and replicas are given for " + wanted.size() + ".");
        }
        for (CreatePartitionsAssignment assignment : wanted) {
            Problem problem =
                    Assignments.check(assignment.brokerIds(), image.nodes().keySet(), replicationFactor);
            if (problem != null) {
                return problem;
            }
            assignments.add(new PartitionAssignment(assignment.brokerIds()));
        }
        placement.add(assignments);
        return null;
    }
}
