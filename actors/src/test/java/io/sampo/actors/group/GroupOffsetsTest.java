package io.sampo.actors.group;

import static io.sampo.actors.group.GroupClient.commitRequest;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.group.GroupSettings;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.JoinGroupResponseData;
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
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Committed offsets: which topics and partitions they may be of, and when they go.
class GroupOffsetsTest {
    private static final GroupSettings SETTINGS = GroupSettings.DEFAULTS.withInitialRebalanceDelayMs(0);

    private final GroupNode node = GroupNode.serving(SETTINGS);
    private final GroupClient client = new GroupClient(node);

    @AfterEach
    void stop() {
        node.close();
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
        assertEquals(5, client.fetch("simple", 0).committedOffset());
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
    void offsetsOfDeletedTopicsGo() {
        assertEquals(Errors.NONE, client.commit("simple", "", -1, 5));
        node.coordinators.tell(new GroupCoordinators.TopicsDeleted(Set.of("orders")));
        node.testKit.<Void>createTestProbe().awaitAssert(() -> {
            assertEquals(-1, client.fetch("simple", 0).committedOffset());
            return 0;
        });
    }

    @Test
    void offsetsThatAMemberStillUsesAreNotDeleted() {
        JoinGroupResponseData joined = client.joinAlone("g");
        client.sync("g", joined, new byte[0]);
        assertEquals(Errors.NONE, client.commit("g", joined.memberId(), joined.generationId(), 5));
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
}
