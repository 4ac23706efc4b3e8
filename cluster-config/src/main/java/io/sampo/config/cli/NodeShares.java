package io.sampo.config.cli;

import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.jspecify.annotations.Nullable;

/// How the partitions of a cluster are spread over its nodes.
///
/// @param partitions of all topics
/// @param notPreferred of them, how many another node leads than the first of their replicas
/// @param leaderless of them, how many have no leader
record NodeShares(SortedMap<Integer, Share> byNode, int partitions, int notPreferred, int leaderless) {

    /// @param node null when it is not among the live ones
    /// @param preferred partitions that it should lead: it is the first of their replicas
    /// @param outOfSync replicas on it that have not caught up
    record Share(int nodeId, @Nullable Node node, int leaders, int preferred, int replicas, int outOfSync) {

        private Share plus(boolean leads, boolean first, boolean inSync) {
            return new Share(
                    nodeId,
                    node,
                    leaders + (leads ? 1 : 0),
                    preferred + (first ? 1 : 0),
                    replicas + 1,
                    outOfSync + (inSync ? 0 : 1));
        }
    }

    static NodeShares of(Collection<Node> live, Collection<TopicDescription> topics) {
        SortedMap<Integer, Share> byNode = new TreeMap<>();
        live.forEach(node -> byNode.put(node.id(), new Share(node.id(), node, 0, 0, 0, 0)));
        int partitions = 0;
        int notPreferred = 0;
        int leaderless = 0;
        for (TopicDescription topic : topics) {
            for (TopicPartitionInfo partition : topic.partitions()) {
                int leader =
                        partition.leader() == null ? -1 : partition.leader().id();
                int first = partition.replicas().isEmpty()
                        ? -1
                        : partition.replicas().getFirst().id();
                partitions++;
                leaderless += leader < 0 ? 1 : 0;
                notPreferred += leader >= 0 && leader != first ? 1 : 0;
                for (Node replica : partition.replicas()) {
                    int id = replica.id();
                    boolean inSync = partition.isr().stream().anyMatch(node -> node.id() == id);
                    Share before = byNode.getOrDefault(id, new Share(id, null, 0, 0, 0, 0));
                    byNode.put(id, before.plus(leader == id, first == id, inSync));
                }
            }
        }
        return new NodeShares(byNode, partitions, notPreferred, leaderless);
    }

    String summary() {
        return partitions + " partitions, " + leaderless + " without a leader, " + notPreferred
                + " led by another node than preferred";
    }
}
