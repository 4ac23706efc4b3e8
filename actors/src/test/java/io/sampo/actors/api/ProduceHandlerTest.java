package io.sampo.actors.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.partition.Append;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.produce.DecompressionLimits;
import io.sampo.core.produce.ProduceSettings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProduceHandlerTest {
    private final FakeNode node = new FakeNode();
    private final TopicImage topic = node.topic("orders", 3);
    private ProduceSettings settings = ProduceSettings.DEFAULTS;
    private final ProduceHandler handler =
            new ProduceHandler(node.partitions, (image, named) -> new TopicSettings(settings, true), () -> node.nowMs);

    @ParameterizedTest
    @ValueSource(ints = {3, 7, 8, 9, 10, 11, 12, 13})
    void answerLeavesWhenTheLastPartitionHasComeBack(int version) {
        FakeRequest request = produce(version, -1, 0, 1);

        complete(1, 70);
        assertFalse(request.isAnswered());
        complete(0, 40);

        List<PartitionProduceResponse> answers = answers(request);
        assertEquals(40, answers.get(0).baseOffset());
        assertEquals(70, answers.get(1).baseOffset());
        assertEquals(0, answers.get(0).errorCode());
        assertEquals(-1, answers.get(0).logAppendTimeMs());
    }

    @ParameterizedTest
    @CsvSource({"2", "-2", "5"})
    void acksAreMinusOneZeroOrOne(int acks) {
        FakeRequest request = produce(9, acks, 0);

        assertEquals(
                Errors.INVALID_REQUIRED_ACKS.code(), answers(request).getFirst().errorCode());
        assertTrue(node.leader(topic, 0).appends.isEmpty());
    }

    @Test
    void acksZeroIsAnsweredWithNothing() {
        FakeRequest request = produce(9, 0, 0);
        assertFalse(request.isAnswered()); // its buffer is still in use

        complete(0, 5);

        assertTrue(request.nothing);
    }

    @Test
    void acksZeroThatFailsClosesTheConnection() {
        FakeRequest request = produce(9, 0, 7);

        assertNotNull(request.disconnected);
    }

    @Test
    void unknownTopicsAndPartitionsAreTold() {
        assertEquals(error(produce(9, -1, 3)), Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertEquals(error(produce(9, -1, -1)), Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertEquals(error(produce(13, -1, 3)), Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertEquals(
                error(send(9, -1, topicData("nowhere", Uuid.ZERO_UUID, batch(), 0), "c")),
                Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertEquals(
                error(send(13, -1, topicData("orders", Uuid.randomUuid(), batch(), 0), "c")), Errors.UNKNOWN_TOPIC_ID);
    }

    @Test
    void metadataTopicIsUnknownToClients() {
        TopicImage metadata = node.topic("__cluster_metadata", 1);

        assertEquals(
                error(send(9, -1, topicData("__cluster_metadata", metadata.id(), batch(), 0), "__admin_client")),
                Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertEquals(
                error(send(13, -1, topicData("", metadata.id(), batch(), 0), "__admin_client")),
                Errors.UNKNOWN_TOPIC_ID);
    }

    @Test
    void internalTopicsAreForAdminsOnly() {
        TopicImage offsets = node.topic("__consumer_offsets", 1);

        assertEquals(
                error(send(9, -1, topicData("__consumer_offsets", offsets.id(), batch(), 0), "c")),
                Errors.INVALID_TOPIC_EXCEPTION);
        send(9, -1, topicData("__consumer_offsets", offsets.id(), batch(), 0), "__admin_client");
        assertEquals(1, node.leader(offsets, 0).appends.size());
    }

    @ParameterizedTest
    @CsvSource({"9,false", "10,true", "13,true"})
    void clientIsToldWhereTheLeaderIs(int version, boolean hint) {
        node.moveAway(topic, 1);

        ProduceResponseData response =
                (ProduceResponseData) produce(version, -1, 1).answer();

        PartitionProduceResponse answer = only(response).partitionResponses().getFirst();
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER.code(), answer.errorCode());
        assertEquals(hint ? 2 : -1, answer.currentLeader().leaderId());
        assertEquals(hint ? 1 : 0, response.nodeEndpoints().size());
    }

    @Test
    void leaderThatEndsMeanwhileIsHintedToo() {
        FakeRequest request = produce(12, -1, 1);
        Append append = node.leader(topic, 1).appends.remove();
        node.moveAway(topic, 1);

        append.listener().completed(AppendOutcome.failed(Errors.NOT_LEADER_OR_FOLLOWER, "ended"));

        assertEquals(2, answers(request).getFirst().currentLeader().leaderId());
    }

    @Test
    void whoAsksDuringAHandOverIsToldTheNextLeader() {
        node.moveAwayUnheard(topic, 0);
        node.moveAwayUnheard(topic, 1);
        FakeRequest request = produce(12, -1, 0, 1);

        node.becomesKnown(topic, 0);
        assertFalse(request.isAnswered());
        node.becomesKnown(topic, 1);

        assertEquals(2, answers(request).getFirst().currentLeader().leaderId());
        assertEquals(2, answers(request).getLast().currentLeader().leaderId());
    }

    @Test
    void brokenDiskIsAStorageError() {
        node.leaders.remove(topic.partitionId(0));
        node.offline.put(topic.partitionId(0), "I/O error");

        assertEquals(error(produce(9, -1, 0)), Errors.KAFKA_STORAGE_ERROR);
    }

    @Test
    void onePartitionMayFailWhileOthersSucceed() {
        FakeRequest request = produce(12, -1, 0, 9);
        assertFalse(request.isAnswered());

        complete(0, 3);

        assertEquals(3, answers(request).get(0).baseOffset());
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                answers(request).get(1).errorCode());
    }

    @Test
    void recordErrorsAreTold() {
        settings = new ProduceSettings(
                1 << 20,
                1 << 30,
                true,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                null,
                false,
                DecompressionLimits.DEFAULTS);

        PartitionProduceResponse answer = answers(produce(12, -1, 0)).getFirst();

        assertEquals(Errors.INVALID_RECORD.code(), answer.errorCode());
        assertEquals(0, answer.recordErrors().getFirst().batchIndex());
        assertNotNull(answer.errorMessage());
        assertEquals(-1, answer.baseOffset());
    }

    @Test
    void logAppendTimeIsTold() {
        settings = new ProduceSettings(
                1 << 20,
                1 << 30,
                false,
                TimestampType.LOG_APPEND_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                null,
                false,
                DecompressionLimits.DEFAULTS);
        FakeRequest request = produce(12, -1, 0);

        complete(0, 3);

        assertEquals(node.nowMs, answers(request).getFirst().logAppendTimeMs());
    }

    @Test
    void requestWithoutPartitionsIsAnswered() {
        ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1);
        FakeRequest request = new FakeRequest(ApiKeys.PRODUCE, 9, data);

        handler.handle(request);

        assertTrue(request.isAnswered());
    }

    @Test
    void missingRecordsAreInvalid() {
        assertEquals(error(send(9, -1, topicData("orders", topic.id(), null, 0), "c")), Errors.INVALID_RECORD);
    }

    @Test
    void batchReachesTheLeaderAsItCame() {
        produce(9, 1, 0);

        Append append = node.leader(topic, 0).appends.remove();
        assertEquals(batch(), append.records());
        assertEquals(1, append.acks());
        assertEquals(Append.Origin.CLIENT, append.origin());
        assertNull(node.leader(topic, 1).appends.peek());
    }

    private FakeRequest produce(int version, int acks, int... partitionIndexes) {
        return send(version, acks, topicData("orders", topic.id(), batch(), partitionIndexes), "client");
    }

    private FakeRequest send(int version, int acks, TopicProduceData topicData, String clientId) {
        ProduceRequestData data = new ProduceRequestData().setAcks((short) acks).setTimeoutMs(1000);
        data.topicData().add(topicData);
        FakeRequest request = new FakeRequest(ApiKeys.PRODUCE, version, data, clientId);
        handler.handle(request);
        return request;
    }

    private static TopicProduceData topicData(
            String name, Uuid topicId, @Nullable BaseRecords records, int... partitions) {
        List<PartitionProduceData> batches = new ArrayList<>();
        for (int partition : partitions) {
            batches.add(new PartitionProduceData().setIndex(partition).setRecords(records));
        }
        return new TopicProduceData().setName(name).setTopicId(topicId).setPartitionData(batches);
    }

    private static MemoryRecords batch() {
        return MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord(1_700_000_000_000L, null, "v".getBytes(StandardCharsets.UTF_8)));
    }

    private void complete(int partition, long baseOffset) {
        Append append = node.leader(topic, partition).appends.remove();
        append.listener().completed(AppendOutcome.appended(baseOffset, baseOffset, -1, 0));
    }

    private static TopicProduceResponse only(ProduceResponseData response) {
        assertEquals(1, response.responses().size());
        return response.responses().iterator().next();
    }

    private static List<PartitionProduceResponse> answers(FakeRequest request) {
        assertTrue(request.isAnswered());
        return only((ProduceResponseData) request.answer()).partitionResponses();
    }

    private static Errors error(FakeRequest request) {
        return Errors.forCode(answers(request).getFirst().errorCode());
    }
}
