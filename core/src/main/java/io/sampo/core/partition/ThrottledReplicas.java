package io.sampo.core.partition;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;

/// Which replicas of a topic a [ReplicationQuota] holds back while they are not in sync: the value of
/// `leader.replication.throttled.replicas` (the replicas that send) or
/// `follower.replication.throttled.replicas` (those that take), as KIP-73 has it.
///
/// @param all `*`: every replica of the topic
/// @param replicas partition and node
public record ThrottledReplicas(boolean all, Set<Replica> replicas) {
    public static final ThrottledReplicas NONE = new ThrottledReplicas(false, Set.of());

    private static final String WILDCARD = "*";

    /// @param partition index of the partition
    public record Replica(int partition, int nodeId) {}

    public ThrottledReplicas {
        replicas = Set.copyOf(replicas);
    }

    /// @param values `*` alone, or `partition:node` for each replica; none: nothing is throttled
    /// @throws ConfigException for anything else
    public static ThrottledReplicas parse(List<String> values) {
        if (values.size() == 1 && values.getFirst().trim().equals(WILDCARD)) {
            return new ThrottledReplicas(true, Set.of());
        }
        Set<Replica> replicas = new HashSet<>();
        for (String value : values) {
            if (!value.isBlank()) {
                replicas.add(replica(value.trim()));
            }
        }
        return new ThrottledReplicas(false, replicas);
    }

    private static Replica replica(String value) {
        int colon = value.indexOf(':');
        try {
            int partition = Integer.parseInt(value.substring(0, Math.max(0, colon)));
            int nodeId = Integer.parseInt(value.substring(colon + 1));
            if (partition >= 0 && nodeId >= 0) {
                return new Replica(partition, nodeId);
            }
        } catch (NumberFormatException notANumber) {
            // refused below
        }
        throw new ConfigException("throttled replicas are * or partition:node, separated by commas, not " + value);
    }

    public boolean contains(int partition, int nodeId) {
        return all || !replicas.isEmpty() && replicas.contains(new Replica(partition, nodeId));
    }
}
