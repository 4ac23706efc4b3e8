package io.sampo.core.group;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// OffsetFetch (v1-v10) for one group. The answer waits for everything that was committed before it was asked, so
/// it shows neither less than was acknowledged nor what could still be lost; `requireStable` (KIP-447) needs no
/// more than that while there are no transactions.
final class OffsetFetchRule {
    private static final long NO_OFFSET = -1;

    private final CoordinatorState state;

    OffsetFetchRule(CoordinatorState state) {
        this.state = state;
    }

    /// @param request `topics` null: all that the group has
    void fetch(Turn turn, Caller caller, OffsetFetchRequestGroup request) {
        OffsetFetchResponseGroup response = new OffsetFetchResponseGroup().setGroupId(request.groupId());
        if (request.groupId() == null) {
            turn.reply(caller.requestId(), one(response.setErrorCode(Errors.INVALID_GROUP_ID.code())));
            return;
        }
        List<OffsetFetchResponseTopics> topics =
                request.topics() == null ? all(request.groupId()) : some(request.groupId(), request.topics());
        turn.replyOnceCommitted(caller.requestId(), one(response.setTopics(topics)));
    }

    private static OffsetFetchResponseData one(OffsetFetchResponseGroup group) {
        return new OffsetFetchResponseData().setGroups(List.of(group));
    }

    private List<OffsetFetchResponseTopics> all(String groupId) {
        NavigableMap<String, NavigableMap<Integer, CommittedOffset>> topics =
                state.offsets().byTopic(groupId);
        List<OffsetFetchResponseTopics> responses = new ArrayList<>(topics.size());
        topics.forEach((topic, partitions) -> {
            OffsetFetchResponseTopics response = new OffsetFetchResponseTopics().setName(topic);
            partitions.forEach((partition, offset) -> response.partitions().add(answer(partition, offset)));
            responses.add(response);
        });
        return responses;
    }

    private List<OffsetFetchResponseTopics> some(String groupId, List<OffsetFetchRequestTopics> topics) {
        List<OffsetFetchResponseTopics> responses = new ArrayList<>(topics.size());
        for (OffsetFetchRequestTopics topic : topics) {
            OffsetFetchResponseTopics response =
                    new OffsetFetchResponseTopics().setName(topic.name()).setTopicId(topic.topicId());
            for (int partition : topic.partitionIndexes()) {
                CommittedOffset offset = state.offsets().get(groupId, topic.name(), partition);
                boolean counts = offset != null && offset.belongsTo(topic.topicId());
                response.partitions().add(answer(partition, counts ? offset : null));
            }
            responses.add(response);
        }
        return responses;
    }

    private static OffsetFetchResponsePartitions answer(int partition, @Nullable CommittedOffset offset) {
        return new OffsetFetchResponsePartitions()
                .setPartitionIndex(partition)
                .setCommittedOffset(offset == null ? NO_OFFSET : offset.offset())
                .setCommittedLeaderEpoch(offset == null ? -1 : offset.leaderEpoch())
                .setMetadata(offset == null ? "" : offset.metadata());
    }
}
