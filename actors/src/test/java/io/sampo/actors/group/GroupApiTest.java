package io.sampo.actors.group;

import static io.sampo.actors.group.GroupClient.commitRequest;
import static io.sampo.actors.group.GroupClient.describe;
import static io.sampo.actors.group.GroupClient.fetchRequest;
import static io.sampo.actors.group.GroupClient.joinRequest;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.sampo.core.group.GroupSettings;
import io.sampo.core.partition.PartitionId;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The group APIs from the wire form of a request to that of its response, through handlers, router and
/// coordinators.
class GroupApiTest {
    private static final GroupSettings SETTINGS = GroupSettings.DEFAULTS.withInitialRebalanceDelayMs(0);

    private final GroupNode node = GroupNode.serving(SETTINGS);
    private final GroupClient client = new GroupClient(node);

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
    void theCoordinatorIsWhereItsPartitionIsLedAndNowhereElse() {
        PartitionId partition = node.router.partitionIdFor("g").orElseThrow();
        node.endLeadership(partition);
        assertEquals(
                Errors.COORDINATOR_NOT_AVAILABLE.code(),
                findCoordinator(node, (short) 6, (byte) 0).errorCode(),
                "nobody leads");

        node.leadElsewhere(partition);
        FindCoordinatorResponseData.Coordinator found = findCoordinator(node, (short) 6, (byte) 0);
        assertEquals(Errors.NONE.code(), found.errorCode());
        assertEquals(GroupNode.OTHER_NODE_ID, found.nodeId());
        assertEquals("other.example", found.host());
        assertEquals(Errors.NOT_COORDINATOR, client.commit("g", "", -1, 1));
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
    void everyVersionOfEveryGroupApiIsAnswered() {
        node.apis.entries().forEach((apiKey, entry) -> {
            for (short version = entry.minServed(); version <= entry.maxVersion(); version++) {
                node.call(apiKey, version, minimalRequest(apiKey, version));
            }
        });
    }

    @Test
    void groupsOfSeveralCoordinatorsComeInOneAnswer() {
        List<String> groups = List.of("a", "b", "c", "d");
        groups.forEach(group -> assertEquals(Errors.NONE, client.commit(group, "", -1, 1)));
        assertNotEquals(
                1,
                groups.stream().map(node.router::partitionFor).distinct().count(),
                "the groups of this test must not all have one coordinator");
        assertEquals(
                Set.copyOf(groups),
                Set.copyOf(client.list().groups().stream()
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
        assertEquals(-1, client.fetch("a", 0).committedOffset());
        assertEquals(2, client.list().groups().size());
    }

    @Test
    void aLeavingMemberEmptiesTheGroup() {
        JoinGroupResponseData joined = client.joinAlone("g");
        client.sync("g", joined, new byte[0]);
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
