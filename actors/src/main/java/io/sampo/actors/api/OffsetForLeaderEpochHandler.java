package io.sampo.actors.api;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.fetch.LeaderEpochRules;
import io.sampo.core.fetch.LeaderEpochRules.EpochEnd;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReadView;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.jspecify.annotations.Nullable;

/// OffsetForLeaderEpoch (v2 to v4): where an epoch ended, for a consumer that looks for truncation (KIP-320).
public final class OffsetForLeaderEpochHandler implements RequestHandler {
    private final LocalPartitions partitions;

    public OffsetForLeaderEpochHandler(LocalPartitions partitions) {
        this.partitions = partitions;
    }

    @Override
    public void handle(ClientRequest request) {
        OffsetsForLeaderEpochRequest body = (OffsetsForLeaderEpochRequest) request.body();
        MetadataImage image = partitions.image();
        OffsetForLeaderEpochResponseData response = new OffsetForLeaderEpochResponseData();
        for (OffsetForLeaderTopic asked : body.data().topics()) {
            TopicImage topic = partitions.topic(image, asked.topic());
            List<EpochEndOffset> answers = new ArrayList<>(asked.partitions().size());
            for (OffsetForLeaderPartition partition : asked.partitions()) {
                answers.add(answer(topic, partition));
            }
            response.topics()
                    .add(new OffsetForLeaderTopicResult()
                            .setTopic(asked.topic())
                            .setPartitions(answers));
        }
        request.respond(new OffsetsForLeaderEpochResponse(response));
    }

    private EpochEndOffset answer(@Nullable TopicImage topic, OffsetForLeaderPartition partition) {
        EpochEndOffset answer = new EpochEndOffset().setPartition(partition.partition());
        if (topic == null || !LocalPartitions.has(topic, partition.partition())) {
            return answer.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        }
        PartitionId id = topic.partitionId(partition.partition());
        LeaderHandle leader = partitions.leader(id);
        if (leader == null) {
            return answer.setErrorCode(partitions.whyNotLed(id).code());
        }
        ReadView view = leader.view();
        Errors epochError = LeaderEpochRules.check(partition.currentLeaderEpoch(), view.leaderEpoch());
        if (epochError != Errors.NONE) {
            return answer.setErrorCode(epochError.code());
        }
        try {
            EpochEnd end =
                    LeaderEpochRules.endOf(partition.leaderEpoch(), leader.log().epochStarts(), view.logEndOffset());
            return answer.setLeaderEpoch(end.leaderEpoch()).setEndOffset(end.endOffset());
        } catch (PartitionLogException broken) {
            return answer.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code());
        }
    }
}
