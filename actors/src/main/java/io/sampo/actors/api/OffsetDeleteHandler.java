package io.sampo.actors.api;

import io.sampo.actors.group.GroupRouter;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetDeleteResponse;

/// OffsetDelete (v0). Topics and partitions that do not exist are answered here, the rest by the coordinator.
///
/// Thread rule: [RequestHandler]'s; the answers come on the coordinator's thread.
public final class OffsetDeleteHandler implements RequestHandler {
    private final GroupRouter router;
    private final MetadataView metadata;

    public OffsetDeleteHandler(GroupRouter router, MetadataView metadata) {
        this.router = router;
        this.metadata = metadata;
    }

    @Override
    public void handle(ClientRequest request) {
        OffsetDeleteRequestData data = ((OffsetDeleteRequest) request.body()).data();
        if (data.groupId() == null || data.groupId().isEmpty()) {
            GroupRequests.refuse(request, Errors.INVALID_GROUP_ID);
            return;
        }
        OffsetDeleteRequestData valid = new OffsetDeleteRequestData().setGroupId(data.groupId());
        List<OffsetDeleteResponseTopic> refused = new ArrayList<>();
        data.topics().forEach(topic -> split(topic, valid, refused));
        // The coordinator is asked even when nothing is left to delete: the group itself may be wrong.
        router.ask(
                data.groupId(),
                GroupRequests.ask(
                        request,
                        (core, caller, nowMs) -> core.deleteOffsets(caller, valid, nowMs),
                        GroupRequests.respond(
                                request, OffsetDeleteResponseData.class, answer -> respond(answer, refused))));
    }

    private void split(
            OffsetDeleteRequestTopic topic, OffsetDeleteRequestData valid, List<OffsetDeleteResponseTopic> refused) {
        TopicImage known = metadata.image().topic(topic.name());
        OffsetDeleteRequestTopic validTopic = new OffsetDeleteRequestTopic().setName(topic.name());
        OffsetDeleteResponseTopic refusedTopic = new OffsetDeleteResponseTopic().setName(topic.name());
        for (OffsetDeleteRequestPartition partition : topic.partitions()) {
            int index = partition.partitionIndex();
            if (known != null && index >= 0 && index < known.partitions().size()) {
                validTopic.partitions().add(new OffsetDeleteRequestPartition().setPartitionIndex(index));
            } else {
                refusedTopic
                        .partitions()
                        .add(new OffsetDeleteResponsePartition()
                                .setPartitionIndex(index)
                                .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
            }
        }
        if (!validTopic.partitions().isEmpty()) {
            valid.topics().add(validTopic);
        }
        if (!refusedTopic.partitions().isEmpty()) {
            refused.add(refusedTopic);
        }
    }

    private static OffsetDeleteResponse respond(
            OffsetDeleteResponseData answer, List<OffsetDeleteResponseTopic> refused) {
        if (answer.errorCode() == Errors.NONE.code()) {
            for (OffsetDeleteResponseTopic topic : refused) {
                OffsetDeleteResponseTopic present = answer.topics().find(topic.name());
                if (present == null) {
                    answer.topics().add(topic);
                } else {
                    topic.partitions().forEach(partition -> present.partitions().add(partition.duplicate()));
                }
            }
        }
        return new OffsetDeleteResponse(answer);
    }
}
