package io.sampo.streams.group;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;

/// The question for committed offsets, and what the answer says.
final class OffsetLookup {
    /// @param offsets known; empty ones: nobody has committed
    /// @param groupError of the whole answer
    /// @param fatal the first error of a partition that time does not heal; NONE: none
    record Found(Map<TopicPartition, Optional<OffsetAndMetadata>> offsets, Errors groupError, Errors fatal) {}

    private OffsetLookup() {}

    /// Offsets of open transactions count as unknown (`requireStable`): a new owner must not start before them.
    ///
    /// @param memberEpoch -1 in the classic protocol
    static OffsetFetchRequestData request(
            String groupId, String memberId, int memberEpoch, Collection<TopicPartition> partitions) {
        Map<String, List<Integer>> byTopic = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            byTopic.computeIfAbsent(partition.topic(), _ -> new ArrayList<>()).add(partition.partition());
        }
        List<OffsetFetchRequestTopics> topics = new ArrayList<>();
        byTopic.forEach((topic, indexes) -> topics.add(new OffsetFetchRequestTopics()
                .setName(topic)
                .setPartitionIndexes(indexes.stream().sorted().toList())));
        OffsetFetchRequestGroup group =
                new OffsetFetchRequestGroup().setGroupId(groupId).setTopics(topics);
        if (memberEpoch >= 0) {
            group.setMemberId(memberId).setMemberEpoch(memberEpoch);
        }
        return new OffsetFetchRequestData().setRequireStable(true).setGroups(List.of(group));
    }

    /// @param wanted others are passed over; those that are missing from the result are to be asked for again
    static Found read(OffsetFetchResponseGroup answer, Set<TopicPartition> wanted) {
        Map<TopicPartition, Optional<OffsetAndMetadata>> offsets = new HashMap<>();
        Errors fatal = Errors.NONE;
        for (OffsetFetchResponseTopics topic : answer.topics()) {
            for (OffsetFetchResponsePartitions partition : topic.partitions()) {
                TopicPartition id = new TopicPartition(topic.name(), partition.partitionIndex());
                Errors error = Errors.forCode(partition.errorCode());
                if (error != Errors.NONE) {
                    fatal = fatal == Errors.NONE && Verdict.of(error) == Verdict.FATAL ? error : fatal;
                } else if (wanted.contains(id)) {
                    offsets.put(id, committed(partition));
                }
            }
        }
        return new Found(offsets, Errors.forCode(answer.errorCode()), fatal);
    }

    private static Optional<OffsetAndMetadata> committed(OffsetFetchResponsePartitions partition) {
        if (partition.committedOffset() < 0) {
            return Optional.empty();
        }
        Optional<Integer> leaderEpoch =
                partition.committedLeaderEpoch() < 0 ? Optional.empty() : Optional.of(partition.committedLeaderEpoch());
        String metadata = partition.metadata();
        return Optional.of(
                new OffsetAndMetadata(partition.committedOffset(), leaderEpoch, metadata == null ? "" : metadata));
    }
}
