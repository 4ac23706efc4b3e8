package io.sampo.actors.api;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.PartitionId;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.jspecify.annotations.Nullable;

/// DeleteRecords (v0 to v2): moves log starts; the answer leaves when the last partition has come back: each
/// when all replicas that keep up have moved theirs, or with REQUEST_TIMED_OUT.
public final class DeleteRecordsHandler implements RequestHandler {
    private static final long TO_HIGH_WATERMARK = DeleteRecordsRequest.HIGH_WATERMARK;

    private final LocalPartitions partitions;
    private final TopicSettings.Source settings;

    public DeleteRecordsHandler(LocalPartitions partitions, TopicSettings.Source settings) {
        this.partitions = partitions;
        this.settings = settings;
    }

    /// Partitions that have not come back, and one for the connection's thread until it has handed over all.
    private static final class UnderWay {
        final int timeoutMs;
        private final AtomicInteger outstanding = new AtomicInteger(1);
        private final Runnable allBack;

        UnderWay(int timeoutMs, Runnable allBack) {
            this.timeoutMs = timeoutMs;
            this.allBack = allBack;
        }

        void oneMore() {
            outstanding.incrementAndGet();
        }

        void oneBack() {
            if (outstanding.decrementAndGet() == 0) {
                allBack.run();
            }
        }
    }

    @Override
    public void handle(ClientRequest request) {
        DeleteRecordsRequest body = (DeleteRecordsRequest) request.body();
        MetadataImage image = partitions.image();
        DeleteRecordsResponseData response = new DeleteRecordsResponseData();
        UnderWay underWay =
                new UnderWay(body.data().timeoutMs(), () -> request.respond(new DeleteRecordsResponse(response)));
        for (DeleteRecordsTopic asked : body.data().topics()) {
            DeleteRecordsTopicResult result = response.topics().find(asked.name());
            if (result == null) {
                result = new DeleteRecordsTopicResult().setName(asked.name());
                response.topics().mustAdd(result);
            }
            TopicImage topic = partitions.topic(image, asked.name());
            Errors topicError = topicError(image, topic);
            for (DeleteRecordsPartition partition : asked.partitions()) {
                if (result.partitions().find(partition.partitionIndex()) != null) {
                    continue; // named twice: the first counts
                }
                DeleteRecordsPartitionResult answer = new DeleteRecordsPartitionResult()
                        .setPartitionIndex(partition.partitionIndex())
                        .setLowWatermark(DeleteRecordsResponse.INVALID_LOW_WATERMARK);
                result.partitions().mustAdd(answer);
                if (topic == null || topicError != Errors.NONE) {
                    answer.setErrorCode(topicError.code());
                } else {
                    delete(topic, partition, answer, underWay);
                }
            }
        }
        underWay.oneBack();
    }

    private Errors topicError(MetadataImage image, @Nullable TopicImage topic) {
        if (topic == null) {
            return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (Topic.isInternal(topic.name())) {
            return Errors.INVALID_TOPIC_EXCEPTION;
        }
        return settings.of(image, topic).deletesRecords() ? Errors.NONE : Errors.POLICY_VIOLATION;
    }

    private void delete(
            TopicImage topic,
            DeleteRecordsPartition partition,
            DeleteRecordsPartitionResult answer,
            UnderWay underWay) {
        if (!LocalPartitions.has(topic, partition.partitionIndex())) {
            answer.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
            return;
        }
        PartitionId id = topic.partitionId(partition.partitionIndex());
        LeaderHandle leader = partitions.leader(id);
        if (leader == null) {
            answer.setErrorCode(partitions.whyNotLed(id).code());
        } else if (partition.offset() < TO_HIGH_WATERMARK) {
            answer.setErrorCode(Errors.OFFSET_OUT_OF_RANGE.code());
        } else {
            underWay.oneMore();
            leader.deleteRecords(partition.offset(), underWay.timeoutMs, (error, lowWatermark) -> {
                answer.setErrorCode(error.code()).setLowWatermark(lowWatermark);
                underWay.oneBack();
            });
        }
    }
}
