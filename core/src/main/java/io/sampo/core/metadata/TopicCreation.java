package io.sampo.core.metadata;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.config.ConfigValue;
import io.sampo.core.config.TopicConfigs;
import io.sampo.core.config.TopicKeys;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// The rules for one CreateTopics request; topics of the same request see each other. Use once.
final class TopicCreation {
    private final BrokerConfig broker;
    private final TopicConfigs topicConfigs;
    private final MetadataImage image;
    private final Placement placement;
    private final List<MetadataRecord> records = new ArrayList<>();
    private final Map<String, String> newNamesByUnifiedName = new HashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private int partitionsLeft;

    TopicCreation(BrokerConfig broker, MetadataImage image, SortedSet<Integer> liveNodes, int maxPartitions) {
        this.broker = broker;
        this.topicConfigs = new TopicConfigs(broker);
        this.image = image;
        this.placement = new Placement(image, liveNodes);
        this.partitionsLeft = maxPartitions;
    }

    List<MetadataRecord> records() {
        return records;
    }

    List<String> warnings() {
        return warnings;
    }

    static CreatableTopicResult failed(String name, Problem problem) {
        return new CreatableTopicResult()
                .setName(name)
                .setErrorCode(problem.error().code())
                .setErrorMessage(problem.message());
    }

    CreatableTopicResult create(CreatableTopic topic, Uuid topicId) {
        TopicImage existing = image.topic(topic.name());
        if (existing != null && existing.id().equals(topicId)) {
            // The same command once more, because its sender got no answer: it is done.
            return created(existing.name(), topicId, existing.partitions(), existing.configs());
        }
        if (image.deletedTopics().contains(topicId)) {
            // Likewise, and somebody has deleted the topic since: its id must not come back, replicas of it may be
            // left.
            return new CreatableTopicResult()
                    .setName(topic.name())
                    .setTopicId(topicId)
                    .setNumPartitions(-1)
                    .setReplicationFactor((short) -1);
        }
        SortedMap<String, String> configs = new TreeMap<>();
        Problem problem = checkName(topic.name());
        if (problem == null) {
            problem = checkConfigs(topic, configs);
        }
        if (problem == null) {
            problem = topic.assignments().isEmpty() ? checkNumbers(topic) : checkAssignments(topic);
        }
        if (problem == null) {
            problem = checkMinInSync(topic, configs);
        }
        if (problem != null) {
            return failed(topic.name(), problem);
        }
        List<PartitionAssignment> assignments = assign(topic);
        partitionsLeft -= assignments.size();
        newNamesByUnifiedName.put(Topic.unifyCollisionChars(topic.name()), topic.name());
        records.add(new MetadataRecord.TopicCreated(topic.name(), topicId));
        records.addAll(Assignments.records(topicId, 0, assignments));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
        configs.forEach((key, value) -> records.add(new MetadataRecord.ConfigChanged(resource, key, value)));
        if (assignments.getFirst().replicas().size() == 2) {
            warnings.add("Topic '" + topic.name() + "' has two replicas: it takes writes only while both are up. "
                    + "With three it would survive the loss of any one.");
        }
        return created(topic.name(), topicId, assignments, configs);
    }

    private CreatableTopicResult created(
            String name, Uuid topicId, List<PartitionAssignment> assignments, SortedMap<String, String> configs) {
        return new CreatableTopicResult()
                .setName(name)
                .setTopicId(topicId)
                .setNumPartitions(assignments.size())
                .setReplicationFactor((short) assignments.getFirst().replicas().size())
                .setConfigs(describe(configs));
    }

    /// More replicas in sync than there are could never be had; without own configs of the topic the number of
    /// replicas bounds it.
    private @Nullable Problem checkMinInSync(CreatableTopic topic, SortedMap<String, String> configs) {
        CreatableReplicaAssignment first = topic.assignments().find(0);
        int replicas =
                first == null ? replicationFactor(topic) : first.brokerIds().size();
        int minInSync = Assignments.minInSyncReplicas(configs);
        return minInSync > replicas
                ? new Problem(
                        Errors.INVALID_CONFIG,
                        "min.insync.replicas is " + minInSync + ", and there would be only " + replicas
                                + " replicas of each partition.")
                : null;
    }

    private @Nullable Problem checkName(String name) {
        try {
            Topic.validate(name);
        } catch (InvalidTopicException e) {
            return new Problem(Errors.INVALID_TOPIC_EXCEPTION, String.valueOf(e.getMessage()));
        }
        if (name.equals(Topic.CLUSTER_METADATA_TOPIC_NAME)) {
            return new Problem(Errors.INVALID_REQUEST, name + " is the cluster's own and cannot be created.");
        }
        if (image.topic(name) != null) {
            return new Problem(Errors.TOPIC_ALREADY_EXISTS, "Topic '" + name + "' already exists.");
        }
        if (Topic.hasCollisionChars(name)) {
            String colliding = collision(name);
            if (colliding != null) {
                return new Problem(
                        Errors.INVALID_TOPIC_EXCEPTION,
                        "Topic '" + name + "' collides with the existing topic '" + colliding
                                + "': '.' and '_' count as the same in names of metrics.");
            }
        }
        return null;
    }

