package io.sampo.streams.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.connection.Backoff;
import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Coordinators;
import io.sampo.streams.connection.Failures;
import io.sampo.streams.connection.ScriptedCluster;
import io.sampo.streams.connection.Timers;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Routing and reading of answers; pauses pass at once, on a clock that they move.
@NullMarked
class AdminTest {

    private static final ClusterView.Node ONE = new ClusterView.Node(1, "a", 9092, Optional.empty());
    private static final ClusterView.Node TWO = new ClusterView.Node(2, "b", 9092, Optional.empty());
    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final TopicPartition T1 = new TopicPartition("t", 1);

    private final ScriptedCluster cluster = new ScriptedCluster(view(1, 2));
    private final Admin admin = new Admin(
            cluster, new Coordinators(cluster, 1_000), new JumpingTimers(), new Backoff(100, 1_000), 1_000, 10_000);

    private static ClusterView view(int leader0, int leader1) {
        List<ClusterView.Partition> partitions = List.of(
                new ClusterView.Partition(0, OptionalInt.of(leader0), 1, List.of(1, 2)),
                new ClusterView.Partition(1, OptionalInt.of(leader1), 1, List.of(2, 1)));
        return new ClusterView(
                Optional.of("c"),
                Map.of(1, ONE, 2, TWO),
                Map.of("t", new ClusterView.Topic("t", Uuid.ZERO_UUID, Errors.NONE, partitions)));
    }

    @BeforeEach
    void controllerAndCoordinatorAreNodeOneAtFirst() {
        cluster.on(ApiKeys.METADATA, call -> existing(call.as(MetadataRequest.class)));
        AtomicInteger asked = new AtomicInteger();
        cluster.on(
                ApiKeys.DESCRIBE_CLUSTER,
                _ -> new DescribeClusterResponse(new DescribeClusterResponseData()
                        .setClusterId("c")
                        .setControllerId(Math.min(2, asked.incrementAndGet()))));
        AtomicInteger found = new AtomicInteger();
        cluster.on(
                ApiKeys.FIND_COORDINATOR,
                call -> FindCoordinatorResponse.prepareResponse(
                        Errors.NONE,
                        call.as(FindCoordinatorRequest.class)
                                .data()
                                .coordinatorKeys()
                                .getFirst(),
                        new Node(Math.min(2, found.incrementAndGet()), "a", 9092)));
    }

    @AfterEach
    void everyAnswerIsClosed() {
        assertEquals(0, cluster.unclosedAnswers());
    }

    @Test
    void aCallFollowsTheController() {
        cluster.on(ApiKeys.CREATE_TOPICS, call -> created(call.nodeId() == 2 ? Errors.NONE : Errors.NOT_CONTROLLER));

        join(admin.createTopic(NewTopic.named("t").withPartitions(3).withConfigs(Map.of("retention.ms", "1"))));
        join(admin.createTopic(NewTopic.named("t")));

        List<ScriptedCluster.Call> calls = cluster.calls(ApiKeys.CREATE_TOPICS);
        assertEquals(
                List.of(1, 2, 2),
                calls.stream().map(ScriptedCluster.Call::nodeId).toList());
        var topic =
                calls.getFirst().as(CreateTopicsRequest.class).data().topics().find("t");
        assertEquals(3, topic.numPartitions());
        assertEquals(-1, topic.replicationFactor());
        assertEquals("1", topic.configs().find("retention.ms").value());
    }

    @Test
    void whatTheBrokerRefusesFailsAtOnceWithItsReason() {
        cluster.on(ApiKeys.CREATE_TOPICS, _ -> created(Errors.TOPIC_ALREADY_EXISTS));

        assertInstanceOf(TopicExistsException.class, failure(admin.createTopic(NewTopic.named("t"))));
        assertEquals(1, cluster.calls(ApiKeys.CREATE_TOPICS).size());
    }

    @Test
    void tryingEndsWithTheTimeOfTheCall() {
        cluster.on(ApiKeys.CREATE_TOPICS, _ -> created(Errors.NOT_CONTROLLER));

        Throwable failure = failure(admin.createTopic(NewTopic.named("t")));

        assertInstanceOf(TimeoutException.class, failure);
        assertTrue(String.valueOf(failure.getMessage()).contains("10000 ms"), failure.getMessage());
    }

