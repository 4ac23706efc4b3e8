package io.sampo.core.metadata;

import io.sampo.core.metadata.MetadataRecord.ClusterCreated;
import io.sampo.core.metadata.MetadataRecord.ConfigChanged;
import io.sampo.core.metadata.MetadataRecord.ConfigForced;
import io.sampo.core.metadata.MetadataRecord.NodeRegistered;
import io.sampo.core.metadata.MetadataRecord.NodeUnregistered;
import io.sampo.core.metadata.MetadataRecord.PartitionReassigned;
import io.sampo.core.metadata.MetadataRecord.PartitionsAssigned;
import io.sampo.core.metadata.MetadataRecord.ProducerIdsAllocated;
import io.sampo.core.metadata.MetadataRecord.ScramCredentialChanged;
import io.sampo.core.metadata.MetadataRecord.TopicCreated;
import io.sampo.core.metadata.MetadataRecord.TopicDeleted;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.Invariant;
import io.sampo.core.partition.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/// Applies metadata records to an image and makes the next one. What did not change is shared with the old image,
/// so a small change of a large cluster costs one copy of the map that it touches, and loading a long log costs one
/// copy.
///
/// One thread; use once.
public final class MetadataDelta {
    private final MetadataImage base;
    private String clusterId;
    private long nextProducerId;
    private @Nullable SortedMap<String, TopicImage> topics;
    private @Nullable Map<Uuid, TopicImage> topicsById;
    private @Nullable SortedMap<Integer, NodeImage> nodes;
    private @Nullable SortedMap<Integer, SortedMap<String, String>> brokerConfigs;
    private @Nullable SortedMap<String, SortedMap<String, String>> scramCredentials;
    private @Nullable SortedSet<Integer> retiredNodes;
    private @Nullable SequencedSet<Uuid> deletedTopics;

    public MetadataDelta(MetadataImage base) {
        this.base = base;
        this.clusterId = base.clusterId();
        this.nextProducerId = base.nextProducerId();
    }

    /// The image after `records`; they are the last ones up to `offset` (inclusive).
    public static MetadataImage apply(MetadataImage base, List<MetadataRecord> records, long offset) {
        MetadataDelta delta = new MetadataDelta(base);
        records.forEach(delta::apply);
        return delta.build(offset);
    }

    public void apply(MetadataRecord record) {
        switch (record) {
            case ClusterCreated created -> clusterId = created.clusterId();
            case NodeRegistered registered -> {
                nodes().put(registered.node().nodeId(), registered.node());
                retiredNodes().remove(registered.node().nodeId());
            }
            case NodeUnregistered unregistered -> {
                nodes().remove(unregistered.nodeId());
                retiredNodes().add(unregistered.nodeId());
            }
            case TopicCreated created ->
                putTopic(new TopicImage(created.name(), created.topicId(), List.of(), Collections.emptySortedMap()));
            case PartitionsAssigned assigned -> assign(assigned);
            case PartitionReassigned reassigned -> reassign(reassigned);
            case ConfigForced forced -> force(forced);
            case TopicDeleted deleted -> {
                TopicImage topic = requireTopic(deleted.topicId());
                topics().remove(topic.name());
                topicsById().remove(topic.id());
                forget(topic.id());
            }
            case ConfigChanged changed -> configure(changed);
            case ProducerIdsAllocated allocated -> {
                Invariant.check(
                        allocated.nextProducerId() > nextProducerId,
                        "producer ids go back from %d to %d",
                        nextProducerId,
                        allocated.nextProducerId());
                nextProducerId = allocated.nextProducerId();
            }
            case ScramCredentialChanged changed ->
                put(scramCredentials(), changed.mechanism(), changed.user(), changed.credential());
        }
    }

    /// @param offset of the last record that was applied, inclusive
    public MetadataImage build(long offset) {
        return new MetadataImage(
                offset,
                clusterId,
                topics == null ? base.topics() : topics,
                topicsById == null ? base.topicsById() : topicsById,
                nodes == null ? base.nodes() : nodes,
                brokerConfigs == null ? base.brokerConfigs() : brokerConfigs,
                nextProducerId,
                scramCredentials == null ? base.scramCredentials() : scramCredentials,
                retiredNodes == null ? base.retiredNodes() : retiredNodes,
                deletedTopics == null ? base.deletedTopics() : deletedTopics);
    }

    private void assign(PartitionsAssigned assigned) {
        TopicImage topic = requireTopic(assigned.topicId());
        Invariant.check(
                topic.partitions().size() == assigned.firstPartition(),
                "topic %s has %d partitions, and the next ones begin at %d",
                topic.name(),
                topic.partitions().size(),
                assigned.firstPartition());
        List<PartitionAssignment> partitions = new ArrayList<>(topic.partitions());
        for (PartitionAssignment assignment : assigned.assignments()) {
            partitions.add(new PartitionAssignment(assignment.replicas(), inPresentDirectories(assignment.replicas())));
        }
        putTopic(new TopicImage(topic.name(), topic.id(), partitions, topic.configs()));
    }

    /// Binds the first voters to the directories that their nodes have at this place of the log. All nodes read the
    /// same log, so all come to the same directories.
    private List<ReplicaId> inPresentDirectories(List<Integer> nodeIds) {
        List<ReplicaId> replicas = new ArrayList<>(nodeIds.size());
        SortedMap<Integer, NodeImage> known = nodes == null ? base.nodes() : nodes;
        for (int nodeId : nodeIds) {
            NodeImage node = known.get(nodeId);
            if (node == null) {
                Invariant.check(false, "a partition is assigned to node %d, which is not registered", nodeId);
                throw new AssertionError();
            }
            replicas.add(new ReplicaId(nodeId, node.directoryId()));
        }
        return replicas;
    }

