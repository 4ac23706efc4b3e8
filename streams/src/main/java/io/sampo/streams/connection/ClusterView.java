package io.sampo.streams.connection;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/// What the client knows of the cluster. Immutable; a newer one replaces it.
///
/// @param clusterId empty before the first answer
/// @param nodes by id
/// @param topics by name: those that somebody of this client has asked for, or used, within `metadata.max.idle.ms`
public record ClusterView(Optional<String> clusterId, Map<Integer, Node> nodes, Map<String, Topic> topics) {

    public static final ClusterView EMPTY = new ClusterView(Optional.empty(), Map.of(), Map.of());

    /// @param rack empty when it has none
    public record Node(int id, String host, int port, Optional<String> rack) {}

    /// @param id [Uuid#ZERO_UUID] when the broker has no topic ids
    /// @param error NONE, or why the topic's partitions are not known
    /// @param partitions in their order; empty with an error
    public record Topic(String name, Uuid id, Errors error, List<Partition> partitions) {}

    /// @param leader node id; empty while the partition has none
    /// @param leaderEpoch -1 when unknown
    /// @param replicas node ids, the preferred leader first
    public record Partition(int index, OptionalInt leader, int leaderEpoch, List<Integer> replicas) {}

    public ClusterView {
        nodes = Map.copyOf(nodes);
        topics = Map.copyOf(topics);
    }

    public Optional<Topic> topic(String name) {
        return Optional.ofNullable(topics.get(name));
    }

    public Optional<Partition> partition(TopicPartition id) {
        return topic(id.topic())
                .filter(topic -> id.partition() < topic.partitions().size())
                .map(topic -> topic.partitions().get(id.partition()));
    }

    /// The node that leads a partition; empty while nobody does, or nobody knows.
    public OptionalInt leader(TopicPartition id) {
        return partition(id).map(Partition::leader).orElse(OptionalInt.empty());
    }

    /// Whether all of these topics are known without an error.
    public boolean knows(Collection<String> names) {
        return names.stream().allMatch(name -> {
            Topic topic = topics.get(name);
            return topic != null && topic.error() == Errors.NONE;
        });
    }
}
