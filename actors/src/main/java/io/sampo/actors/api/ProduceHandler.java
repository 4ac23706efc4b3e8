package io.sampo.actors.api;

import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.produce.BatchValidator;
import io.sampo.core.produce.ProduceSettings;
import io.sampo.core.produce.Validation;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ProduceRequest;
import org.jspecify.annotations.Nullable;

/// Produce (v3 to v13): validates each partition's batch and hands it to the leader; the answer leaves when the
/// last of them has come back.
///
/// `timeoutMs` bounds the wait of acks=all for other replicas, once the batch is written here: then the partition
/// is
/// answered with REQUEST_TIMED_OUT, though the batch may be committed later. The write to the local disk itself has
/// no
/// such bound: its bytes are in use until it ends or fails.
///
/// Thread rule: [#handle] on the connection's thread; the answer leaves on the thread of the replica that is last.
public final class ProduceHandler implements RequestHandler {
    private static final short FIRST_TOPIC_ID_VERSION = 13;
    /// The client id with which Kafka lets its own admin tools write internal topics.
    private static final String ADMIN_CLIENT_ID = "__admin_client";

    private final LocalPartitions partitions;
    private final TopicSettings.Source settings;
    private final LongSupplier nowMs;
    private final BatchValidator validator = new BatchValidator();

    public ProduceHandler(LocalPartitions partitions, TopicSettings.Source settings, LongSupplier nowMs) {
        this.partitions = partitions;
        this.settings = settings;
        this.nowMs = nowMs;
    }

    @Override
    public void handle(ClientRequest request) {
        ProduceRequest body = (ProduceRequest) request.body();
        ProduceRequestData data = body.data();
        short acks = data.acks();
        Errors acksError = acks < -1 || acks > 1 ? Errors.INVALID_REQUIRED_ACKS : Errors.NONE;
        MetadataImage image = partitions.image();
        Produce produce = new Produce(request, data, partitions);
        for (TopicProduceData topicData : data.topicData()) {
            List<PartitionProduceData> batches = topicData.partitionData();
            Produce.TopicAnswers answers = produce.addTopic(topicData.name(), topicData.topicId(), batches.size());
            TopicImage topic = topic(image, topicData, request.apiVersion());
            Errors topicError = acksError == Errors.NONE ? topicError(topic, request) : acksError;
            for (int i = 0; i < batches.size(); i++) {
                PartitionProduceData batch = batches.get(i);
                PartitionProduceResponse answer = answers.add(batch.index());
                if (topic == null || topicError != Errors.NONE) {
                    produce.fail(answer, topicError);
                } else {
                    append(produce, image, topic, batch, answer);
                }
            }
        }
        produce.allHandedOver();
    }

    private @Nullable TopicImage topic(MetadataImage image, TopicProduceData topicData, short apiVersion) {
        return apiVersion >= FIRST_TOPIC_ID_VERSION
                ? partitions.topic(image, topicData.topicId())
                : partitions.topic(image, topicData.name());
    }

    private static Errors topicError(@Nullable TopicImage topic, ClientRequest request) {
        if (topic == null) {
            return request.apiVersion() >= FIRST_TOPIC_ID_VERSION
                    ? Errors.UNKNOWN_TOPIC_ID
                    : Errors.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return Topic.isInternal(topic.name()) && !request.origin().clientId().equals(ADMIN_CLIENT_ID)
                ? Errors.INVALID_TOPIC_EXCEPTION
                : Errors.NONE;
    }

    private void append(
            Produce produce,
            MetadataImage image,
            TopicImage topic,
            PartitionProduceData batch,
            PartitionProduceResponse answer) {
        if (!LocalPartitions.has(topic, batch.index())) {
            produce.fail(answer, Errors.UNKNOWN_TOPIC_OR_PARTITION);
            return;
        }
        PartitionId id = topic.partitionId(batch.index());
        LeaderHandle leader = partitions.leader(id);
        if (leader == null) {
            produce.fail(answer, id, partitions.whyNotLed(id));
            return;
        }
        ProduceSettings produceSettings = settings.of(image, topic).produce();
        Validation validation =
                validator.validate(batch.records(), produce.apiVersion(), produceSettings, nowMs.getAsLong());
        switch (validation) {
            case Validation.Refused refused -> produce.fail(answer, refused.outcome());
            case Validation.Accepted accepted ->
                leader.append(new Append(
                        accepted.records(),
                        Append.Origin.CLIENT,
                        produce.acks(),
                        produce.timeoutMs(),
                        produce.expect(answer, id, accepted.logAppendTimeMs())));
        }
    }
}
