package io.sampo.streams.admin;

import io.sampo.streams.admin.Routing.PartitionResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;

/// Requests about the offsets of partitions, which their leaders answer.
final class OffsetCalls {

    private final Routing routing;

    OffsetCalls(Routing routing) {
        this.routing = routing;
    }

    CompletionStage<Map<TopicPartition, FoundOffset>> find(
            Map<TopicPartition, OffsetTime> times, IsolationLevel isolation) {
        return routing.toLeaders(times, part -> listOffsets(part, isolation), OffsetCalls::found);
    }

    /// @param before the first offset that stays; -1: the high watermark
    /// @return the first offset of each partition now
    CompletionStage<Map<TopicPartition, Long>> deleteRecords(Map<TopicPartition, Long> before) {
        return routing.toLeaders(before, this::deleteRequest, OffsetCalls::deleted);
    }

    private static ListOffsetsRequest.Builder listOffsets(
            Map<TopicPartition, OffsetTime> times, IsolationLevel isolation) {
        Map<TopicPartition, ListOffsetsPartition> wanted = new HashMap<>();
        times.forEach((partition, time) -> wanted.put(
                partition,
                new ListOffsetsPartition()
                        .setPartitionIndex(partition.partition())
                        .setTimestamp(time.timestampMs())));
        return ListOffsetsRequest.Builder.forConsumer(true, isolation)
                .setTargetTimes(ListOffsetsRequest.toListOffsetsTopics(wanted));
    }

    private static Map<TopicPartition, PartitionResult<FoundOffset>> found(AbstractResponse body) {
        Map<TopicPartition, PartitionResult<FoundOffset>> results = new HashMap<>();
        for (var topic : ((ListOffsetsResponse) body).data().topics()) {
            for (var partition : topic.partitions()) {
                results.put(
                        new TopicPartition(topic.name(), partition.partitionIndex()),
                        new PartitionResult<>(
                                Errors.forCode(partition.errorCode()),
                                new FoundOffset(partition.offset(), partition.timestamp(), partition.leaderEpoch())));
            }
        }
        return results;
    }

    private DeleteRecordsRequest.Builder deleteRequest(Map<TopicPartition, Long> before) {
        Map<String, List<DeleteRecordsRequestData.DeleteRecordsPartition>> byTopic = new HashMap<>();
        before.forEach((partition, offset) -> byTopic.computeIfAbsent(partition.topic(), _ -> new ArrayList<>())
                .add(new DeleteRecordsRequestData.DeleteRecordsPartition()
                        .setPartitionIndex(partition.partition())
                        .setOffset(offset)));
        DeleteRecordsRequestData data = new DeleteRecordsRequestData().setTimeoutMs(routing.serverTimeoutMs());
        byTopic.forEach((topic, partitions) -> data.topics()
                .add(new DeleteRecordsRequestData.DeleteRecordsTopic()
                        .setName(topic)
                        .setPartitions(partitions)));
        return new DeleteRecordsRequest.Builder(data);
    }

    private static Map<TopicPartition, PartitionResult<Long>> deleted(AbstractResponse body) {
        Map<TopicPartition, PartitionResult<Long>> results = new HashMap<>();
        for (var topic : ((DeleteRecordsResponse) body).data().topics()) {
            for (var partition : topic.partitions()) {
                results.put(
                        new TopicPartition(topic.name(), partition.partitionIndex()),
                        new PartitionResult<>(Errors.forCode(partition.errorCode()), partition.lowWatermark()));
            }
        }
        return results;
    }
}
