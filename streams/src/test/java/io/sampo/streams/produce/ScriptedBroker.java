package io.sampo.streams.produce;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.ScriptedCluster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/// Two nodes behind a [ScriptedCluster] that take what they get, unless a rule says something else.
@NullMarked
final class ScriptedBroker {
    static final String TOPIC = "t";
    static final Uuid TOPIC_ID = new Uuid(1, 2);
    static final ProducerSettings SETTINGS = new ProducerSettings(
            (short) -1,
            1_000,
            1_000,
            1,
            100_000,
            10_000,
            20_000,
            5_000,
            10_000,
            Compression.NONE,
            true,
            5,
            Integer.MAX_VALUE,
            5,
            20,
            false);

    interface Rule {
        /// @return null: the partition takes it
        @Nullable
        PartitionProduceResponse answer(int nodeId, TopicPartition partition, MemoryRecords records);
    }

    final ScriptedCluster cluster;
    final Map<TopicPartition, List<String>> logs = new HashMap<>();
    final List<MemoryRecords> batches = new ArrayList<>();
    private Rule rule = (_, _, _) -> null;

    ScriptedBroker(int partitionCount) {
        cluster = new ScriptedCluster(view(partitionCount));
        cluster.on(ApiKeys.PRODUCE, call -> produce(call.nodeId(), call.as(ProduceRequest.class)));
        cluster.on(
                ApiKeys.INIT_PRODUCER_ID,
                _ -> new InitProducerIdResponse(
                        new InitProducerIdResponseData().setProducerId(7).setProducerEpoch((short) 0)));
    }

    /// Partition p is led by node p % 2.
    static ClusterView view(int partitionCount) {
        return viewOf(new ClusterView.Topic(
                TOPIC,
                TOPIC_ID,
                Errors.NONE,
                IntStream.range(0, partitionCount)
                        .mapToObj(
                                index -> new ClusterView.Partition(index, OptionalInt.of(index % 2), 3, List.of(0, 1)))
                        .toList()));
    }

    static ClusterView viewOf(ClusterView.Topic topic) {
        return new ClusterView(
                Optional.of("c"),
                Map.of(
                        0, new ClusterView.Node(0, "n0", 9092, Optional.empty()),
                        1, new ClusterView.Node(1, "n1", 9092, Optional.empty())),
                Map.of(topic.name(), topic));
    }

    synchronized void rule(Rule newRule) {
        rule = newRule;
    }

    synchronized List<String> log(int partition) {
        return List.copyOf(logs.getOrDefault(new TopicPartition(TOPIC, partition), List.of()));
    }

    synchronized List<MemoryRecords> batches() {
        return List.copyOf(batches);
    }

    synchronized AbstractResponse produce(int nodeId, ProduceRequest request) {
        ProduceResponseData data = new ProduceResponseData();
        for (TopicProduceData topic : request.data().topicData()) {
            ProduceResponseData.TopicProduceResponse answer =
                    new ProduceResponseData.TopicProduceResponse().setTopicId(topic.topicId());
            for (PartitionProduceData partition : topic.partitionData()) {
                answer.partitionResponses()
                        .add(produce(nodeId, new TopicPartition(TOPIC, partition.index()), (MemoryRecords)
                                partition.records()));
            }
            data.responses().add(answer);
        }
        return new ProduceResponse(data);
    }

    private PartitionProduceResponse produce(int nodeId, TopicPartition partition, MemoryRecords records) {
        batches.add(records);
        PartitionProduceResponse ruled = rule.answer(nodeId, partition, records);
        if (ruled != null) {
            return ruled.setIndex(partition.partition());
        }
        List<String> log = logs.computeIfAbsent(partition, _ -> new ArrayList<>());
        long baseOffset = log.size();
        records.batches().forEach(batch -> batch.ensureValid());
        for (Record record : records.records()) {
            log.add(Utils.utf8(record.value()));
        }
        return new PartitionProduceResponse()
                .setIndex(partition.partition())
                .setBaseOffset(baseOffset)
                .setLogAppendTimeMs(-1);
    }

    static PartitionProduceResponse error(Errors error) {
        return new PartitionProduceResponse().setErrorCode(error.code()).setBaseOffset(-1);
    }
}