    private void reassign(PartitionReassigned reassigned) {
        TopicImage topic = requireTopic(reassigned.topicId());
        PartitionAssignment before = requirePartition(topic, reassigned.partition());
        SortedSet<Integer> departed = new TreeSet<>(before.hosts());
        departed.removeAll(reassigned.replicas());
        departed.removeAll(reassigned.leaving());
        // Who comes back has departed all the same: what it once had is deleted.
        departed.addAll(before.departed());
        put(
                topic,
                reassigned.partition(),
                new PartitionAssignment(
                        reassigned.replicas(),
                        before.initialVoters(),
                        reassigned.original(),
                        reassigned.leaving(),
                        List.copyOf(departed),
                        before.forced()));
    }

    private void force(ConfigForced forced) {
        TopicImage topic = requireTopic(forced.topicId());
        PartitionAssignment before = requirePartition(topic, forced.partition());
        ForcedConfig last = before.forced();
        int lastEpoch = last == null ? -1 : last.leaderEpoch();
        Invariant.check(
                lastEpoch < forced.config().leaderEpoch(), "%s is forced after epoch %d", forced.config(), lastEpoch);
        put(topic, forced.partition(), before.with(forced.config()));
    }

    private static PartitionAssignment requirePartition(TopicImage topic, int partition) {
        Invariant.check(
                partition >= 0 && partition < topic.partitions().size(),
                "topic %s has no partition %d",
                topic.name(),
                partition);
        return topic.partitions().get(partition);
    }

    private void put(TopicImage topic, int partition, PartitionAssignment assignment) {
        List<PartitionAssignment> partitions = new ArrayList<>(topic.partitions());
        partitions.set(partition, assignment);
        putTopic(new TopicImage(topic.name(), topic.id(), partitions, topic.configs()));
    }

    private void configure(ConfigChanged changed) {
        String name = changed.resource().name();
        if (changed.resource().type() == ConfigResource.Type.TOPIC) {
            TopicImage topic = topics().get(name);
            Invariant.check(topic != null, "a setting of the unknown topic %s", name);
            if (topic != null) {
                SortedMap<String, String> configs = new TreeMap<>(topic.configs());
                putOrRemove(configs, changed.key(), changed.value());
                putTopic(new TopicImage(topic.name(), topic.id(), topic.partitions(), configs));
            }
        } else {
            put(brokerConfigs(), name.isEmpty() ? -1 : Integer.parseInt(name), changed.key(), changed.value());
        }
    }

    private void putTopic(TopicImage topic) {
        topics().put(topic.name(), topic);
        topicsById().put(topic.id(), topic);
    }

    private TopicImage requireTopic(Uuid topicId) {
        TopicImage topic = topicsById().get(topicId);
        if (topic == null) {
            Invariant.check(false, "a record of the unknown topic %s", topicId);
            throw new AssertionError();
        }
        return topic;
    }

    /// Sets or removes a value in a map of maps; inner maps are never changed in place, an older image may hold
    /// them.
    private static <K> void put(
            SortedMap<K, SortedMap<String, String>> maps, K group, String key, @Nullable String value) {
        SortedMap<String, String> copy = new TreeMap<>(maps.getOrDefault(group, Collections.emptySortedMap()));
        putOrRemove(copy, key, value);
        if (copy.isEmpty()) {
            maps.remove(group);
        } else {
            maps.put(group, Collections.unmodifiableSortedMap(copy));
        }
    }

    private static void putOrRemove(SortedMap<String, String> map, String key, @Nullable String value) {
        if (value == null) {
            map.remove(key);
        } else {
            map.put(key, value);
        }
    }

    private SortedMap<String, TopicImage> topics() {
        SortedMap<String, TopicImage> own = topics == null ? new TreeMap<>(base.topics()) : topics;
        topics = own;
        return own;
    }

    private Map<Uuid, TopicImage> topicsById() {
        Map<Uuid, TopicImage> own = topicsById == null ? new HashMap<>(base.topicsById()) : topicsById;
        topicsById = own;
        return own;
    }

    private SortedMap<Integer, NodeImage> nodes() {
        SortedMap<Integer, NodeImage> own = nodes == null ? new TreeMap<>(base.nodes()) : nodes;
        nodes = own;
        return own;
    }

    private void forget(Uuid topicId) {
        SequencedSet<Uuid> own = deletedTopics == null ? new LinkedHashSet<>(base.deletedTopics()) : deletedTopics;
        deletedTopics = own;
        own.add(topicId);
        if (own.size() > MetadataImage.MAX_DELETED_TOPICS) {
            own.removeFirst();
        }
    }

    private SortedSet<Integer> retiredNodes() {
        SortedSet<Integer> own = retiredNodes == null ? new TreeSet<>(base.retiredNodes()) : retiredNodes;
        retiredNodes = own;
        return own;
    }

    private SortedMap<Integer, SortedMap<String, String>> brokerConfigs() {
        SortedMap<Integer, SortedMap<String, String>> own =
                brokerConfigs == null ? new TreeMap<>(base.brokerConfigs()) : brokerConfigs;
        brokerConfigs = own;
        return own;
    }

    private SortedMap<String, SortedMap<String, String>> scramCredentials() {
        SortedMap<String, SortedMap<String, String>> own =
                scramCredentials == null ? new TreeMap<>(base.scramCredentials()) : scramCredentials;
        scramCredentials = own;
        return own;
    }
}