    /// A topic whose name differs only in '.' and '_'.
    private @Nullable String collision(String name) {
        String unified = Topic.unifyCollisionChars(name);
        String inRequest = newNamesByUnifiedName.get(unified);
        if (inRequest != null) {
            return inRequest;
        }
        for (String existing : image.topics().keySet()) {
            if (Topic.hasCollisionChars(existing)
                    && Topic.unifyCollisionChars(existing).equals(unified)) {
                return existing;
            }
        }
        return null;
    }

    private static @Nullable Problem checkConfigs(CreatableTopic topic, SortedMap<String, String> configs) {
        for (CreatableTopicConfig config : topic.configs()) {
            if (config.value() == null) {
                return new Problem(Errors.INVALID_CONFIG, "No value is given for " + config.name() + ".");
            }
            configs.put(config.name(), config.value());
        }
        try {
            TopicKeys.validate(configs);
            return null;
        } catch (ConfigException e) {
            return new Problem(Errors.INVALID_CONFIG, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Problem checkNumbers(CreatableTopic topic) {
        int partitions = partitionCount(topic);
        int replicationFactor = replicationFactor(topic);
        if (partitions <= 0) {
            return new Problem(
                    Errors.INVALID_PARTITIONS,
                    "The number of partitions must be larger than 0, or -1 for the default of the cluster.");
        }
        if (replicationFactor <= 0) {
            return new Problem(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "The replication factor must be larger than 0, or -1 for the default of the cluster.");
        }
        if (replicationFactor > placement.nodeCount()) {
            return new Problem(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "The replication factor " + replicationFactor + " is larger than the number of registered nodes, "
                            + placement.nodeCount() + ".");
        }
        return partitions > partitionsLeft ? tooManyPartitions() : null;
    }

    private @Nullable Problem checkAssignments(CreatableTopic topic) {
        if (topic.replicationFactor() != -1) {
            return new Problem(
                    Errors.INVALID_REQUEST, "With replicas given by hand the replication factor must be -1.");
        }
        if (topic.numPartitions() != -1) {
            return new Problem(
                    Errors.INVALID_REQUEST, "With replicas given by hand the number of partitions must be -1.");
        }
        if (topic.assignments().size() > partitionsLeft) {
            return tooManyPartitions();
        }
        CreatableReplicaAssignment first = topic.assignments().find(0);
        int replicationFactor = first == null ? 0 : first.brokerIds().size();
        for (int partition = 0; partition < topic.assignments().size(); partition++) {
            CreatableReplicaAssignment assignment = topic.assignments().find(partition);
            if (assignment == null) {
                return Assignments.invalid("The partitions must be numbered from 0 without a gap.");
            }
            Problem problem =
                    Assignments.check(assignment.brokerIds(), image.nodes().keySet(), replicationFactor);
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    private static Problem tooManyPartitions() {
        return new Problem(
                Errors.POLICY_VIOLATION,
                "The request creates more partitions than sampo.create.topic.max.partitions allows.");
    }

    private List<PartitionAssignment> assign(CreatableTopic topic) {
        if (topic.assignments().isEmpty()) {
            return placement.assign(partitionCount(topic), replicationFactor(topic));
        }
        List<PartitionAssignment> assignments = new ArrayList<>();
        for (int partition = 0; partition < topic.assignments().size(); partition++) {
            assignments.add(
                    new PartitionAssignment(topic.assignments().find(partition).brokerIds()));
        }
        placement.add(assignments);
        return assignments;
    }

    private int partitionCount(CreatableTopic topic) {
        return topic.numPartitions() == -1 ? broker.getInt("num.partitions") : topic.numPartitions();
    }

    private int replicationFactor(CreatableTopic topic) {
        return topic.replicationFactor() == -1
                ? broker.getInt("default.replication.factor")
                : topic.replicationFactor();
    }

    private List<CreatableTopicConfigs> describe(SortedMap<String, String> configs) {
        List<CreatableTopicConfigs> described = new ArrayList<>();
        for (ConfigValue value : topicConfigs.describe(configs, image.dynamicConfigs(broker.nodeId()))) {
            described.add(new CreatableTopicConfigs()
                    .setName(value.name())
                    .setValue(value.value())
                    .setReadOnly(value.readOnly())
                    .setConfigSource(value.source().id())
                    .setIsSensitive(value.sensitive()));
        }
        return described;
    }
}
