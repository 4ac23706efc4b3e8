package io.sampo.core.metadata;

import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Rules for lists of replicas that an operator gives, and how assignments become records.
final class Assignments {
    /// Assignments in one metadata record; a larger topic takes several records of one batch.
    static final int PER_RECORD = 1000;

    private Assignments() {}

    /// @param registered ids of all registered nodes; one that is down is allowed, as in Kafka
    static @Nullable Problem check(List<Integer> replicas, Set<Integer> registered, int replicationFactor) {
        if (replicas.isEmpty()) {
            return invalid("A partition has no replica.");
        }
        if (new HashSet<>(replicas).size() < replicas.size()) {
            return invalid("A partition has a node twice in its replicas " + replicas + ".");
        }
        for (int nodeId : replicas) {
            if (!registered.contains(nodeId)) {
                return invalid("Node " + nodeId + " in the replicas " + replicas + " is not registered.");
            }
        }
        if (replicas.size() != replicationFactor) {
            return invalid("Partitions of one topic have " + replicationFactor + " and " + replicas.size()
                    + " replicas; the numbers must be the same.");
        }
        return null;
    }

    /// What the topic's own configs ask for; 0 when they do not say. The configs are valid.
    static int minInSyncReplicas(Map<String, String> configs) {
        String own = configs.get(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
        return own == null ? 0 : Integer.parseInt(own.trim());
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
