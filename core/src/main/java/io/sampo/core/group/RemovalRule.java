package io.sampo.core.group;

import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResultCollection;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// What takes offsets and groups away because somebody asked: OffsetDelete (v0), DeleteGroups (v0-v3), and the
/// deletion of topics. [ExpiryRule] does it by time.
final class RemovalRule {
    private final CoordinatorState state;

    RemovalRule(CoordinatorState state) {
        this.state = state;
    }

    void deleteOffsets(Turn turn, Caller caller, OffsetDeleteRequestData request) {
        OffsetDeleteResponseData response = new OffsetDeleteResponseData();
        ClassicGroup group = request.groupId() == null ? null : state.group(request.groupId());
        Errors error = mayDeleteOffsets(group, request.groupId());
        if (group == null || error != Errors.NONE) {
            turn.reply(caller.requestId(), response.setErrorCode(error.code()));
            return;
        }
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            OffsetDeleteResponseTopic topicResponse = new OffsetDeleteResponseTopic().setName(topic.name());
            boolean isInUse = group.isSubscribedTo(topic.name());
            for (OffsetDeleteRequestPartition partition : topic.partitions()) {
                topicResponse
                        .partitions()
                        .add(new OffsetDeleteResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode((isInUse ? Errors.GROUP_SUBSCRIBED_TO_TOPIC : Errors.NONE).code()));
                boolean exists = state.offsets().get(group.groupId(), topic.name(), partition.partitionIndex()) != null;
                if (!isInUse && exists) {
                    turn.appendAndReplay(tombstone(group.groupId(), topic.name(), partition.partitionIndex()));
                }
            }
            response.topics().add(topicResponse);
        }
        turn.replyOnceCommitted(caller.requestId(), response);
    }

    private static Errors mayDeleteOffsets(@Nullable ClassicGroup group, @Nullable String groupId) {
        if (groupId == null || groupId.isEmpty()) {
            return Errors.INVALID_GROUP_ID;
        }
        if (group == null) {
            return Errors.GROUP_ID_NOT_FOUND;
        }
        // Which topics the members use is known for the consumer protocol only.
        boolean isSafe = group.isIn(GroupState.EMPTY) || group.usesConsumerProtocol();
        return isSafe ? Errors.NONE : Errors.NON_EMPTY_GROUP;
    }

    void deleteGroups(Turn turn, Caller caller, List<String> groupIds) {
        DeletableGroupResultCollection results = new DeletableGroupResultCollection(groupIds.size());
        for (String groupId : groupIds) {
            ClassicGroup group = groupId == null ? null : state.group(groupId);
            Errors error = mayDelete(group, groupId);
            if (group != null && error == Errors.NONE) {
                delete(turn, group);
            }
            results.add(new DeletableGroupResult().setGroupId(groupId).setErrorCode(error.code()));
        }
        turn.replyOnceCommitted(caller.requestId(), new DeleteGroupsResponseData().setResults(results));
    }

    private static Errors mayDelete(@Nullable ClassicGroup group, @Nullable String groupId) {
        if (groupId == null) {
            return Errors.INVALID_GROUP_ID;
        }
        if (group == null) {
            return Errors.GROUP_ID_NOT_FOUND;
        }
        return group.isIn(GroupState.EMPTY) ? Errors.NONE : Errors.NON_EMPTY_GROUP;
    }

    private void delete(Turn turn, ClassicGroup group) {
        String groupId = group.groupId();
        List<String> topics = List.copyOf(state.offsets().byTopic(groupId).keySet());
        topics.forEach(topic -> deleteTopic(turn, groupId, topic));
        turn.appendAndReplay(new GroupRecord.GroupMetadata(groupId, null));
    }

    /// Positions in a topic that is gone mean nothing for one that is created later under its name.
    void topicsDeleted(Turn turn, Set<String> topics) {
        for (String groupId : List.copyOf(state.offsets().byGroup().keySet())) {
            topics.stream().sorted().forEach(topic -> deleteTopic(turn, groupId, topic));
        }
    }

    private void deleteTopic(Turn turn, String groupId, String topic) {
        NavigableMap<Integer, CommittedOffset> partitions =
                state.offsets().byTopic(groupId).get(topic);
        if (partitions != null) {
            List.copyOf(partitions.keySet())
                    .forEach(partition -> turn.appendAndReplay(tombstone(groupId, topic, partition)));
        }
    }

    static GroupRecord tombstone(String groupId, String topic, int partition) {
        return new GroupRecord.OffsetCommit(groupId, topic, partition, null);
    }
}
