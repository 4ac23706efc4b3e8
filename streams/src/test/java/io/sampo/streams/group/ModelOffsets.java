package io.sampo.streams.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;

/// The offsets of a group. Watches commits: none goes back, none is of a partition that another member was
/// given.
final class ModelOffsets {
    private final Map<TopicPartition, Long> committed = new HashMap<>();
    private final Consumer<String> violation;
    private final Predicate<TopicPartition> unstable;

    /// @param unstable whether a partition has offsets of an open transaction when it is asked for
    ModelOffsets(Consumer<String> violation, Predicate<TopicPartition> unstable) {
        this.violation = violation;
        this.unstable = unstable;
    }

    long committed(TopicPartition partition) {
        return committed.getOrDefault(partition, -1L);
    }

    /// @param otherOwner another member than the one that commits, to whom the partition was given
    void accept(OffsetCommitRequestData request, Function<TopicPartition, Optional<String>> otherOwner) {
        request.topics()
                .forEach(topic -> topic.partitions().forEach(one -> {
                    TopicPartition partition = new TopicPartition(topic.name(), one.partitionIndex());
                    Long before = committed.put(partition, one.committedOffset());
                    if (before != null && before > one.committedOffset()) {
                        violation.accept("commit of " + partition + " goes back from " + before + " to "
                                + one.committedOffset());
                    }
                    otherOwner
                            .apply(partition)
                            .ifPresent(other -> violation.accept(
                                    request.memberId() + " commits " + partition + ", which " + other + " was given"));
                }));
    }

    static OffsetCommitResponseData answer(OffsetCommitRequestData request, Errors error) {
        List<OffsetCommitResponseTopic> topics = new ArrayList<>();
        request.topics()
                .forEach(topic -> topics.add(new OffsetCommitResponseTopic()
                        .setName(topic.name())
                        .setPartitions(topic.partitions().stream()
                                .map(one -> new OffsetCommitResponsePartition()
                                        .setPartitionIndex(one.partitionIndex())
                                        .setErrorCode(error.code()))
                                .toList())));
        return new OffsetCommitResponseData().setTopics(topics);
    }

    OffsetFetchResponseGroup fetch(OffsetFetchRequestData request) {
        List<OffsetFetchResponseTopics> topics = new ArrayList<>();
        request.groups()
                .getFirst()
                .topics()
                .forEach(topic -> topics.add(new OffsetFetchResponseTopics()
                        .setName(topic.name())
                        .setPartitions(topic.partitionIndexes().stream()
                                .map(index -> found(new TopicPartition(topic.name(), index)))
                                .toList())));
        return new OffsetFetchResponseGroup().setGroupId("g").setTopics(topics);
    }

    private OffsetFetchResponsePartitions found(TopicPartition partition) {
        OffsetFetchResponsePartitions found =
                new OffsetFetchResponsePartitions().setPartitionIndex(partition.partition());
        return unstable.test(partition)
                ? found.setCommittedOffset(-1).setErrorCode(Errors.UNSTABLE_OFFSET_COMMIT.code())
                : found.setCommittedOffset(committed(partition));
    }
}
