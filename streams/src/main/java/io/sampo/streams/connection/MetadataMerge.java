package io.sampo.streams.connection;

import io.sampo.streams.connection.ClusterView.Node;
import io.sampo.streams.connection.ClusterView.Partition;
import io.sampo.streams.connection.ClusterView.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataResponse;

/// What a Metadata answer changes in what is known. Deterministic.
///
/// - Nodes are those of the answer. Topics that were asked for and that it does not mention stay; others are forgotten.
/// - A topic's error replaces what was known of its partitions.
/// - A partition of the same topic id whose leader epoch is older than the known one comes from a broker that is
///   behind: it is not believed (KIP-320). Brokers before 2.4 give no reliable epochs; theirs is -1 and believed.
final class MetadataMerge {

    private static final int UNKNOWN_EPOCH = -1;

    private MetadataMerge() {}

    /// @param asked topics that the question named
    static ClusterView merge(ClusterView known, Set<String> asked, MetadataResponse answer) {
        Map<Integer, Node> nodes = new HashMap<>();
        for (MetadataResponseBroker broker : answer.data().brokers()) {
            nodes.put(
                    broker.nodeId(),
                    new Node(broker.nodeId(), broker.host(), broker.port(), Optional.ofNullable(broker.rack())));
        }
        Map<String, Topic> topics = new HashMap<>(known.topics());
        topics.keySet().retainAll(asked);
        for (MetadataResponseTopic topic : answer.data().topics()) {
            if (topic.name() != null) {
                topics.put(
                        topic.name(),
                        topic(
                                Optional.ofNullable(known.topics().get(topic.name())),
                                topic,
                                nodes,
                                answer.hasReliableLeaderEpochs()));
            }
        }
        Optional<String> clusterId =
                Optional.ofNullable(answer.data().clusterId()).or(known::clusterId);
        return new ClusterView(clusterId, nodes, topics);
    }

    /// The nodes forgotten, as the cluster asks its clients to look for it anew (KIP-1102).
    static ClusterView withoutNodes(ClusterView known) {
        return new ClusterView(known.clusterId(), Map.of(), known.topics());
    }

    private static Topic topic(
            Optional<Topic> known, MetadataResponseTopic topic, Map<Integer, Node> nodes, boolean reliableEpochs) {
        Errors error = Errors.forCode(topic.errorCode());
        if (error != Errors.NONE) {
            return new Topic(topic.name(), topic.topicId(), error, List.of());
        }
        Map<Integer, Partition> answered = new HashMap<>();
        int count = 0;
        for (MetadataResponsePartition partition : topic.partitions()) {
            answered.put(partition.partitionIndex(), partition(partition, nodes, reliableEpochs));
            count = Math.max(count, partition.partitionIndex() + 1);
        }
        List<Partition> before = known.filter(topicBefore -> topicBefore.id().equals(topic.topicId()))
                .map(Topic::partitions)
                .orElse(List.of());
        List<Partition> partitions = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            Partition now =
                    answered.getOrDefault(index, new Partition(index, OptionalInt.empty(), UNKNOWN_EPOCH, List.of()));
            partitions.add(index < before.size() ? newer(before.get(index), now) : now);
        }
        return new Topic(topic.name(), topic.topicId(), Errors.NONE, List.copyOf(partitions));
    }

    private static Partition newer(Partition known, Partition answered) {
        boolean behind = answered.leaderEpoch() != UNKNOWN_EPOCH && answered.leaderEpoch() < known.leaderEpoch();
        return behind ? known : answered;
    }

    /// A leader that is no node of the answer cannot be reached: nobody leads as far as this client is concerned.
    private static Partition partition(
            MetadataResponsePartition partition, Map<Integer, Node> nodes, boolean reliableEpochs) {
        OptionalInt leader =
                nodes.containsKey(partition.leaderId()) ? OptionalInt.of(partition.leaderId()) : OptionalInt.empty();
        int epoch = reliableEpochs ? partition.leaderEpoch() : UNKNOWN_EPOCH;
        return new Partition(partition.partitionIndex(), leader, epoch, List.copyOf(partition.replicaNodes()));
    }
}
