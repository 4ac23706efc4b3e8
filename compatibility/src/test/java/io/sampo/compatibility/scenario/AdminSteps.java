package io.sampo.compatibility.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Topics, configs, offsets, records and the cluster through the Admin client.
final class AdminSteps {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final ScenarioClient client;

    AdminSteps(ScenarioClient client) {
        this.client = client;
    }

    List<Step> steps() {
        return List.of(
                new Step("topics are created, listed, described and deleted", this::topics),
                new Step("topics that must not be are refused with Kafka's errors", this::refusedTopics),
                new Step("partitions are added, never taken away", this::partitions),
                new Step("topic configs are described with source and altered", this::topicConfigs),
                new Step("broker configs are described and altered", this::brokerConfigs),
                new Step("offsets are listed by spec", this::listOffsets),
                new Step("records are deleted up to an offset", this::deleteRecords),
                new Step("the cluster names the address that was dialled", this::cluster),
                new Step("log directories tell the size of partitions", this::logDirs),
                new Step("a deleted topic is gone and its name is free again", this::recreate));
    }

    private void topics() throws Exception {
        String topic = ScenarioClient.unique("admin");
        try (Admin admin = client.admin()) {
            NewTopic newTopic = new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "3600000"));
            Check.get(admin.createTopics(List.of(newTopic), new CreateTopicsOptions().validateOnly(true))
                    .all());
            Check.that(!Check.get(admin.listTopics().names()).contains(topic), "validateOnly creates nothing");
            CreateTopicsResult created = admin.createTopics(List.of(newTopic));
            Check.get(created.all());
            Check.equal(3, Check.get(created.numPartitions(topic)), "partitions of the new topic");
            Check.equal(1, Check.get(created.replicationFactor(topic)), "replication factor of the new topic");
            Check.equal(
                    "3600000",
                    value(Check.get(created.config(topic)), "retention.ms"),
                    "retention.ms of the new topic");
            Check.that(Check.get(admin.listTopics().names()).contains(topic), "the topic is listed");

            TopicDescription description = describe(admin, topic);
            Check.equal(3, description.partitions().size(), "described partitions");
            Check.that(!description.isInternal(), "the topic is not internal");
            description.partitions().forEach(partition -> {
                Check.that(partition.leader() != null, "partition " + partition.partition() + " has a leader");
                Check.equal(1, partition.replicas().size(), "replicas");
                Check.equal(1, partition.isr().size(), "replicas in sync");
            });

