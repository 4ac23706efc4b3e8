package io.sampo.actors.api;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.fetch.FetchContext;
import io.sampo.core.fetch.FetchedPartition;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage.Endpoint;
import io.sampo.core.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.FetchResponseData.NodeEndpoint;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Puts the answers of the partitions together to the body of a fetch response.
final class FetchAnswer {
    private static final short FIRST_TOPIC_ID_VERSION = 13;
    private static final short FIRST_LEADER_HINT_VERSION = 16;

    private FetchAnswer() {}

    /// @param answers by partition of the context; null: not sent
    static FetchResponseData of(
            LocalPartitions partitions,
            ClientRequest request,
            FetchContext context,
            @Nullable PartitionData[] answers,
            int sessionId) {
        List<FetchableTopicResponse> topics = new ArrayList<>();
        FetchResponseData response =
                new FetchResponseData().setSessionId(sessionId).setResponses(topics);
        FetchedPartition previous = null;
        List<PartitionData> topicAnswers = List.of();
        for (int i = 0; i < answers.length; i++) {
            PartitionData answer = answers[i];
            if (answer == null) {
                continue;
            }
            FetchedPartition fetched = context.partition(i);
            if (previous == null || !isSameTopic(previous, fetched)) {
                topicAnswers = new ArrayList<>();
                topics.add(new FetchableTopicResponse()
                        .setTopic(fetched.topic())
                        .setTopicId(fetched.topicId())
                        .setPartitions(topicAnswers));
            }
            previous = fetched;
            topicAnswers.add(answer);
            if (answer.errorCode() != 0 && request.apiVersion() >= FIRST_LEADER_HINT_VERSION) {
                addLeaderHint(partitions, request, fetched, answer, response);
            }
        }
        return response;
    }

    private static boolean isSameTopic(FetchedPartition one, FetchedPartition other) {
        return one.topicId().equals(other.topicId()) && one.topic().equals(other.topic());
    }

    /// Tells the client where the leader is, so that it need not ask for metadata first (KIP-951).
    private static void addLeaderHint(
            LocalPartitions partitions,
            ClientRequest request,
            FetchedPartition fetched,
            PartitionData answer,
            FetchResponseData response) {
        if (answer.errorCode() != Errors.NOT_LEADER_OR_FOLLOWER.code()
                && answer.errorCode() != Errors.FENCED_LEADER_EPOCH.code()) {
            return;
        }
        MetadataImage image = partitions.image();
        TopicImage topic = request.apiVersion() >= FIRST_TOPIC_ID_VERSION
                ? partitions.topic(image, fetched.topicId())
                : partitions.topic(image, fetched.topic());
        Leadership leadership = topic == null ? null : partitions.leadership(topic.partitionId(fetched.partition()));
        if (leadership == null) {
            return;
        }
        answer.setCurrentLeader(
                new LeaderIdAndEpoch().setLeaderId(leadership.nodeId()).setLeaderEpoch(leadership.leaderEpoch()));
        Endpoint endpoint = LocalPartitions.endpoint(
                image, leadership.nodeId(), request.origin().listener());
        if (endpoint != null && response.nodeEndpoints().find(leadership.nodeId()) == null) {
            response.nodeEndpoints()
                    .mustAdd(new NodeEndpoint()
                            .setNodeId(leadership.nodeId())
                            .setHost(endpoint.host())
                            .setPort(endpoint.port()));
        }
    }
}
