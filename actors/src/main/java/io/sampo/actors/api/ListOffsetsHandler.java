package io.sampo.actors.api;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.fetch.FetchRules;
import io.sampo.core.fetch.OffsetLookup;
import io.sampo.core.fetch.OffsetLookup.Listed;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.jspecify.annotations.Nullable;

/// ListOffsets (v1 to v11). A search by time reads files, so it runs where blocking is allowed; the rest is
/// answered at once.
public final class ListOffsetsHandler implements RequestHandler {
    private static final short FIRST_LEADER_EPOCH_VERSION = 4;

    private final LocalPartitions partitions;
    private final Executor blocking;

    /// @param blocking where files may be read
    public ListOffsetsHandler(LocalPartitions partitions, Executor blocking) {
        this.partitions = partitions;
        this.blocking = blocking;
    }

    @Override
    public void handle(ClientRequest request) {
        ListOffsetsRequest body = (ListOffsetsRequest) request.body();
        if (searchesByTime(body)) {
            blocking.execute(() -> new GuardedHandler(this::answer).handle(request));
        } else {
            answer(request);
        }
    }

    private static boolean searchesByTime(ListOffsetsRequest body) {
        for (ListOffsetsTopic topic : body.topics()) {
            for (ListOffsetsPartition partition : topic.partitions()) {
                if (partition.timestamp() >= 0 || partition.timestamp() == ListOffsetsRequest.MAX_TIMESTAMP) {
                    return true;
                }
            }
        }
        return false;
    }

    private void answer(ClientRequest request) {
        ListOffsetsRequest body = (ListOffsetsRequest) request.body();
        MetadataImage image = partitions.image();
        Set<TopicPartition> duplicates = body.duplicatePartitions();
        boolean readCommitted = FetchRules.isReadCommitted(body.isolationLevel().id());
        List<ListOffsetsTopicResponse> topics = new ArrayList<>(body.topics().size());
        for (ListOffsetsTopic asked : body.topics()) {
            TopicImage topic = partitions.topic(image, asked.name());
            List<ListOffsetsPartitionResponse> answers =
                    new ArrayList<>(asked.partitions().size());
            for (ListOffsetsPartition partition : asked.partitions()) {
                boolean isDuplicate = !duplicates.isEmpty()
                        && duplicates.contains(new TopicPartition(asked.name(), partition.partitionIndex()));
                Listed listed = isDuplicate
                        ? Listed.failed(Errors.INVALID_REQUEST)
                        : list(topic, partition, request.apiVersion(), readCommitted);
                answers.add(response(partition, listed, request.apiVersion()));
            }
            topics.add(new ListOffsetsTopicResponse().setName(asked.name()).setPartitions(answers));
        }
        request.respond(new ListOffsetsResponse(new ListOffsetsResponseData().setTopics(topics)));
    }

    private Listed list(
            @Nullable TopicImage topic, ListOffsetsPartition partition, short apiVersion, boolean readCommitted) {
        if (topic == null || !LocalPartitions.has(topic, partition.partitionIndex())) {
            return Listed.failed(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        PartitionId id = topic.partitionId(partition.partitionIndex());
        LeaderHandle leader = partitions.leader(id);
        if (leader == null) {
            return Listed.failed(partitions.whyNotLed(id));
        }
        try {
            return OffsetLookup.find(
                    partition.timestamp(),
                    apiVersion,
                    readCommitted,
                    partition.currentLeaderEpoch(),
                    leader.view(),
                    leader.log());
        } catch (PartitionLogException broken) {
            return Listed.failed(Errors.KAFKA_STORAGE_ERROR);
        }
    }

    private static ListOffsetsPartitionResponse response(
            ListOffsetsPartition partition, Listed listed, short apiVersion) {
        ListOffsetsPartitionResponse response = new ListOffsetsPartitionResponse()
                .setPartitionIndex(partition.partitionIndex())
                .setErrorCode(listed.error().code())
                .setTimestamp(listed.timestampMs())
                .setOffset(listed.offset());
        return apiVersion >= FIRST_LEADER_EPOCH_VERSION ? response.setLeaderEpoch(listed.leaderEpoch()) : response;
    }
}