            Check.get(admin.deleteTopics(List.of(topic)).all());
            Check.eventually(
                    DEADLINE,
                    "the topic is gone",
                    () -> !Check.get(admin.listTopics().names()).contains(topic));
            Check.fails(
                    UnknownTopicOrPartitionException.class,
                    admin.deleteTopics(List.of(topic)).all());
            Check.fails(UnknownTopicOrPartitionException.class, describeFuture(admin, topic));
        }
    }

    private void refusedTopics() throws Exception {
        String topic = client.createTopic("refused", 1, Map.of());
        try (Admin admin = client.admin()) {
            Check.fails(TopicExistsException.class, create(admin, new NewTopic(topic, 1, (short) 1)));
            Check.fails(InvalidTopicException.class, create(admin, new NewTopic("no/slash", 1, (short) 1)));
            Check.fails(InvalidTopicException.class, create(admin, new NewTopic("x".repeat(250), 1, (short) 1)));
            String other = ScenarioClient.unique("refused");
            Check.fails(InvalidPartitionsException.class, create(admin, new NewTopic(other, 0, (short) 1)));
            Check.fails(InvalidReplicationFactorException.class, create(admin, new NewTopic(other, 1, (short) 7)));
            Check.fails(
                    InvalidConfigurationException.class,
                    create(admin, new NewTopic(other, 1, (short) 1).configs(Map.of("retention.ms", "soon"))));
            Check.fails(
                    InvalidConfigurationException.class,
                    create(admin, new NewTopic(other, 1, (short) 1).configs(Map.of("no.such.config", "1"))));
            Check.that(!Check.get(admin.listTopics().names()).contains(other), "nothing was created");
        }
    }

    private static Future<Void> create(Admin admin, NewTopic topic) {
        return admin.createTopics(List.of(topic)).all();
    }

    private void partitions() throws Exception {
        String topic = client.createTopic("grown", 2, Map.of());
        try (Admin admin = client.admin()) {
            Check.get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5)))
                    .all());
            Check.eventually(
                    DEADLINE,
                    "five partitions",
                    () -> describe(admin, topic).partitions().size() == 5);
            Check.fails(
                    InvalidPartitionsException.class,
                    admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4)))
                            .all());
            Check.fails(
                    InvalidPartitionsException.class,
                    admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5)))
                            .all());
        }
        produce(topic, 4, 10);
        Check.equal(10, client.readWhole(topic, 5).get(4).size(), "records of the new partition");
    }

    private void topicConfigs() throws Exception {
        String topic = client.createTopic("configured", 1, Map.of("segment.bytes", "2097152"));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = client.admin()) {
            Config config = configOf(admin, resource);
            Check.equal("2097152", value(config, "segment.bytes"), "segment.bytes");
            Check.equal(
                    ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG,
                    config.get("segment.bytes").source(),
                    "its source");
            Check.equal("delete", value(config, "cleanup.policy"), "cleanup.policy by default");
            Check.equal("604800000", value(config, "retention.ms"), "retention.ms by default");
            Check.that(config.get("retention.ms").isDefault(), "retention.ms is a default");

            alter(admin, resource, "retention.ms", "12345", AlterConfigOp.OpType.SET);
            awaitConfig(admin, resource, "retention.ms", "12345");
            alter(admin, resource, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
            awaitConfig(admin, resource, "cleanup.policy", "delete,compact");
            alter(admin, resource, "cleanup.policy", "delete", AlterConfigOp.OpType.SUBTRACT);
            awaitConfig(admin, resource, "cleanup.policy", "compact");
            alter(admin, resource, "retention.ms", "", AlterConfigOp.OpType.DELETE);
            awaitConfig(admin, resource, "retention.ms", "604800000");
            Check.fails(
                    InvalidConfigurationException.class,
                    alterFuture(admin, resource, "segment.bytes", "many", AlterConfigOp.OpType.SET));
            ConfigEntry documented = Check.at(
                            Check.get(admin.describeConfigs(
                                            List.of(resource),
                                            new DescribeConfigsOptions()
                                                    .includeSynonyms(true)
                                                    .includeDocumentation(true))
                                    .all()),
                            resource)
                    .get("segment.bytes");
            Check.that(documented.documentation() != null, "segment.bytes has a documentation");
            Check.that(documented.synonyms().size() >= 2, "segment.bytes has synonyms: " + documented.synonyms());
            Check.equal("segment.bytes", documented.synonyms().get(0).name(), "the first synonym");
        }
    }

    private void brokerConfigs() throws Exception {
        try (Admin admin = client.admin()) {
            int nodeId =
                    Check.get(admin.describeCluster().nodes()).iterator().next().id();
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "" + nodeId);
            Config config = configOf(admin, broker);
            Check.equal("104857600", value(config, "socket.request.max.bytes"), "socket.request.max.bytes");
            Check.equal("true", value(config, "auto.create.topics.enable"), "auto.create.topics.enable");
            ConfigResource everyBroker = new ConfigResource(ConfigResource.Type.BROKER, "");
            alter(admin, everyBroker, "log.index.interval.bytes", "8192", AlterConfigOp.OpType.SET);
            awaitConfig(admin, broker, "log.index.interval.bytes", "8192");
            alter(admin, everyBroker, "log.index.interval.bytes", "", AlterConfigOp.OpType.DELETE);
            awaitConfig(admin, broker, "log.index.interval.bytes", "4096");
        }
    }

    private void listOffsets() throws Exception {
        String topic = client.createTopic("listed", 1, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        long beforeMs = System.currentTimeMillis();
        produce(topic, 0, 40);
        try (Admin admin = client.admin()) {
            Check.equal(0L, offset(admin, partition, OffsetSpec.earliest()), "earliest");
            Check.equal(40L, offset(admin, partition, OffsetSpec.latest()), "latest");
            Check.equal(0L, offset(admin, partition, OffsetSpec.forTimestamp(beforeMs)), "by time");
            Check.equal(
                    -1L, offset(admin, partition, OffsetSpec.forTimestamp(beforeMs + 3_600_000)), "by a time to come");
        }
    }

    private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec) throws Exception {
        Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> result =
                Check.get(admin.listOffsets(Map.of(partition, spec)).all());
        return Check.at(result, partition).offset();
    }

    private void deleteRecords() throws Exception {
        String topic = client.createTopic("cut", 1, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        produce(topic, 0, 100);
        try (Admin admin = client.admin()) {
            Map<TopicPartition, RecordsToDelete> upTo30 = Map.of(partition, RecordsToDelete.beforeOffset(30));
            Check.equal(
                    30L,
                    Check.get(Check.at(admin.deleteRecords(upTo30).lowWatermarks(), partition))
                            .lowWatermark(),
                    "low watermark");
            Check.equal(30L, offset(admin, partition, OffsetSpec.earliest()), "earliest offset");
            Check.fails(
                    OffsetOutOfRangeException.class,
                    admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(101)))
                            .all());
            Check.get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)))
                    .all());
            Check.equal(100L, offset(admin, partition, OffsetSpec.earliest()), "earliest offset of an emptied log");
            Check.equal(100L, offset(admin, partition, OffsetSpec.latest()), "latest offset of an emptied log");
        }
    }

    private void cluster() throws Exception {
        try (Admin admin = client.admin()) {
            DescribeClusterResult cluster = admin.describeCluster();
            List<Node> nodes = List.copyOf(Check.get(cluster.nodes()));
            Check.equal(1, nodes.size(), "nodes");
            Check.equal(
                    client.bootstrap(), nodes.get(0).host() + ":" + nodes.get(0).port(), "address of the node");
            Check.equal(nodes.get(0), Check.get(cluster.controller()), "controller");
            Check.that(!Check.get(cluster.clusterId()).isBlank(), "the cluster has an id");
        }
    }

    private void logDirs() throws Exception {
        String topic = client.createTopic("sized", 1, Map.of());
        TopicPartition partition = new TopicPartition(topic, 0);
        produce(topic, 0, 100);
        try (Admin admin = client.admin()) {
            int nodeId =
                    Check.get(admin.describeCluster().nodes()).iterator().next().id();
            Map<String, LogDirDescription> dirs =
                    Check.at(Check.get(admin.describeLogDirs(List.of(nodeId)).allDescriptions()), nodeId);
            long size = dirs.values().stream()
                    .filter(dir -> dir.replicaInfos().containsKey(partition))
                    .mapToLong(dir -> Check.at(dir.replicaInfos(), partition).size())
                    .sum();
            Check.that(size > 100 * 80 && size < 100 * 80 * 3, "size of the partition is " + size);
        }
    }

    private void recreate() throws Exception {
        String topic = client.createTopic("again", 1, Map.of());
        produce(topic, 0, 20);
        try (Admin admin = client.admin()) {
            Check.get(admin.deleteTopics(List.of(topic)).all());
            Check.eventually(DEADLINE, "the name is free", () -> {
                Check.get(create(admin, new NewTopic(topic, 1, (short) 1)));
                return true;
            });
        }
        produce(topic, 0, 5);
        Check.equal(5, client.readAll(topic, 1).size(), "records of the second topic of that name");
    }

    private void produce(String topic, int partition, int count) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = client.producer(Map.of())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, partition, null, Payload.of(i, 80))));
            }
            for (Future<RecordMetadata> one : sent) {
                Check.get(one);
            }
        }
    }

    private static Config configOf(Admin admin, ConfigResource resource) throws Exception {
        return Check.at(Check.get(admin.describeConfigs(List.of(resource)).all()), resource);
    }

    private static String value(Config config, String name) {
        ConfigEntry entry = config.get(name);
        Check.that(entry != null, name + " is described");
        return entry.value();
    }

    private static void awaitConfig(Admin admin, ConfigResource resource, String name, String value) {
        Check.eventually(DEADLINE, name + " becomes " + value, () -> {
            Check.equal(value, value(configOf(admin, resource), name), name);
            return true;
        });
    }

    private static void alter(
            Admin admin, ConfigResource resource, String name, String value, AlterConfigOp.OpType operation)
            throws Exception {
        Check.get(alterFuture(admin, resource, name, value, operation));
    }

    private static Future<Void> alterFuture(
            Admin admin, ConfigResource resource, String name, String value, AlterConfigOp.OpType operation) {
        AlterConfigOp op = new AlterConfigOp(new ConfigEntry(name, value), operation);
        return admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all();
    }

    private static TopicDescription describe(Admin admin, String topic) throws Exception {
        return Check.at(Check.get(describeFuture(admin, topic)), topic);
    }

    /// The result was renamed: `all()` up to 3.x, `allTopicNames()` since 3.1 and alone in 4.x.
    @SuppressWarnings("unchecked")
    private static KafkaFuture<Map<String, TopicDescription>> describeFuture(Admin admin, String topic)
            throws Exception {
        Object result = admin.describeTopics(Set.of(topic));
        for (String name : List.of("allTopicNames", "all")) {
            try {
                return (KafkaFuture<Map<String, TopicDescription>>)
                        result.getClass().getMethod(name).invoke(result);
            } catch (NoSuchMethodException e) {
                continue;
            }
        }
        throw new AssertionError("this client cannot describe topics");
    }
}
