package io.sampo.actors.api;

import static io.sampo.actors.api.AskedRequest.ask;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.metadata.MetadataNode;
import io.sampo.actors.metadata.ProducerIds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData.ScramCredentialUpsertion;
import org.apache.kafka.common.message.AlterUserScramCredentialsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsRequestData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsRequestData.UserName;
import org.apache.kafka.common.message.DescribeUserScramCredentialsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetadataApisTest {
    private final MetadataNode node = new MetadataNode(
            Map.of("num.partitions", "2", "max.request.partition.size.limit", "4", "ssl.key.password", "hush"));
    private final NodeAddresses addresses = new NodeAddresses(1);
    private final MetadataHandler metadata =
            new MetadataHandler(node.publisher, node.partition, addresses, node.creator, node.broker);
    private final TopicChangesHandler changes = new TopicChangesHandler(node.client, node.creator);
    private final ConfigsHandler configs = new ConfigsHandler(node.client, node.publisher, node.broker);

    @BeforeEach
    void start() throws Exception {
        node.leadEverything().start();
    }

    @AfterEach
    void close() {
        node.close();
    }

    private Uuid create(String name, int partitions) throws Exception {
        CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs(5000);
        request.topics()
                .add(new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) 1));
        CreateTopicsResponseData response = ask(changes, ApiKeys.CREATE_TOPICS, 7, request);
        assertEquals(0, response.topics().iterator().next().errorCode());
        return response.topics().iterator().next().topicId();
    }

    private MetadataResponseTopic topic(int version, @Nullable String name, Uuid id, boolean autoCreate)
            throws Exception {
        MetadataRequestData request = new MetadataRequestData()
                .setTopics(List.of(new MetadataRequestTopic().setName(name).setTopicId(id)))
                .setAllowAutoTopicCreation(autoCreate);
        MetadataResponseData response = ask(metadata, ApiKeys.METADATA, version, request);
        return response.topics().iterator().next();
    }

    @Test
    void everyVersionOfMetadataTellsTheDialledAddress() throws Exception {
        create("t", 3);
        for (int version = 0; version <= 13; version++) {
            MetadataRequestData all = new MetadataRequestData().setTopics(version == 0 ? List.of() : null);
            MetadataResponseData response = ask(metadata, ApiKeys.METADATA, version, all);
            var broker = response.brokers().iterator().next();
            assertEquals("broker.dialled:19092", broker.host() + ":" + broker.port());
            MetadataResponseTopic topic = response.topics().iterator().next();
            assertEquals("t", topic.name());
            assertEquals(3, topic.partitions().size());
            assertEquals(List.of(1), topic.partitions().getFirst().isrNodes());
            if (version >= 2) {
                assertEquals("cluster-1", response.clusterId());
            }
        }
    }

    @Test
    void anUnknownTopicIsCreatedWhenTheClientAllowsIt() throws Exception {
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                topic(9, "auto", Uuid.ZERO_UUID, false).errorCode());
        MetadataResponseTopic created = topic(9, "auto", Uuid.ZERO_UUID, true);
        assertEquals(0, created.errorCode());
        assertEquals(2, created.partitions().size());
        assertTrue(created.partitions().stream().allMatch(p -> p.errorCode() == 0 && p.leaderId() == 1));
        assertEquals(
                Errors.INVALID_TOPIC_EXCEPTION.code(),
                topic(9, "a b", Uuid.ZERO_UUID, true).errorCode());
    }

    @Test
    void topicsCanBeAskedForById() throws Exception {
        Uuid id = create("t", 1);
        assertEquals("t", topic(12, null, id, false).name());
        assertEquals(
                Errors.UNKNOWN_TOPIC_ID.code(),
                topic(12, null, new Uuid(4, 4), false).errorCode());
    }

    @Test
    void aPartitionWithoutLeaderIsNotNamedOne() throws Exception {
        MetadataNode leaderless = new MetadataNode(Map.of("sampo.topic.ready.max.wait.ms", "10"));
        try (leaderless) {
            leaderless.start();
            MetadataHandler handler = new MetadataHandler(
                    leaderless.publisher, leaderless.partition, addresses, leaderless.creator, leaderless.broker);
            MetadataResponseData response = ask(
                    handler,
                    ApiKeys.METADATA,
                    9,
                    new MetadataRequestData().setTopics(List.of(new MetadataRequestTopic().setName("t"))));
            MetadataResponseTopic topic = response.topics().iterator().next();
            assertEquals(0, topic.errorCode());
            assertEquals(
                    Errors.LEADER_NOT_AVAILABLE.code(),
                    topic.partitions().getFirst().errorCode());
            assertEquals(-1, topic.partitions().getFirst().leaderId());
        }
    }

    @Test
    void describeClusterNamesItsNodes() throws Exception {
        DescribeClusterHandler handler = new DescribeClusterHandler(node.publisher, node.partition, addresses);
        DescribeClusterResponseData response = ask(
                handler,
                ApiKeys.DESCRIBE_CLUSTER,
                2,
                new DescribeClusterRequestData().setIncludeClusterAuthorizedOperations(true));
        assertEquals("cluster-1", response.clusterId());
        assertEquals("rack-a", response.brokers().iterator().next().rack());
        assertTrue(response.clusterAuthorizedOperations() > 0);
        DescribeClusterResponseData controllers =
                ask(handler, ApiKeys.DESCRIBE_CLUSTER, 1, new DescribeClusterRequestData().setEndpointType((byte) 2));
        assertEquals(Errors.MISMATCHED_ENDPOINT_TYPE.code(), controllers.errorCode());
    }

    @Test
    void describeTopicPartitionsGoesOnAtItsCursor() throws Exception {
        create("a", 3);
        create("b", 3);
        create("c", 1);
        var handler = new DescribeTopicPartitionsHandler(node.publisher, node.partition, addresses, node.broker);
        List<String> seen = new ArrayList<>();
        DescribeTopicPartitionsRequestData.@Nullable Cursor cursor = null;
        int answers = 0;
        do {
            DescribeTopicPartitionsResponseData response = ask(
                    handler,
                    ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                    0,
                    new DescribeTopicPartitionsRequestData()
                            .setResponsePartitionLimit(2000)
                            .setCursor(cursor));
            response.topics()
                    .forEach(topic -> topic.partitions()
                            .forEach(partition -> seen.add(topic.name() + partition.partitionIndex())));
            var next = response.nextCursor();
            cursor = next == null
                    ? null
                    : new DescribeTopicPartitionsRequestData.Cursor()
                            .setTopicName(next.topicName())
                            .setPartitionIndex(next.partitionIndex());
            answers++;
        } while (cursor != null);
        assertEquals(List.of("a0", "a1", "a2", "b0", "b1", "b2", "c0"), seen);
        assertEquals(2, answers, "four partitions at most in each");
    }

    @Test
    void topicsGrowAndGo() throws Exception {
        create("t", 1);
        CreatePartitionsRequestData grow = new CreatePartitionsRequestData().setTimeoutMs(5000);
        grow.topics().add(new CreatePartitionsTopic().setName("t").setCount(4).setAssignments(null));
        CreatePartitionsResponseData grown = ask(changes, ApiKeys.CREATE_PARTITIONS, 3, grow);
        assertEquals(0, grown.results().getFirst().errorCode());
        assertEquals(4, topic(12, "t", Uuid.ZERO_UUID, false).partitions().size());
        for (int version : List.of(1, 5)) {
            DeleteTopicsResponseData deleted = ask(
                    changes,
                    ApiKeys.DELETE_TOPICS,
                    version,
                    new DeleteTopicsRequestData().setTopicNames(List.of("t")).setTimeoutMs(5000));
            Errors expected = version == 1 ? Errors.NONE : Errors.UNKNOWN_TOPIC_OR_PARTITION;
            assertEquals(expected.code(), deleted.responses().iterator().next().errorCode());
        }
    }

    private DescribeConfigsResourceResult config(ConfigResource.Type type, String name, String key) throws Exception {
        DescribeConfigsResponseData response = ask(
                configs,
                ApiKeys.DESCRIBE_CONFIGS,
                4,
                new DescribeConfigsRequestData()
                        .setIncludeSynonyms(true)
                        .setIncludeDocumentation(true)
                        .setResources(List.of(new DescribeConfigsResource()
                                .setResourceType(type.id())
                                .setResourceName(name)
                                .setConfigurationKeys(List.of(key)))));
        assertEquals(0, response.results().getFirst().errorCode());
        return response.results().getFirst().configs().getFirst();
    }

    @Test
    void configsAreChangedAndDescribedWithTheirSource() throws Exception {
        create("t", 1);
        assertEquals(
                "1",
                config(ConfigResource.Type.TOPIC, "t", "min.insync.replicas").value());
        IncrementalAlterConfigsRequestData request = new IncrementalAlterConfigsRequestData();
        var resource = new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName("t");
        resource.configs()
                .add(new IncrementalAlterConfigsRequestData.AlterableConfig()
                        .setName("retention.ms")
                        .setConfigOperation(OpType.SET.id())
                        .setValue("77"));
        request.resources().add(resource);
        IncrementalAlterConfigsResponseData altered = ask(configs, ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, request);
        assertEquals(0, altered.responses().getFirst().errorCode());
        DescribeConfigsResourceResult changed = config(ConfigResource.Type.TOPIC, "t", "retention.ms");
        assertEquals("77", changed.value());
        assertEquals(1, changed.configSource());
        assertEquals(2, changed.synonyms().size());
        assertNotNull(changed.documentation());
        DescribeConfigsResourceResult secret = config(ConfigResource.Type.BROKER, "1", "ssl.key.password");
        assertNull(secret.value());
        assertTrue(secret.isSensitive() && secret.readOnly());
    }

    @Test
    void configsOfWhatIsNotThereAreErrors() throws Exception {
        List<Errors> errors = new ArrayList<>();
        List<DescribeConfigsResource> resources = new ArrayList<>();
        for (Map.Entry<Byte, String> each : List.of(
                Map.entry((byte) 2, "none"),
                Map.entry((byte) 2, "a b"),
                Map.entry((byte) 4, "9"),
                Map.entry((byte) 8, "1"))) {
            resources.add(new DescribeConfigsResource()
                    .setResourceType(each.getKey())
                    .setResourceName(each.getValue())
                    .setConfigurationKeys(null));
        }
        DescribeConfigsResponseData response =
                ask(configs, ApiKeys.DESCRIBE_CONFIGS, 1, new DescribeConfigsRequestData().setResources(resources));
        response.results().forEach(result -> errors.add(Errors.forCode(result.errorCode())));
        assertEquals(
                List.of(
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        Errors.INVALID_TOPIC_EXCEPTION,
                        Errors.INVALID_REQUEST,
                        Errors.INVALID_REQUEST),
                errors);
    }

    @Test
    void producerIdsAreGivenToIdempotentProducersOnly() throws Exception {
        InitProducerIdHandler handler = new InitProducerIdHandler(new ProducerIds(1, node.client));
        for (int version = 0; version <= 5; version++) {
            InitProducerIdResponseData response = ask(
                    handler,
                    ApiKeys.INIT_PRODUCER_ID,
                    version,
                    new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(1));
            assertEquals(0, response.errorCode());
            assertEquals(version, response.producerId(), "each a new one");
            assertEquals(0, response.producerEpoch());
        }
        InitProducerIdResponseData refused =
                ask(handler, ApiKeys.INIT_PRODUCER_ID, 4, new InitProducerIdRequestData().setTransactionalId("tx"));
        assertEquals(Errors.UNSUPPORTED_VERSION.code(), refused.errorCode());
        assertEquals(-1, refused.producerId());
    }

    @Test
    void scramCredentialsAreStoredAndDescribedWithoutSecrets() throws Exception {
        ScramCredentialsHandler handler = new ScramCredentialsHandler(node.client, node.publisher);
        AlterUserScramCredentialsRequestData alter = new AlterUserScramCredentialsRequestData();
        alter.upsertions()
                .add(new ScramCredentialUpsertion()
                        .setName("ann")
                        .setMechanism((byte) 2)
                        .setIterations(4096)
                        .setSalt(new byte[] {1})
                        .setSaltedPassword(new byte[] {2}));
        AlterUserScramCredentialsResponseData altered = ask(handler, ApiKeys.ALTER_USER_SCRAM_CREDENTIALS, 0, alter);
        assertEquals(0, altered.results().getFirst().errorCode());
        assertNotNull(requireNonNull(node.publisher.image().scramCredentials().get("SCRAM-SHA-512"))
                .get("ann"));
        DescribeUserScramCredentialsResponseData described = ask(
                handler,
                ApiKeys.DESCRIBE_USER_SCRAM_CREDENTIALS,
                0,
                new DescribeUserScramCredentialsRequestData()
                        .setUsers(List.of(new UserName().setName("ann"), new UserName().setName("bob"))));
        assertEquals(
                4096,
                described.results().getFirst().credentialInfos().getFirst().iterations());
        assertEquals(
                Errors.RESOURCE_NOT_FOUND.code(), described.results().get(1).errorCode());
    }
}
