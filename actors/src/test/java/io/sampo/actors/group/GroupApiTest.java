package io.sampo.actors.group;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.MemoryLeader;
import io.sampo.core.group.GroupSettings;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The group APIs from the wire form of a request to that of its response, through handlers, router and
/// coordinators.
class GroupApiTest {
    private static final GroupSettings SETTINGS = GroupSettings.DEFAULTS.withInitialRebalanceDelayMs(0);

    private GroupNode node;

    @BeforeEach
    void start() {
        node = GroupNode.serving(SETTINGS);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void theOffsetsTopicIsCreatedAtTheFirstQuestionAndTheDialledAddressIsTheAnswer() {
        try (GroupNode fresh = new GroupNode(SETTINGS)) {
            for (short version = 0; version <= ApiKeys.FIND_COORDINATOR.latestVersion(); version++) {
                short error = findCoordinator(fresh, version, (byte) 0).errorCode();
                assertEquals(version == 0 ? Errors.COORDINATOR_NOT_AVAILABLE.code() : 0, error, "version " + version);
            }
            assertEquals(1, fresh.topicCreations.get());
            FindCoordinatorResponseData.Coordinator found = findCoordinator(fresh, (short) 6, (byte) 0);
            assertEquals("dialled.example", found.host());
            assertEquals(9092, found.port());
            assertEquals(GroupNode.NODE_ID, found.nodeId());
        }
    }

    @Test
    void coordinatorsThatDoNotExistAreRefusedAtOnce() {
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                findCoordinator(node, (short) 6, (byte) 1).errorCode());
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                findCoordinator(node, (short) 6, (byte) 2).errorCode());
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                findCoordinator(node, (short) 2, (byte) 1).errorCode());
    }

    @Test
    void aMemberJoinsSyncsCommitsAndFindsItsOffsetsAfterTheLeadershipMoved() {
        JoinGroupResponseData joined = joinAlone("g");
        SyncGroupResponseData synced = sync("g", joined, new byte[] {7});
        assertArrayEquals(new byte[] {7}, synced.assignment());
        assertEquals(Errors.NONE, commit("g", joined.memberId(), joined.generationId(), 42));

        MemoryLeader former = node.leaderOf("g");
        node.endLeadership(former.id());
        assertEquals(Errors.NOT_COORDINATOR, heartbeat("g", joined));
        node.lead(former.nextEpoch());
        node.awaitServing();

        assertEquals(42, fetch("g", 0).committedOffset());
        assertEquals("note", fetch("g", 0).metadata());
        assertEquals(Errors.NONE, heartbeat("g", joined));
    }

    @Test
    void whatIsNoGroupRecordDoesNotKeepTheGroupsFromBeingLoaded() {
        assertEquals(Errors.NONE, commit("g", "", -1, 41));
        MemoryLeader former = node.leaderOf("g");
        byte[] offsetCommitKey = {0, 1, 0, 100};
        write(former, MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[] {1}, new byte[] {2})));
        write(former, MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(offsetCommitKey, new byte[] {9})));
        MemoryRecords malformed = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(offsetCommitKey, null));
        malformed.buffer().put(DefaultRecordBatch.RECORD_BATCH_OVERHEAD, (byte) 0x7e);
        write(former, malformed);
        assertEquals(Errors.NONE, commit("g", "", -1, 42));

        node.endLeadership(former.id());
        node.lead(former.nextEpoch());
        node.awaitServing();

        assertEquals(42, fetch("g", 0).committedOffset());
    }

    /// As a client may that calls itself Kafka's admin client.
    private static void write(MemoryLeader leader, MemoryRecords records) {
        leader.append(new Append(
                records, Append.Origin.CLIENT, (short) -1, outcome -> assertEquals(Errors.NONE, outcome.error())));
    }

    @Test
    void everyVersionOfEveryGroupApiIsAnswered() {
        node.apis.entries().forEach((apiKey, entry) -> {
            for (short version = entry.minServed(); version <= entry.maxVersion(); version++) {
                node.call(apiKey, version, minimalRequest(apiKey, version));
            }
        });
    }

    @Test
    void commitsThatComeWhileAnAppendIsUnderWayShareOneBatch() {
        MemoryLeader leader = node.leaderOf("simple");
        int before = leader.batchCount();
        leader.hold();
        List<CompletableFuture<AbstractResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add(node.send(ApiKeys.OFFSET_COMMIT, (short) 9, commitRequest("simple", "", -1, i)));
        }
        // Answered by the same actor, so the commits have been taken before.
        list();
        assertTrue(answers.stream().noneMatch(CompletableFuture::isDone));
        leader.release();
        answers.forEach(GroupNode::await);
        assertEquals(before + 2, leader.batchCount());
        assertEquals(49, fetch("simple", 0).committedOffset());
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "SNAPPY", "LZ4", "ZSTD"})
    void batchesAreWrittenWithTheCodecThatIsSetAndReadBack(CompressionType codec) {
        try (GroupNode compressing = GroupNode.serving(SETTINGS, codec)) {
            OffsetCommitRequestData request = commitRequest("simple", "", -1, 42);
            compressing.call(ApiKeys.OFFSET_COMMIT, 9, request, OffsetCommitResponseData.class);
            MemoryLeader leader = compressing.leaderOf("simple");
            assertEquals(codec, leader.lastBatch().compressionType());

            compressing.endLeadership(leader.id());
            compressing.lead(leader.nextEpoch());
            compressing.awaitServing();
            AbstractResponse fetched = compressing.call(ApiKeys.OFFSET_FETCH, (short) 9, fetchRequest("simple", 0));
            assertEquals(42, offset(fetched).committedOffset());
        }
    }

    @Test
    void aFetchDoesNotShowWhatIsNotCommittedYet() {
        assertEquals(Errors.NONE, commit("simple", "", -1, 1));
        MemoryLeader leader = node.leaderOf("simple");
        leader.hold();
        CompletableFuture<AbstractResponse> commit =
                node.send(ApiKeys.OFFSET_COMMIT, (short) 9, commitRequest("simple", "", -1, 2));
        CompletableFuture<AbstractResponse> fetch =
                node.send(ApiKeys.OFFSET_FETCH, (short) 9, fetchRequest("simple", 0));
        list();
        assertFalse(commit.isDone());
        assertFalse(fetch.isDone());
        leader.release();
        assertEquals(2, offset(GroupNode.await(fetch)).committedOffset());
    }

    @Test
    void aRefusedAppendIsTakenBackAndTheCoordinatorGoesOn() {
        assertEquals(Errors.NONE, commit("simple", "", -1, 1));
        MemoryLeader leader = node.leaderOf("simple");
        leader.refuse(Errors.NOT_ENOUGH_REPLICAS);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, commit("simple", "", -1, 2));
        assertEquals(1, fetch("simple", 0).committedOffset());
        leader.refuse(Errors.NONE);
        assertEquals(Errors.NONE, commit("simple", "", -1, 3));
        assertEquals(3, fetch("simple", 0).committedOffset());
    }

    @Test
    void anAppendOfUnknownFateMakesTheCoordinatorReadItsLogAgain() {
        assertEquals(Errors.NONE, commit("simple", "", -1, 1));
        MemoryLeader leader = node.leaderOf("simple");
        leader.refuse(Errors.KAFKA_STORAGE_ERROR);
        assertEquals(Errors.NOT_COORDINATOR, commit("simple", "", -1, 2));
        leader.refuse(Errors.NONE);
        node.awaitServing();
        assertEquals(1, fetch("simple", 0).committedOffset());
    }

    @Test
    void whileTheLogIsBeingReadClientsAreToldSo() {
        PartitionId id = node.router.partitionIdFor("g").orElseThrow();
        MemoryLeader former = node.leaderOf("g");
        node.endLeadership(id);
        CountDownLatch gate = new CountDownLatch(1);
        MemoryLeader next = former.nextEpoch();
        next.blockLoading(gate);
        node.lead(next);
        // Until the news of the leadership has reached the coordinators, none is here.
        node.testKit.<Void>createTestProbe().awaitAssert(() -> {
            assertEquals(Errors.COORDINATOR_LOAD_IN_PROGRESS, commit("g", "", -1, 1));
            return 0;
        });
        assertEquals(Errors.COORDINATOR_LOAD_IN_PROGRESS.code(), list().errorCode());
        assertEquals(
                Errors.NONE.code(),
                node.call(
                                ApiKeys.HEARTBEAT,
                                4,
                                new HeartbeatRequestData().setGroupId("g").setMemberId("m"),
                                HeartbeatResponseData.class)
                        .errorCode());
        gate.countDown();
        node.awaitServing();
        assertEquals(Errors.NONE, commit("g", "", -1, 1));
    }

    @Test
    void aParkedJoinIsAnsweredWhenLeadershipEnds() {
        JoinGroupResponseData leader = joinAlone("g");
        sync("g", leader, new byte[] {1});
        // A second member waits for the first one to join again.
        CompletableFuture<AbstractResponse> second = node.send(ApiKeys.JOIN_GROUP, (short) 3, joinRequest("g", ""));
        list();
        assertFalse(second.isDone());
        node.endLeadership(node.router.partitionIdFor("g").orElseThrow());
        JoinGroupResponseData answer =
                (JoinGroupResponseData) GroupNode.await(second).data();
        assertEquals(Errors.NOT_COORDINATOR.code(), answer.errorCode());
    }

    @Test
    void sessionsEndByTheActorsOneTimer() {
        GroupSettings shortSessions = new GroupSettings(
                50, 1_800_000, 0, Integer.MAX_VALUE, 300_000, 4096, 1_000_000, 600_000, 5_000, 2, 1024);
        try (GroupNode fast = GroupNode.serving(shortSessions)) {
            JoinGroupRequestData request = joinRequest("g", "").setSessionTimeoutMs(100);
            JoinGroupResponseData joined = fast.call(ApiKeys.JOIN_GROUP, 3, request, JoinGroupResponseData.class);
            assertEquals(Errors.NONE.code(), joined.errorCode());
            fast.testKit.<Void>createTestProbe().awaitAssert(() -> {
                assertEquals("Empty", describe(fast, "g").groupState());
                return 0;
            });
        }
    }

    @Test
    void topicsAndPartitionsThatDoNotExistAreRefusedOneByOne() {
        OffsetCommitRequestData request = commitRequest("simple", "", -1, 5);
        request.topics().getFirst().partitions().add(new OffsetCommitRequestPartition().setPartitionIndex(99));
        request.topics()
                .add(new OffsetCommitRequestTopic()
                        .setName("nowhere")
                        .setPartitions(List.of(new OffsetCommitRequestPartition().setPartitionIndex(0))));
        OffsetCommitResponseData answer = node.call(ApiKeys.OFFSET_COMMIT, 9, request, OffsetCommitResponseData.class);
        List<Short> errors = answer.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(partition -> partition.errorCode())
                .toList();
        short unknown = Errors.UNKNOWN_TOPIC_OR_PARTITION.code();
        assertEquals(List.of((short) 0, unknown, unknown), errors);
        assertEquals(5, fetch("simple", 0).committedOffset());
    }

    @Test
    void topicsAreNamedByIdFromVersionTen() {
        OffsetCommitRequestData request = commitRequest("simple", "", -1, 5);
        request.topics().getFirst().setTopicId(GroupNode.ORDERS_ID).setName("");
        request.topics()
                .add(new OffsetCommitRequestTopic()
                        .setTopicId(new Uuid(5, 5))
                        .setPartitions(List.of(new OffsetCommitRequestPartition().setPartitionIndex(0))));
        OffsetCommitResponseData committed =
                node.call(ApiKeys.OFFSET_COMMIT, 10, request, OffsetCommitResponseData.class);
        assertEquals(0, committed.topics().get(0).partitions().getFirst().errorCode());
        assertEquals(
                Errors.UNKNOWN_TOPIC_ID.code(),
                committed.topics().get(1).partitions().getFirst().errorCode());

        OffsetFetchRequestData all =
                new OffsetFetchRequestData().setGroups(List.of(new OffsetFetchRequestGroup().setGroupId("simple")));
        all.groups().getFirst().setTopics(null);
        OffsetFetchResponseData fetched = node.call(ApiKeys.OFFSET_FETCH, 10, all, OffsetFetchResponseData.class);
        assertEquals(
                GroupNode.ORDERS_ID,
                fetched.groups().getFirst().topics().getFirst().topicId());

        all.groups()
                .getFirst()
                .setTopics(List.of(new OffsetFetchRequestTopics()
                        .setTopicId(new Uuid(5, 5))
                        .setPartitionIndexes(List.of(0))));
        OffsetFetchResponseData unknown = node.call(ApiKeys.OFFSET_FETCH, 10, all, OffsetFetchResponseData.class);
        assertEquals(
                Errors.UNKNOWN_TOPIC_ID.code(),
                unknown.groups()
                        .getFirst()
                        .topics()
                        .getFirst()
                        .partitions()
                        .getFirst()
                        .errorCode());
    }

    @Test
    void groupsOfSeveralCoordinatorsComeInOneAnswer() {
        List<String> groups = List.of("a", "b", "c", "d");
        groups.forEach(group -> assertEquals(Errors.NONE, commit(group, "", -1, 1)));
        assertNotEquals(
                1,
                groups.stream().map(node.router::partitionFor).distinct().count(),
                "the groups of this test must not all have one coordinator");
        assertEquals(
                Set.copyOf(groups),
                Set.copyOf(list().groups().stream()
                        .map(ListGroupsResponseData.ListedGroup::groupId)
                        .toList()));
        OffsetFetchRequestData fetch = new OffsetFetchRequestData()
                .setGroups(groups.stream()
                        .map(group -> fetchRequest(group, 0).groups().getFirst())
                        .toList());
        OffsetFetchResponseData fetched = node.call(ApiKeys.OFFSET_FETCH, 8, fetch, OffsetFetchResponseData.class);
        assertEquals(
                groups, fetched.groups().stream().map(group -> group.groupId()).toList());

        DeleteGroupsResponseData deleted = node.call(
                ApiKeys.DELETE_GROUPS,
                2,
                new DeleteGroupsRequestData().setGroupsNames(List.of("a", "b", "none")),
                DeleteGroupsResponseData.class);
        assertEquals(0, deleted.results().find("a").errorCode());
        assertEquals(0, deleted.results().find("b").errorCode());
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND.code(), deleted.results().find("none").errorCode());
        assertEquals(-1, fetch("a", 0).committedOffset());
        assertEquals(2, list().groups().size());
    }

    @Test
    void offsetsOfDeletedTopicsGo() {
        assertEquals(Errors.NONE, commit("simple", "", -1, 5));
        node.coordinators.tell(new GroupCoordinators.TopicsDeleted(Set.of("orders")));
        node.testKit.<Void>createTestProbe().awaitAssert(() -> {
            assertEquals(-1, fetch("simple", 0).committedOffset());
            return 0;
        });
    }

    @Test
    void offsetsThatAMemberStillUsesAreNotDeleted() {
        JoinGroupResponseData joined = joinAlone("g");
        sync("g", joined, new byte[0]);
        assertEquals(Errors.NONE, commit("g", joined.memberId(), joined.generationId(), 5));
        OffsetDeleteRequestTopicCollection topics = new OffsetDeleteRequestTopicCollection();
        topics.add(new OffsetDeleteRequestTopic()
                .setName("orders")
                .setPartitions(List.of(new OffsetDeleteRequestPartition().setPartitionIndex(0))));
        OffsetDeleteResponseData answer = node.call(
                ApiKeys.OFFSET_DELETE,
                0,
                new OffsetDeleteRequestData().setGroupId("g").setTopics(topics),
                OffsetDeleteResponseData.class);
        assertEquals(
                Errors.GROUP_SUBSCRIBED_TO_TOPIC.code(),
                answer.topics().find("orders").partitions().find(0).errorCode());
    }

    @Test
    void aLeavingMemberEmptiesTheGroup() {
        JoinGroupResponseData joined = joinAlone("g");
        sync("g", joined, new byte[0]);
        assertEquals("Stable", describe(node, "g").groupState());
        assertEquals("/127.0.0.1", describe(node, "g").members().getFirst().clientHost());
        LeaveGroupResponseData left = node.call(
                ApiKeys.LEAVE_GROUP,
                5,
                new LeaveGroupRequestData()
                        .setGroupId("g")
                        .setMembers(List.of(new MemberIdentity().setMemberId(joined.memberId()))),
                LeaveGroupResponseData.class);
        assertEquals(0, left.members().getFirst().errorCode());
        assertEquals("Empty", describe(node, "g").groupState());
    }

    private JoinGroupResponseData joinAlone(String group) {
        JoinGroupResponseData pending =
                node.call(ApiKeys.JOIN_GROUP, 9, joinRequest(group, ""), JoinGroupResponseData.class);
        assertEquals(Errors.MEMBER_ID_REQUIRED.code(), pending.errorCode());
        JoinGroupResponseData joined =
                node.call(ApiKeys.JOIN_GROUP, 9, joinRequest(group, pending.memberId()), JoinGroupResponseData.class);
        assertEquals(Errors.NONE.code(), joined.errorCode());
        assertEquals(joined.memberId(), joined.leader());
        return joined;
    }

    private SyncGroupResponseData sync(String group, JoinGroupResponseData joined, byte[] assignment) {
        return node.call(
                ApiKeys.SYNC_GROUP,
                5,
                new SyncGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(joined.memberId())
                        .setGenerationId(joined.generationId())
                        .setProtocolType(joined.protocolType())
                        .setProtocolName(joined.protocolName())
                        .setAssignments(List.of(new SyncGroupRequestAssignment()
                                .setMemberId(joined.memberId())
                                .setAssignment(assignment))),
                SyncGroupResponseData.class);
    }

    private Errors heartbeat(String group, JoinGroupResponseData joined) {
        return Errors.forCode(node.call(
                        ApiKeys.HEARTBEAT,
                        4,
                        new HeartbeatRequestData()
                                .setGroupId(group)
                                .setMemberId(joined.memberId())
                                .setGenerationId(joined.generationId()),
                        HeartbeatResponseData.class)
                .errorCode());
    }

    private Errors commit(String group, String memberId, int generationId, long offset) {
        OffsetCommitResponseData answer = node.call(
                ApiKeys.OFFSET_COMMIT,
                9,
                commitRequest(group, memberId, generationId, offset),
                OffsetCommitResponseData.class);
        return Errors.forCode(answer.topics().getFirst().partitions().getFirst().errorCode());
    }

    private OffsetFetchResponsePartitions fetch(String group, int partition) {
        return offset(node.call(ApiKeys.OFFSET_FETCH, (short) 9, fetchRequest(group, partition)));
    }

    private static OffsetFetchResponsePartitions offset(AbstractResponse response) {
        return ((OffsetFetchResponseData) response.data())
                .groups()
                .getFirst()
                .topics()
                .getFirst()
                .partitions()
                .getFirst();
    }

    private ListGroupsResponseData list() {
        return node.call(ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData(), ListGroupsResponseData.class);
    }

    private static DescribeGroupsResponseData.DescribedGroup describe(GroupNode on, String group) {
        return on.call(
                        ApiKeys.DESCRIBE_GROUPS,
                        6,
                        new DescribeGroupsRequestData().setGroups(List.of(group)),
                        DescribeGroupsResponseData.class)
                .groups()
                .getFirst();
    }

    private static FindCoordinatorResponseData.Coordinator findCoordinator(GroupNode on, short version, byte type) {
        FindCoordinatorRequestData request = new FindCoordinatorRequestData();
        if (version >= 1) {
            request.setKeyType(type);
        }
        if (version >= 4) {
            request.setCoordinatorKeys(List.of("g"));
        } else {
            request.setKey("g");
        }
        FindCoordinatorResponseData answer =
                on.call(ApiKeys.FIND_COORDINATOR, version, request, FindCoordinatorResponseData.class);
        return version >= 4
                ? answer.coordinators().getFirst()
                : new FindCoordinatorResponseData.Coordinator().setErrorCode(answer.errorCode());
    }

    private static JoinGroupRequestData joinRequest(String group, String memberId) {
        JoinGroupRequestProtocolCollection protocols = new JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(new byte[] {0}));
        return new JoinGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setProtocolType("consumer")
                .setProtocols(protocols)
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(60_000);
    }

    private static OffsetCommitRequestData commitRequest(String group, String memberId, int generationId, long offset) {
        List<OffsetCommitRequestPartition> partitions = new ArrayList<>();
        partitions.add(new OffsetCommitRequestPartition()
                .setPartitionIndex(0)
                .setCommittedOffset(offset)
                .setCommittedMetadata("note"));
        List<OffsetCommitRequestTopic> topics = new ArrayList<>();
        topics.add(new OffsetCommitRequestTopic().setName("orders").setPartitions(partitions));
        return new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGenerationIdOrMemberEpoch(generationId)
                .setTopics(topics);
    }

    private static OffsetFetchRequestData fetchRequest(String group, int partition) {
        return new OffsetFetchRequestData()
                .setGroups(List.of(new OffsetFetchRequestGroup()
                        .setGroupId(group)
                        .setTopics(List.of(new OffsetFetchRequestTopics()
                                .setName("orders")
                                .setPartitionIndexes(List.of(partition))))));
    }

    private static org.apache.kafka.common.protocol.ApiMessage minimalRequest(ApiKeys apiKey, short version) {
        return switch (apiKey) {
            case FIND_COORDINATOR ->
                version >= 4
                        ? new FindCoordinatorRequestData().setCoordinatorKeys(List.of("v"))
                        : new FindCoordinatorRequestData().setKey("v");
            case JOIN_GROUP -> {
                JoinGroupRequestData join = joinRequest("v" + version, "");
                yield version == 0 ? join.setRebalanceTimeoutMs(-1) : join;
            }
            case SYNC_GROUP ->
                new SyncGroupRequestData()
                        .setGroupId("v")
                        .setProtocolType(version >= 5 ? "consumer" : null)
                        .setProtocolName(version >= 5 ? "range" : null);
            case HEARTBEAT -> new HeartbeatRequestData().setGroupId("v");
            case LEAVE_GROUP ->
                version >= 3
                        ? new LeaveGroupRequestData()
                                .setGroupId("v")
                                .setMembers(List.of(new MemberIdentity().setMemberId("m")))
                        : new LeaveGroupRequestData().setGroupId("v").setMemberId("m");
            case OFFSET_COMMIT -> {
                OffsetCommitRequestData commit = commitRequest("v", "", -1, 1);
                if (version >= 10) {
                    commit.topics().getFirst().setName("").setTopicId(GroupNode.ORDERS_ID);
                }
                yield commit;
            }
            case OFFSET_FETCH ->
                version >= 8
                        ? new OffsetFetchRequestData()
                                .setGroups(List.of(new OffsetFetchRequestGroup()
                                        .setGroupId("v")
                                        .setTopics(null)))
                        : new OffsetFetchRequestData()
                                .setGroupId("v")
                                .setTopics(List.of(new OffsetFetchRequestData.OffsetFetchRequestTopic()
                                        .setName("orders")
                                        .setPartitionIndexes(List.of(0))));
            case OFFSET_DELETE -> new OffsetDeleteRequestData().setGroupId("v");
            case LIST_GROUPS -> new ListGroupsRequestData();
            case DESCRIBE_GROUPS -> new DescribeGroupsRequestData().setGroups(List.of("v"));
            case DELETE_GROUPS -> new DeleteGroupsRequestData().setGroupsNames(List.of("none"));
            default -> throw new AssertionError("no request for " + apiKey);
        };
    }
}