    @Test
    void aCallFollowsTheCoordinator() {
        AtomicInteger attempts = new AtomicInteger();
        cluster.on(
                ApiKeys.DELETE_GROUPS,
                _ -> deleted(
                        switch (attempts.incrementAndGet()) {
                            case 1 -> Errors.COORDINATOR_LOAD_IN_PROGRESS;
                            case 2 -> Errors.NOT_COORDINATOR;
                            default -> Errors.NON_EMPTY_GROUP;
                        }));

        assertInstanceOf(GroupNotEmptyException.class, failure(admin.deleteGroup("g")));
        assertEquals(
                List.of(1, 2, 2),
                cluster.calls(ApiKeys.DELETE_GROUPS).stream()
                        .map(ScriptedCluster.Call::nodeId)
                        .toList());
    }

    @Test
    void offsetsAreAskedOfEachLeaderAndAgainOnlyWhereItMoved() {
        cluster.onRefresh(_ -> view(1, 1));
        cluster.on(ApiKeys.LIST_OFFSETS, call -> {
            ListOffsetsResponseData data = new ListOffsetsResponseData();
            for (var topic : call.as(ListOffsetsRequest.class).topics()) {
                var answers = new ListOffsetsResponseData.ListOffsetsTopicResponse().setName(topic.name());
                for (var partition : topic.partitions()) {
                    answers.partitions()
                            .add(new ListOffsetsResponseData.ListOffsetsPartitionResponse()
                                    .setPartitionIndex(partition.partitionIndex())
                                    .setErrorCode(
                                            (call.nodeId() == 2 ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.NONE).code())
                                    .setOffset(10 + partition.partitionIndex())
                                    .setTimestamp(partition.timestamp())
                                    .setLeaderEpoch(4));
                }
                data.topics().add(answers);
            }
            return new ListOffsetsResponse(data);
        });

        Map<TopicPartition, FoundOffset> found =
                join(admin.listOffsets(Map.of(T0, OffsetTime.latest(), T1, OffsetTime.at(Instant.ofEpochMilli(77)))));

        assertEquals(Map.of(T0, new FoundOffset(10, -1, 4), T1, new FoundOffset(11, 77, 4)), found);
        assertEquals(3, cluster.calls(ApiKeys.LIST_OFFSETS).size());
        var last = cluster.calls(ApiKeys.LIST_OFFSETS).getLast();
        assertEquals(1, last.nodeId());
        assertEquals(
                1,
                last.as(ListOffsetsRequest.class)
                        .topics()
                        .getFirst()
                        .partitions()
                        .size());
    }

    @Test
    void aTopicThatDoesNotExistIsGivenUpSoon() {
        TopicPartition nowhere = new TopicPartition("nowhere", 0);
        assertInstanceOf(
                UnknownTopicOrPartitionException.class,
                failure(admin.listOffsets(Map.of(nowhere, OffsetTime.earliest()))));
        var questions = cluster.calls(ApiKeys.METADATA).stream()
                .map(call -> call.as(MetadataRequest.class))
                .toList();
        assertEquals(5, questions.size());
        assertTrue(questions.stream().noneMatch(MetadataRequest::allowAutoTopicCreation), "asking creates nothing");
        assertEquals(Set.of(), cluster.remembered());
    }

    @Test
    void recordsBeyondTheEndCannotBeDeleted() {
        cluster.on(ApiKeys.DELETE_RECORDS, _ -> {
            DeleteRecordsResponseData data = new DeleteRecordsResponseData();
            var topic = new DeleteRecordsResponseData.DeleteRecordsTopicResult().setName("t");
            topic.partitions()
                    .add(new DeleteRecordsResponseData.DeleteRecordsPartitionResult()
                            .setErrorCode(Errors.OFFSET_OUT_OF_RANGE.code()));
            data.topics().add(topic);
            return new DeleteRecordsResponse(data);
        });
        assertInstanceOf(OffsetOutOfRangeException.class, failure(admin.deleteRecords(Map.of(T0, 99L))));
    }

    @Test
    void aClassicGroupThatIsDeadDoesNotExist() {
        cluster.limit(ApiKeys.CONSUMER_GROUP_DESCRIBE, -1);
        cluster.on(ApiKeys.DESCRIBE_GROUPS, _ -> {
            DescribeGroupsResponseData data = new DescribeGroupsResponseData();
            data.groups()
                    .add(new DescribeGroupsResponseData.DescribedGroup()
                            .setGroupId("g")
                            .setGroupState("Dead"));
            return new DescribeGroupsResponse(data);
        });
        assertInstanceOf(GroupIdNotFoundException.class, failure(admin.describeGroup("g")));
        assertEquals(0, cluster.calls(ApiKeys.CONSUMER_GROUP_DESCRIBE).size());
    }

