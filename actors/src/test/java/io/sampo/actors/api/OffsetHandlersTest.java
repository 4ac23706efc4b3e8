package io.sampo.actors.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.partition.OtherVoters;
import io.sampo.core.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OffsetHandlersTest {
    private final FakeNode node = new FakeNode();
    private final TopicImage topic = node.topic("orders", 2);
    private boolean deletesRecords = true;
    private final List<Runnable> blocking = new ArrayList<>();

    @ParameterizedTest(name = "v{0} partition {1} timestamp {2} epoch {3}: {4} {5}")
    @CsvSource({
        "1, 0, -1, -1, NONE, 3",
        "11, 0, -2, -1, NONE, 0",
        "11, 0, 2, -1, NONE, 2",
        "11, 0, 3, -1, NONE, -1",
        "4, 0, -1, 4, FENCED_LEADER_EPOCH, -1",
        "11, 0, -1, 6, UNKNOWN_LEADER_EPOCH, -1",
        "6, 0, -3, -1, UNSUPPORTED_VERSION, -1",
        "11, 7, -1, -1, UNKNOWN_TOPIC_OR_PARTITION, -1",
        "11, 1, -1, -1, NOT_LEADER_OR_FOLLOWER, -1"
    })
    void offsetsAreListed(int version, int partition, long timestamp, int epoch, Errors error, long offset) {
        writeThree();
        node.moveAway(topic, 1);

        ListOffsetsPartitionResponse answer = list(
                        version, asked(partition, timestamp).setCurrentLeaderEpoch(epoch))
                .getFirst();

        assertEquals(error, Errors.forCode(answer.errorCode()));
        assertEquals(offset, answer.offset());
    }

    @Test
    void partitionNamedTwiceIsAnInvalidRequest() {
        List<ListOffsetsPartitionResponse> answers = list(11, asked(0, -1), asked(0, -2));

        assertEquals(Errors.INVALID_REQUEST.code(), answers.get(0).errorCode());
        assertEquals(Errors.INVALID_REQUEST.code(), answers.get(1).errorCode());
    }

    @ParameterizedTest(name = "isolation {0} timestamp {1}: {2} barriers")
    @CsvSource({"1, -1, 1", "0, -1, 0", "1, -2, 0"})
    void onlyTheLatestCommittedOffsetNeedsABarrier(byte isolation, long timestamp, int barriers) {
        writeThree();
        OtherVoters others = node.leader(topic, 0).otherVoters;
        others.join();

        FakeRequest request = ask(isolation, asked(0, timestamp));

        assertEquals(barriers, others.askedCount());
        assertEquals(barriers == 0, request.isAnswered());
    }

    @ParameterizedTest
    @CsvSource({"NONE, 4", "NOT_LEADER_OR_FOLLOWER, -1"})
    void aLeaderThatAskedAnswersAsOfTheEndOfTheBarrierOrNotAtAll(Errors outcome, long offset) {
        writeThree();
        FakeNode.Leader leader = node.leader(topic, 0);
        leader.otherVoters.join();
        FakeRequest request = ask((byte) 1, asked(0, -1), asked(1, -2), asked(7, -1));
        leader.write("meanwhile");

        leader.otherVoters.answer(outcome);

        List<ListOffsetsPartitionResponse> answers =
                ((ListOffsetsResponseData) request.answer()).topics().getFirst().partitions();
        assertEquals(outcome.code(), answers.get(0).errorCode());
        assertEquals(offset, answers.get(0).offset());
        assertEquals(Errors.NONE.code(), answers.get(1).errorCode());
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION.code(), answers.get(2).errorCode());
    }

    @Test
    void onlySearchesByTimeLeaveTheThread() {
        list(11, asked(0, -1));
        assertTrue(blocking.isEmpty());

        list(11, asked(0, 1));
        assertEquals(1, blocking.size());
    }

    @ParameterizedTest(name = "partition {0} current {1} epoch {2}: {3} {4} {5}")
    @CsvSource({
        "0, -1, 5, NONE, 5, 3",
        "0, 5, 4, NONE, 4, 0",
        "0, 5, 6, NONE, -1, -1",
        "0, 4, 5, FENCED_LEADER_EPOCH, -1, -1",
        "0, 6, 5, UNKNOWN_LEADER_EPOCH, -1, -1",
        "9, -1, 5, UNKNOWN_TOPIC_OR_PARTITION, -1, -1",
        "1, -1, 5, NOT_LEADER_OR_FOLLOWER, -1, -1"
    })
    void epochEndsAreFound(int partition, int currentEpoch, int epoch, Errors error, int endEpoch, long endOffset) {
        writeThree();
        node.moveAway(topic, 1);
        OffsetForLeaderEpochRequestData data = new OffsetForLeaderEpochRequestData().setReplicaId(-1);
        data.topics()
                .add(new OffsetForLeaderTopic()
                        .setTopic("orders")
                        .setPartitions(List.of(new OffsetForLeaderPartition()
                                .setPartition(partition)
                                .setCurrentLeaderEpoch(currentEpoch)
                                .setLeaderEpoch(epoch))));
        for (int version = 2; version <= 4; version++) {
            FakeRequest request = new FakeRequest(ApiKeys.OFFSET_FOR_LEADER_EPOCH, version, data);

            new OffsetForLeaderEpochHandler(node.partitions).handle(request);

            OffsetForLeaderEpochResponseData response = (OffsetForLeaderEpochResponseData) request.answer();
            EpochEndOffset answer =
                    response.topics().iterator().next().partitions().getFirst();
            assertEquals(error, Errors.forCode(answer.errorCode()));
            assertEquals(endEpoch, answer.leaderEpoch());
            assertEquals(endOffset, answer.endOffset());
        }
    }

    @ParameterizedTest(name = "{0}-{1} before {2}: {3} {4}")
    @CsvSource({
        "orders, 0, 2, NONE, 2",
        "orders, 0, -1, NONE, 3",
        "orders, 0, 4, OFFSET_OUT_OF_RANGE, -1",
        "orders, 0, -2, OFFSET_OUT_OF_RANGE, -1",
        "orders, 7, 0, UNKNOWN_TOPIC_OR_PARTITION, -1",
        "orders, 1, 0, NOT_LEADER_OR_FOLLOWER, -1",
        "nowhere, 0, 0, UNKNOWN_TOPIC_OR_PARTITION, -1",
        "__consumer_offsets, 0, 0, INVALID_TOPIC_EXCEPTION, -1",
        "__cluster_metadata, 0, 0, UNKNOWN_TOPIC_OR_PARTITION, -1"
    })
    void recordsAreDeleted(String name, int partition, long before, Errors error, long lowWatermark) {
        node.topic("__consumer_offsets", 1);
        node.topic("__cluster_metadata", 1);
        writeThree();
        node.moveAway(topic, 1);

        DeleteRecordsPartitionResult answer = delete(name, partition, before);

        assertEquals(error, Errors.forCode(answer.errorCode()));
        assertEquals(lowWatermark, answer.lowWatermark());
        if (error == Errors.NONE) {
            assertEquals(1000, node.leader(topic, 0).deletionTimeoutMs);
        }
    }

    @Test
    void recordsOfACompactedTopicStay() {
        deletesRecords = false;

        assertEquals(Errors.POLICY_VIOLATION.code(), delete("orders", 0, 0).errorCode());
        assertTrue(node.leader(topic, 0).deletions.isEmpty());
    }

    @Test
    void logDirectoryIsDescribed() {
        writeThree();
        for (int version = 1; version <= 5; version++) {
            FakeRequest request = new FakeRequest(
                    ApiKeys.DESCRIBE_LOG_DIRS, version, new DescribeLogDirsRequestData().setTopics(null));

            new DescribeLogDirsHandler(node, Runnable::run).handle(request);

            DescribeLogDirsResponseData response = (DescribeLogDirsResponseData) request.answer();
            var directory = response.results().getFirst();
            assertEquals("/data", directory.logDir());
            assertEquals(400, directory.usableBytes());
            assertEquals(2, directory.topics().getFirst().partitions().size());
            assertTrue(directory.topics().getFirst().partitions().getFirst().partitionSize() > 0);
        }
    }

    @Test
    void exceptionOfAHandlerBecomesAnErrorResponse() {
        FakeRequest request = new FakeRequest(ApiKeys.LIST_OFFSETS, 7, listRequest(asked(0, -1)));

        new GuardedHandler(_ -> {
                    throw new IllegalStateException("boom");
                })
                .handle(request);

        ListOffsetsResponseData response = (ListOffsetsResponseData) request.answer();
        assertEquals(
                Errors.UNKNOWN_SERVER_ERROR.code(),
                response.topics().getFirst().partitions().getFirst().errorCode());
    }

    private void writeThree() {
        for (int i = 0; i < 3; i++) {
            node.leader(topic, 0).write("v" + i);
        }
    }

    private static ListOffsetsPartition asked(int partition, long timestamp) {
        return new ListOffsetsPartition().setPartitionIndex(partition).setTimestamp(timestamp);
    }

    private static ListOffsetsRequestData listRequest(ListOffsetsPartition... partitions) {
        return new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setTopics(List.of(new ListOffsetsTopic().setName("orders").setPartitions(List.of(partitions))));
    }

    private FakeRequest ask(byte isolationLevel, ListOffsetsPartition... partitions) {
        FakeRequest request = new FakeRequest(
                ApiKeys.LIST_OFFSETS, 11, listRequest(partitions).setIsolationLevel(isolationLevel));
        new ListOffsetsHandler(node.partitions, Runnable::run).handle(request);
        return request;
    }

    private List<ListOffsetsPartitionResponse> list(int version, ListOffsetsPartition... partitions) {
        FakeRequest request = new FakeRequest(ApiKeys.LIST_OFFSETS, version, listRequest(partitions));
        new ListOffsetsHandler(node.partitions, task -> {
                    blocking.add(task);
                    task.run();
                })
                .handle(request);
        assertTrue(request.isAnswered());
        return ((ListOffsetsResponseData) request.answer()).topics().getFirst().partitions();
    }

    private DeleteRecordsPartitionResult delete(String name, int partition, long before) {
        DeleteRecordsRequestData data = new DeleteRecordsRequestData()
                .setTimeoutMs(1000)
                .setTopics(List.of(new DeleteRecordsTopic()
                        .setName(name)
                        .setPartitions(List.of(new DeleteRecordsPartition()
                                .setPartitionIndex(partition)
                                .setOffset(before)))));
        FakeRequest request = new FakeRequest(ApiKeys.DELETE_RECORDS, 2, data);
        new DeleteRecordsHandler(
                        node.partitions,
                        (image, named) -> new TopicSettings(TopicSettings.DEFAULTS.produce(), deletesRecords))
                .handle(request);
        DeleteRecordsResponseData response = (DeleteRecordsResponseData) request.answer();
        return response.topics().find(name).partitions().find(partition);
    }
}
