package io.sampo.actors.api;

import io.sampo.actors.group.GroupRouter;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.jspecify.annotations.Nullable;

/// OffsetFetch (v1-v10), one group or many (KIP-709). Topic ids (v10) become names for the coordinator and back.
///
/// A coordinator answers after a barrier only: one that was cut off without knowing would give offsets that are
/// older than commits which its successor has acknowledged already.
///
/// Thread rule: [RequestHandler]'s; the answers come on the coordinators' threads.
public final class OffsetFetchHandler implements RequestHandler {
    private final GroupRouter router;
    private final MetadataView metadata;

    public OffsetFetchHandler(GroupRouter router, MetadataView metadata) {
        this.router = router;
        this.metadata = metadata;
    }

    @Override
    public void handle(ClientRequest request) {
        List<OffsetFetchRequestGroup> groups = ((OffsetFetchRequest) request.body()).groups();
        if (groups.isEmpty()) {
            respond(request, List.of());
            return;
        }
        Gathering<OffsetFetchResponseGroup> gathering = new Gathering<>(groups.size(), all -> respond(request, all));
        for (int i = 0; i < groups.size(); i++) {
            int part = i;
            fetch(request, groups.get(i), answer -> gathering.add(part, List.of(answer)));
        }
    }

    private void fetch(
            ClientRequest request,
            OffsetFetchRequestGroup group,
            java.util.function.Consumer<OffsetFetchResponseGroup> whenAnswered) {
        MetadataImage image = metadata.image();
        boolean useTopicIds = OffsetFetchRequest.useTopicIds(request.apiVersion());
        List<OffsetFetchResponseTopics> refused = new ArrayList<>();
        OffsetFetchRequestGroup known = new OffsetFetchRequestGroup()
                .setGroupId(group.groupId())
                .setMemberId(group.memberId())
                .setMemberEpoch(group.memberEpoch())
                .setTopics(useTopicIds ? named(group.topics(), image, refused) : group.topics());
        router.ask(
                group.groupId(),
                GroupRequests.askAfterBarrier(
                        request,
                        (core, caller, nowMs) -> core.fetchOffsets(caller, known, nowMs),
                        GroupRequests.reply(
                                OffsetFetchResponseData.class,
                                answer -> whenAnswered.accept(
                                        complete(answer.groups().getFirst(), useTopicIds, image, refused)),
                                error -> whenAnswered.accept(
                                        OffsetFetchResponse.groupError(group, shown(error), request.apiVersion())))));
    }

    /// Consumers before 3.9 do not retry on COORDINATOR_NOT_AVAILABLE here; this sends them to look again.
    private static Errors shown(Errors error) {
        return error == Errors.COORDINATOR_NOT_AVAILABLE ? Errors.NOT_COORDINATOR : error;
    }

    private static @Nullable List<OffsetFetchRequestTopics> named(
            @Nullable List<OffsetFetchRequestTopics> topics,
            MetadataImage image,
            List<OffsetFetchResponseTopics> refused) {
        if (topics == null) {
            return null;
        }
        List<OffsetFetchRequestTopics> named = new ArrayList<>(topics.size());
        for (OffsetFetchRequestTopics topic : topics) {
            TopicImage known = image.topic(topic.topicId());
            if (known == null) {
                refused.add(unknown(topic));
            } else {
                named.add(new OffsetFetchRequestTopics()
                        .setName(known.name())
                        .setTopicId(topic.topicId())
                        .setPartitionIndexes(topic.partitionIndexes()));
            }
        }
        return named;
    }

    private static OffsetFetchResponseTopics unknown(OffsetFetchRequestTopics topic) {
        OffsetFetchResponseTopics answer = new OffsetFetchResponseTopics().setTopicId(topic.topicId());
        topic.partitionIndexes()
                .forEach(partition -> answer.partitions()
                        .add(new OffsetFetchResponsePartitions()
                                .setPartitionIndex(partition)
                                .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())
                                .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                                .setCommittedLeaderEpoch(-1)
                                .setMetadata(OffsetFetchResponse.NO_METADATA)));
        return answer;
    }

    private static OffsetFetchResponseGroup complete(
            OffsetFetchResponseGroup answer,
            boolean useTopicIds,
            MetadataImage image,
            List<OffsetFetchResponseTopics> refused) {
        if (!useTopicIds || answer.errorCode() != Errors.NONE.code()) {
            return answer;
        }
        List<OffsetFetchResponseTopics> topics = new ArrayList<>();
        for (OffsetFetchResponseTopics topic : answer.topics()) {
            TopicImage known = image.topic(topic.name());
            // A topic that is gone has no id any more; its offsets are about to go as well.
            if (known != null) {
                topics.add(topic.setTopicId(known.id()));
            }
        }
        topics.addAll(refused);
        return answer.setTopics(topics);
    }

    private static void respond(ClientRequest request, List<OffsetFetchResponseGroup> groups) {
        request.respond(new OffsetFetchResponse.Builder(groups).build(request.apiVersion()));
    }
}
