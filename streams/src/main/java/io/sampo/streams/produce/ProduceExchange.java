package io.sampo.streams.produce;

import io.sampo.streams.connection.ClusterView;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;

/// One produce request in Kafka's words, and its answer. From version 13 on topics go by their id.
final class ProduceExchange {
    private static final short LAST_VERSION_WITH_NAMES = 12;

    /// The first that knows zstd, and that every broker from 2.1 on has.
    private static final short FIRST_VERSION = 7;

    private final Map<Uuid, String> namesById = new HashMap<>();
    private final Set<String> asked = new HashSet<>();
    private final ProduceRequest.Builder request;

    ProduceExchange(List<PendingBatch> batches, ClusterView view, short acks, int timeoutMs) {
        Map<String, TopicProduceData> topics = new LinkedHashMap<>();
        boolean allHaveIds = true;
        for (PendingBatch batch : batches) {
            String name = batch.partition.topic();
            TopicProduceData topic = topics.get(name);
            if (topic == null) {
                Uuid id = view.topic(name).map(ClusterView.Topic::id).orElse(Uuid.ZERO_UUID);
                allHaveIds &= !id.equals(Uuid.ZERO_UUID);
                namesById.put(id, name);
                asked.add(name);
                topic = new TopicProduceData().setName(name).setTopicId(id);
                topics.put(name, topic);
            }
            RecordBatch content = (RecordBatch) batch.content;
            topic.partitionData()
                    .add(new PartitionProduceData()
                            .setIndex(batch.partition.partition())
                            .setRecords(content.records(batch.identity(), batch.baseSequence())));
        }
        ProduceRequestData data = new ProduceRequestData().setAcks(acks).setTimeoutMs(timeoutMs);
        topics.values().forEach(data.topicData()::add);
        request = new ProduceRequest.Builder(
                FIRST_VERSION, allHaveIds ? ApiKeys.PRODUCE.latestVersion() : LAST_VERSION_WITH_NAMES, data);
    }

    ProduceRequest.Builder request() {
        return request;
    }

    /// What the broker says of each partition; strangers are left out.
    Map<TopicPartition, PartitionAnswer> read(ProduceResponse response) {
        Map<TopicPartition, PartitionAnswer> answers = new HashMap<>();
        for (ProduceResponseData.TopicProduceResponse topic : response.data().responses()) {
            String name = asked.contains(topic.name()) ? topic.name() : namesById.get(topic.topicId());
            if (name == null) {
                continue;
            }
            for (ProduceResponseData.PartitionProduceResponse partition : topic.partitionResponses()) {
                answers.put(new TopicPartition(name, partition.index()), answer(partition));
            }
        }
        return answers;
    }

    private static PartitionAnswer answer(ProduceResponseData.PartitionProduceResponse partition) {
        Map<Integer, String> recordFailures = new HashMap<>();
        for (ProduceResponseData.BatchIndexAndErrorMessage record : partition.recordErrors()) {
            String message = record.batchIndexErrorMessage();
            recordFailures.put(record.batchIndex(), message == null ? "the broker refused the record" : message);
        }
        return new PartitionAnswer(
                Errors.forCode(partition.errorCode()),
                partition.baseOffset(),
                partition.logAppendTimeMs(),
                partition.errorMessage(),
                recordFailures,
                partition.currentLeader().leaderId(),
                partition.currentLeader().leaderEpoch());
    }

    /// Of a producer without transactions: always a new id.
    static InitProducerIdRequest.Builder identityRequest() {
        return new InitProducerIdRequest.Builder(new InitProducerIdRequestData()
                .setTransactionalId(null)
                .setTransactionTimeoutMs(Integer.MAX_VALUE)
                .setProducerId(org.apache.kafka.common.record.internal.RecordBatch.NO_PRODUCER_ID)
                .setProducerEpoch(org.apache.kafka.common.record.internal.RecordBatch.NO_PRODUCER_EPOCH));
    }
}
