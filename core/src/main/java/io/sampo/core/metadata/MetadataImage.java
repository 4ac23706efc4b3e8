package io.sampo.core.metadata;

import io.sampo.core.config.DynamicConfigs;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
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
public record MetadataImage(
        long offset,
        String clusterId,
        SortedMap<String, TopicImage> topics,
        Map<Uuid, TopicImage> topicsById,
        SortedMap<Integer, NodeImage> nodes,
        SortedMap<Integer, SortedMap<String, String>> brokerConfigs,
        long nextProducerId,
        SortedMap<String, SortedMap<String, String>> scramCredentials) {

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
    }

    public @Nullable TopicImage topic(String name) {
        return topics.get(name);
    }

    public @Nullable TopicImage topic(Uuid topicId) {
        return topicsById.get(topicId);
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
