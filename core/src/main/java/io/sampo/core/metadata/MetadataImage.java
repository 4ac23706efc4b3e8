package io.sampo.core.metadata;

import io.sampo.core.config.DynamicConfigs;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// The cluster as the metadata log describes it up to one offset. Every node keeps the newest one it knows.
/// Who leads a partition is not in here: that is soft state of the replicas ([LeaderView]).
///
/// Immutable; any thread.
///
/// @param offset of the last metadata record that is applied, inclusive; -1 when none
/// @param topics by name
/// @param nodes by node id
/// @param brokerConfigs dynamic broker configs by node id; the cluster-wide defaults under -1
/// @param nextProducerId first producer id that no block covers yet
/// @param scramCredentials by mechanism name and user: Kafka's textual form of a SCRAM credential
/// @param retiredNodes ids of nodes that were unregistered; such an id is not given to another node
/// @param deletedTopics ids of the topics that were deleted last, oldest first, at most [#MAX_DELETED_TOPICS]:
///     a creation that is told once more because its sender got no answer must not bring one of them back
public record MetadataImage(
        long offset,
        String clusterId,
        SortedMap<String, TopicImage> topics,
        Map<Uuid, TopicImage> topicsById,
        SortedMap<Integer, NodeImage> nodes,
        SortedMap<Integer, SortedMap<String, String>> brokerConfigs,
        long nextProducerId,
        SortedMap<String, SortedMap<String, String>> scramCredentials,
        SortedSet<Integer> retiredNodes,
        SequencedSet<Uuid> deletedTopics) {

    /// Far more than can be deleted while the sender of a creation still waits for its answer.
    static final int MAX_DELETED_TOPICS = 10_000;

    public static final MetadataImage EMPTY = new MetadataImage(
            -1,
            "",
            Collections.emptySortedMap(),
            Map.of(),
            Collections.emptySortedMap(),
            Collections.emptySortedMap(),
            0,
            Collections.emptySortedMap());

    public MetadataImage {
        topics = Collections.unmodifiableSortedMap(topics);
        topicsById = Collections.unmodifiableMap(topicsById);
        nodes = Collections.unmodifiableSortedMap(nodes);
        brokerConfigs = Collections.unmodifiableSortedMap(brokerConfigs);
        scramCredentials = Collections.unmodifiableSortedMap(scramCredentials);
        retiredNodes = Collections.unmodifiableSortedSet(retiredNodes);
        deletedTopics = Collections.unmodifiableSequencedSet(deletedTopics);
    }

    /// Without retired nodes and deleted topics.
    public MetadataImage(
            long offset,
            String clusterId,
            SortedMap<String, TopicImage> topics,
            Map<Uuid, TopicImage> topicsById,
            SortedMap<Integer, NodeImage> nodes,
            SortedMap<Integer, SortedMap<String, String>> brokerConfigs,
            long nextProducerId,
            SortedMap<String, SortedMap<String, String>> scramCredentials) {
        this(
                offset,
                clusterId,
                topics,
                topicsById,
                nodes,
                brokerConfigs,
                nextProducerId,
                scramCredentials,
                Collections.emptySortedSet(),
                new LinkedHashSet<>());
    }

    public @Nullable TopicImage topic(String name) {
        return topics.get(name);
    }

    public @Nullable TopicImage topic(Uuid topicId) {
        return topicsById.get(topicId);
    }

    /// Null when there is no such partition.
    public @Nullable PartitionAssignment assignment(PartitionId id) {
        TopicImage topic = topicsById.get(id.topicId());
        return topic == null || id.partition() >= topic.partitions().size()
                ? null
                : topic.partitions().get(id.partition());
    }

    /// All partitions that have a replica on a node, or shall have one, or are to give it up.
    public SortedSet<PartitionId> partitionsOn(int nodeId) {
        SortedSet<PartitionId> hosted = new TreeSet<>();
        for (TopicImage topic : topics.values()) {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                if (topic.partitions().get(partition).isHostedBy(nodeId)) {
                    hosted.add(topic.partitionId(partition));
                }
            }
        }
        return hosted;
    }

    /// Where metadata want a partition to be, in order of preference, each replica in the directory that its node
    /// registered last. Nodes that are registered no more are left out. Empty when there is no such partition.
    public List<ReplicaId> desiredReplicas(PartitionId id) {
        PartitionAssignment assignment = assignment(id);
        return assignment == null ? List.of() : replicasOn(assignment.replicas());
    }

    /// The newest configuration of a partition that an operator has forced; null when none was.
    public @Nullable ForcedConfig forcedConfig(PartitionId id) {
        PartitionAssignment assignment = assignment(id);
        return assignment == null ? null : assignment.forced();
    }

    /// All replicas of a partition: those that are wanted, in order of preference, and those that are to leave,
    /// each in the directory that its node registered last. Empty when there is no such partition.
    public List<ReplicaId> replicas(PartitionId id) {
        PartitionAssignment assignment = assignment(id);
        return assignment == null ? List.of() : replicasOn(assignment.hosts());
    }

    /// The registered ones of these nodes with their newest directories, in the given order.
    List<ReplicaId> replicasOn(List<Integer> nodeIds) {
        List<ReplicaId> replicas = new ArrayList<>(nodeIds.size());
        for (int nodeId : nodeIds) {
            NodeImage node = nodes.get(nodeId);
            if (node != null) {
                replicas.add(new ReplicaId(nodeId, node.directoryId()));
            }
        }
        return replicas;
    }

    /// Dynamic configs of one node: the cluster-wide ones, overridden by its own.
    public SortedMap<String, String> brokerConfigs(int nodeId) {
        SortedMap<String, String> configs = new TreeMap<>(brokerConfigs.getOrDefault(-1, Collections.emptySortedMap()));
        configs.putAll(brokerConfigs.getOrDefault(nodeId, Collections.emptySortedMap()));
        return configs;
    }

    /// Dynamic configs as one node sees them, the two levels apart.
    public DynamicConfigs dynamicConfigs(int nodeId) {
        return new DynamicConfigs(
                brokerConfigs.getOrDefault(nodeId, Collections.emptySortedMap()),
                brokerConfigs.getOrDefault(-1, Collections.emptySortedMap()));
    }
}
