package io.sampo.actors.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
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
import org.apache.kafka.common.requests.AbstractResponse;

/// Requests about groups as a client sends them, and what is of interest in the answers.
final class GroupClient {
    private final GroupNode node;

    GroupClient(GroupNode node) {
        this.node = node;
    }

    JoinGroupResponseData joinAlone(String group) {
        JoinGroupResponseData pending =
                node.call(ApiKeys.JOIN_GROUP, 9, joinRequest(group, ""), JoinGroupResponseData.class);
        assertEquals(Errors.MEMBER_ID_REQUIRED.code(), pending.errorCode());
        JoinGroupResponseData joined =
                node.call(ApiKeys.JOIN_GROUP, 9, joinRequest(group, pending.memberId()), JoinGroupResponseData.class);
        assertEquals(Errors.NONE.code(), joined.errorCode());
        assertEquals(joined.memberId(), joined.leader());
        return joined;
    }

    SyncGroupResponseData sync(String group, JoinGroupResponseData joined, byte[] assignment) {
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

    Errors heartbeat(String group, JoinGroupResponseData joined) {
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

    Errors commit(String group, String memberId, int generationId, long offset) {
        OffsetCommitResponseData answer = node.call(
                ApiKeys.OFFSET_COMMIT,
                9,
                commitRequest(group, memberId, generationId, offset),
                OffsetCommitResponseData.class);
        return Errors.forCode(answer.topics().getFirst().partitions().getFirst().errorCode());
    }

    OffsetFetchResponsePartitions fetch(String group, int partition) {
        return offset(node.call(ApiKeys.OFFSET_FETCH, (short) 9, fetchRequest(group, partition)));
    }

    ListGroupsResponseData list() {
        return node.call(ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData(), ListGroupsResponseData.class);
    }

    /// A new coordinator may not have heard of its leadership yet.
    void awaitOffset(String group, long expected) {
        node.testKit.<Void>createTestProbe().awaitAssert(() -> {
            assertEquals(expected, fetch(group, 0).committedOffset());
            return 0;
        });
    }

    static OffsetFetchResponsePartitions offset(AbstractResponse response) {
        return ((OffsetFetchResponseData) response.data())
                .groups()
                .getFirst()
                .topics()
                .getFirst()
                .partitions()
                .getFirst();
    }

    static DescribeGroupsResponseData.DescribedGroup describe(GroupNode on, String group) {
        return on.call(
                        ApiKeys.DESCRIBE_GROUPS,
                        6,
                        new DescribeGroupsRequestData().setGroups(List.of(group)),
                        DescribeGroupsResponseData.class)
                .groups()
                .getFirst();
    }

    static JoinGroupRequestData joinRequest(String group, String memberId) {
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

    static OffsetCommitRequestData commitRequest(String group, String memberId, int generationId, long offset) {
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

    static OffsetFetchRequestData fetchRequest(String group, int partition) {
        return new OffsetFetchRequestData()
                .setGroups(List.of(new OffsetFetchRequestGroup()
                        .setGroupId(group)
                        .setTopics(List.of(new OffsetFetchRequestTopics()
                                .setName("orders")
                                .setPartitionIndexes(List.of(partition))))));
    }
}
