package io.sampo.streams.fetch;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;

/// Questions as requests of the protocol.
final class AskMessages {
    /// The last version that names topics; later ones know only ids.
    private static final short LAST_FETCH_VERSION_BY_NAME = 12;

    private AskMessages() {}

    static AbstractRequest.Builder<?> request(Ask.Fetch ask, FetchSettings settings) {
        short newest =
                ask.names().containsKey(Uuid.ZERO_UUID) ? LAST_FETCH_VERSION_BY_NAME : ApiKeys.FETCH.latestVersion();
        return FetchRequest.Builder.forConsumer(
                        newest,
                        ask.maxWaitMs(),
                        Math.min(settings.fetchMinBytes(), ask.maxBytes()),
                        ask.request().send())
                .isolationLevel(settings.isolationLevel())
                .setMaxBytes(ask.maxBytes())
                .metadata(ask.request().metadata())
                .removed(ask.request().forget())
                .rackId(settings.clientRack());
    }

    static AbstractRequest.Builder<?> request(Ask.ListOffsets ask, FetchSettings settings) {
        Map<String, ListOffsetsTopic> topics = new LinkedHashMap<>();
        boolean local = false;
        for (Ask.Asked asked : ask.asked().values()) {
            Lookup lookup = java.util.Objects.requireNonNull(
                    ask.lookups().get(asked.state().id()));
            local |= lookup.timestamp() == Lookup.EARLIEST_LOCAL;
            topics.computeIfAbsent(asked.state().id().topic(), name -> new ListOffsetsTopic().setName(name))
                    .partitions()
                    .add(new ListOffsetsPartition()
                            .setPartitionIndex(asked.state().id().partition())
                            .setCurrentLeaderEpoch(asked.leaderEpoch())
                            .setTimestamp(lookup.timestamp()));
        }
        return ListOffsetsRequest.Builder.forConsumer(true, settings.isolationLevel(), false, local, false, false)
                .setTargetTimes(List.copyOf(topics.values()))
                .setTimeoutMs((int) settings.requestTimeoutMs());
    }

    static AbstractRequest.Builder<?> request(Ask.EpochEnds ask) {
        OffsetForLeaderTopicCollection topics = new OffsetForLeaderTopicCollection();
        for (Ask.Asked asked : ask.asked().values()) {
            String name = asked.state().id().topic();
            OffsetForLeaderTopic topic = topics.find(name);
            if (topic == null) {
                topic = new OffsetForLeaderTopic().setTopic(name);
                topics.add(topic);
            }
            topic.partitions()
                    .add(new OffsetForLeaderPartition()
                            .setPartition(asked.state().id().partition())
                            .setCurrentLeaderEpoch(asked.leaderEpoch())
                            .setLeaderEpoch(asked.state().offsetEpoch()));
        }
        return OffsetsForLeaderEpochRequest.Builder.forConsumer(topics);
    }

    static AbstractRequest.Builder<?> request(Ask.Farewell ask) {
        return FetchRequest.Builder.forConsumer(ApiKeys.FETCH.latestVersion(), 0, 0, Map.of())
                .metadata(ask.metadata());
    }
}
