package io.sampo.actors.api;

import io.sampo.actors.group.GroupRouter;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.jspecify.annotations.Nullable;

/// OffsetCommit (v2-v10). Topics and partitions that do not exist are answered here, the rest by the coordinator.
///
/// Thread rule: [RequestHandler]'s; the answers come on the coordinator's thread.
public final class OffsetCommitHandler implements RequestHandler {
    /// From here on topics are named by id (KIP-848).
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 10;

    private final GroupRouter router;
    private final MetadataView metadata;

    public OffsetCommitHandler(GroupRouter router, MetadataView metadata) {
        this.router = router;
        this.metadata = metadata;
    }

    @Override
    public void handle(ClientRequest request) {
        OffsetCommitRequestData data = ((OffsetCommitRequest) request.body()).data();
        if (data.groupId() == null) {
            GroupRequests.refuse(request, Errors.INVALID_GROUP_ID);
            return;
        }
        MetadataImage image = metadata.image();
        boolean useTopicIds = request.apiVersion() >= FIRST_VERSION_WITH_TOPIC_IDS;
        List<OffsetCommitResponseTopic> refused = new ArrayList<>();
        OffsetCommitRequestData valid = new OffsetCommitRequestData()
                .setGroupId(data.groupId())
                .setMemberId(data.memberId())
                .setGenerationIdOrMemberEpoch(data.generationIdOrMemberEpoch())
                .setRetentionTimeMs(data.retentionTimeMs())
                .setGroupInstanceId(data.groupInstanceId());
        for (OffsetCommitRequestTopic topic : data.topics()) {
            TopicImage known = useTopicIds ? image.topic(topic.topicId()) : image.topic(topic.name());
            split(topic, known, useTopicIds, valid, refused);
        }
        if (valid.topics().isEmpty()) {
            request.respond(new OffsetCommitResponse(new OffsetCommitResponseData().setTopics(refused)));
            return;
        }
        router.ask(
                data.groupId(),
                GroupRequests.ask(
                        request,
                        (core, caller, nowMs) -> core.commitOffsets(caller, valid, nowMs),
                        GroupRequests.reply(
                                OffsetCommitResponseData.class,
                                answer -> respond(request, answer, refused),
                                error -> respond(
                                        request, OffsetCommitRequest.getErrorResponse(valid, error), refused))));
    }

    private static void split(
            OffsetCommitRequestTopic topic,
            @Nullable TopicImage known,
            boolean useTopicIds,
            OffsetCommitRequestData valid,
            List<OffsetCommitResponseTopic> refused) {
        OffsetCommitRequestTopic validTopic = new OffsetCommitRequestTopic()
                .setName(known == null ? topic.name() : known.name())
                .setTopicId(topic.topicId());
        OffsetCommitResponseTopic refusedTopic =
                new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
        Errors whenUnknown = known == null && useTopicIds ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
        for (OffsetCommitRequestPartition partition : topic.partitions()) {
            int index = partition.partitionIndex();
            if (known != null && index >= 0 && index < known.partitions().size()) {
                validTopic.partitions().add(partition);
            } else {
                refusedTopic
                        .partitions()
                        .add(new OffsetCommitResponsePartition()
                                .setPartitionIndex(index)
                                .setErrorCode(whenUnknown.code()));
            }
        }
        if (!validTopic.partitions().isEmpty()) {
            valid.topics().add(validTopic);
        }
        if (!refusedTopic.partitions().isEmpty()) {
            refused.add(refusedTopic);
        }
    }

    /// A topic with good and bad partitions appears once.
    private static void respond(
            ClientRequest request, OffsetCommitResponseData answer, List<OffsetCommitResponseTopic> refused) {
        for (OffsetCommitResponseTopic topic : refused) {
            answer.topics().stream()
                    .filter(each ->
                            each.name().equals(topic.name()) && each.topicId().equals(topic.topicId()))
                    .findFirst()
                    .ifPresentOrElse(
                            each -> each.partitions().addAll(topic.partitions()),
                            () -> answer.topics().add(topic));
        }
        request.respond(new OffsetCommitResponse(answer));
    }
}
