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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
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
/// answered at once, but for the latest offset with read_committed: its leader has to show by a barrier that it
/// still leads, so that nobody takes the end of yesterday for the end. Without read_committed it may be old, as
/// in Kafka.
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
        Set<LeaderHandle> unconfirmed = toConfirm(body);
        if (unconfirmed.isEmpty()) {
            answerWhereItMay(request, body, Map.of());
            return;
        }
        AtomicInteger outstanding = new AtomicInteger(unconfirmed.size());
        Map<PartitionId, Errors> outcomes = new ConcurrentHashMap<>();
        for (LeaderHandle leader : unconfirmed) {
            leader.barrier((error, _) -> {
                outcomes.put(leader.id(), error);
                if (outstanding.decrementAndGet() == 0) {
                    answerWhereItMay(request, body, outcomes);
                }
            });
        }
    }

    /// The leaders that have to ask before the request is answered: none where a leader is its only voter.
    private Set<LeaderHandle> toConfirm(ListOffsetsRequest body) {
        if (!FetchRules.isReadCommitted(body.isolationLevel().id())) {
            return Set.of();
        }
        MetadataImage image = partitions.image();
        Set<LeaderHandle> leaders = new LinkedHashSet<>();
        for (ListOffsetsTopic asked : body.topics()) {
            TopicImage topic = partitions.topic(image, asked.name());
            if (topic == null) {
                continue;
            }
            for (ListOffsetsPartition partition : asked.partitions()) {
                boolean asksForLatest = partition.timestamp() == ListOffsetsRequest.LATEST_TIMESTAMP
                        && LocalPartitions.has(topic, partition.partitionIndex());
                LeaderHandle leader =
                        asksForLatest ? partitions.leader(topic.partitionId(partition.partitionIndex())) : null;
                if (leader != null && !leader.leadsAlone()) {
                    leaders.add(leader);
                }
            }
        }
        return leaders;
    }

    private void answerWhereItMay(
            ClientRequest request, ListOffsetsRequest body, Map<PartitionId, Errors> confirmations) {
        RequestHandler answering = new GuardedHandler(asked -> answer(asked, confirmations));
        if (searchesByTime(body)) {
            blocking.execute(() -> answering.handle(request));
        } else {
            answering.handle(request);
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

    /// @param confirmations of the leaders that were asked whether they lead
    private void answer(ClientRequest request, Map<PartitionId, Errors> confirmations) {
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
                        : list(topic, partition, request.apiVersion(), readCommitted, confirmations);
                answers.add(response(partition, listed, request.apiVersion()));
            }
            topics.add(new ListOffsetsTopicResponse().setName(asked.name()).setPartitions(answers));
        }
        request.respond(new ListOffsetsResponse(new ListOffsetsResponseData().setTopics(topics)));
    }

    private Listed list(
            @Nullable TopicImage topic,
            ListOffsetsPartition partition,
            short apiVersion,
            boolean readCommitted,
            Map<PartitionId, Errors> confirmations) {
        if (topic == null || !LocalPartitions.has(topic, partition.partitionIndex())) {
            return Listed.failed(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        PartitionId id = topic.partitionId(partition.partitionIndex());
        LeaderHandle leader = partitions.leader(id);
        if (leader == null) {
            return Listed.failed(partitions.whyNotLed(id));
        }
        Errors confirmation = confirmations.getOrDefault(id, Errors.NONE);
        if (confirmation != Errors.NONE && partition.timestamp() == ListOffsetsRequest.LATEST_TIMESTAMP) {
            return Listed.failed(confirmation);
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