    @Test
    void aGroupOfTheConsumerProtocolIsDescribedWithItsAssignment() {
        cluster.on(ApiKeys.CONSUMER_GROUP_DESCRIBE, _ -> {
            var assignment = new ConsumerGroupDescribeResponseData.Assignment();
            assignment
                    .topicPartitions()
                    .add(new ConsumerGroupDescribeResponseData.TopicPartitions()
                            .setTopicName("t")
                            .setPartitions(List.of(0, 1)));
            var group = new ConsumerGroupDescribeResponseData.DescribedGroup()
                    .setGroupId("g")
                    .setGroupState("Stable")
                    .setAssignorName("uniform");
            group.members()
                    .add(new ConsumerGroupDescribeResponseData.Member()
                            .setMemberId("m")
                            .setInstanceId(null)
                            .setClientId("c")
                            .setClientHost("/1.2.3.4")
                            .setAssignment(assignment));
            ConsumerGroupDescribeResponseData data = new ConsumerGroupDescribeResponseData();
            data.groups().add(group);
            return new ConsumerGroupDescribeResponse(data);
        });

        GroupDescription group = join(admin.describeGroup("g"));

        var member = new GroupDescription.Member("m", Optional.empty(), "c", "/1.2.3.4", Set.of(T0, T1));
        assertEquals(new GroupDescription("g", "Stable", "uniform", 1, List.of(member)), group);
    }

    @Test
    void groupsAreGatheredFromAllNodes() {
        cluster.on(ApiKeys.LIST_GROUPS, call -> {
            ListGroupsResponseData data = new ListGroupsResponseData();
            data.groups()
                    .add(new ListGroupsResponseData.ListedGroup()
                            .setGroupId("g" + call.nodeId())
                            .setProtocolType("consumer"));
            return new ListGroupsResponse(data);
        });
        assertEquals(
                List.of("g1", "g2"),
                join(admin.listGroups()).stream().map(GroupListing::groupId).toList());
    }

    @Test
    void aBrokersSettingsAreAskedOfThatBrokerAndADefaultIsDeletedNotSet() {
        cluster.on(
                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                _ -> new IncrementalAlterConfigsResponse(new IncrementalAlterConfigsResponseData()));

        join(admin.alterConfigs(
                new ConfigResource(ConfigResource.Type.BROKER, "2"), Map.of("log.cleaner.threads", Optional.of("2"))));
        join(admin.alterConfigs(
                new ConfigResource(ConfigResource.Type.TOPIC, "t"), Map.of("retention.ms", Optional.empty())));

        var calls = cluster.calls(ApiKeys.INCREMENTAL_ALTER_CONFIGS);
        assertEquals(
                List.of(2, -1), calls.stream().map(ScriptedCluster.Call::nodeId).toList());
        var change = calls.getLast()
                .as(IncrementalAlterConfigsRequest.class)
                .data()
                .resources()
                .iterator()
                .next()
                .configs()
                .iterator()
                .next();
        assertEquals((byte) 1, change.configOperation());
    }

    private static CreateTopicsResponse created(Errors error) {
        CreateTopicsResponseData data = new CreateTopicsResponseData();
        data.topics()
                .add(new CreateTopicsResponseData.CreatableTopicResult()
                        .setName("t")
                        .setErrorCode(error.code()));
        return new CreateTopicsResponse(data);
    }

    private static MetadataResponse existing(MetadataRequest question) {
        MetadataResponseData data = new MetadataResponseData();
        question.topics()
                .forEach(topic -> data.topics()
                        .add(new MetadataResponseData.MetadataResponseTopic()
                                .setName(topic)
                                .setErrorCode(
                                        (topic.equals("t") ? Errors.NONE : Errors.UNKNOWN_TOPIC_OR_PARTITION).code())));
        return new MetadataResponse(data, ApiKeys.METADATA.latestVersion());
    }

    private static DeleteGroupsResponse deleted(Errors error) {
        DeleteGroupsResponseData data = new DeleteGroupsResponseData();
        data.results()
                .add(new DeleteGroupsResponseData.DeletableGroupResult()
                        .setGroupId("g")
                        .setErrorCode(error.code()));
        return new DeleteGroupsResponse(data);
    }

    private static <T> T join(CompletionStage<T> stage) {
        assertTrue(stage.toCompletableFuture().isDone());
        return stage.toCompletableFuture().join();
    }

    private static Throwable failure(CompletionStage<?> stage) {
        return Failures.cause(assertThrows(CompletionException.class, () -> join(stage)));
    }

    private static final class JumpingTimers implements Timers {
        private long nowMs;

        @Override
        public long nowMs() {
            return nowMs;
        }

        @Override
        public Runnable after(long delayMs, Runnable task) {
            nowMs += delayMs;
            task.run();
            return () -> {};
        }

        @Override
        public double random() {
            return 0.5;
        }
    }
}
