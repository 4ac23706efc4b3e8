package io.sampo.core.metadata;

import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SortedSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Rules for lists of replicas that an operator gives, and how assignments become records.
final class Assignments {
    /// Assignments in one metadata record; a larger topic takes several records of one batch.
    static final int PER_RECORD = 1000;

    private Assignments() {}

    static @Nullable Problem check(List<Integer> replicas, SortedSet<Integer> liveNodes, int replicationFactor) {
        if (replicas.isEmpty()) {
            return invalid("A partition has no replica.");
        }
        if (new HashSet<>(replicas).size() < replicas.size()) {
            return invalid("A partition has a node twice in its replicas " + replicas + ".");
        }
        for (int nodeId : replicas) {
            if (!liveNodes.contains(nodeId)) {
                return invalid("Node " + nodeId + " in the replicas " + replicas + " is not registered.");
            }
        }
        if (replicas.size() != replicationFactor) {
            return invalid("Partitions of one topic have " + replicationFactor + " and " + replicas.size()
                    + " replicas; the numbers must be the same.");
        }
        return null;
    }

    static Problem invalid(String message) {
        return new Problem(Errors.INVALID_REPLICA_ASSIGNMENT, message);
    }

    static List<MetadataRecord> records(Uuid topicId, int firstPartition, List<PartitionAssignment> assignments) {
        List<MetadataRecord> records = new ArrayList<>();
        for (int from = 0; from < assignments.size(); from += PER_RECORD) {
            int to = Math.min(from + PER_RECORD, assignments.size());
            records.add(new MetadataRecord.PartitionsAssigned(
                    topicId, firstPartition + from, assignments.subList(from, to)));
        }
        return records;
    }
}
