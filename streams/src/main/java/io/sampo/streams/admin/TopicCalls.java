package io.sampo.streams.admin;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreatePartitionsResponse;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.pekko.Done;
import org.jspecify.annotations.Nullable;

/// Requests about topics.
final class TopicCalls {

    private final Routing routing;

    TopicCalls(Routing routing) {
        this.routing = routing;
    }

    /// Throws the error of an answer's part.
    static void check(short code, @Nullable String message) {
        Errors error = Errors.forCode(code);
        if (error != Errors.NONE) {
            throw message == null || message.isEmpty() ? error.exception() : error.exception(message);
        }
    }

    CompletionStage<Done> create(NewTopic topic) {
        return routing.toController(
                () -> {
                    CreateTopicsRequestData.CreatableTopic wanted = new CreateTopicsRequestData.CreatableTopic()
                            .setName(topic.name())
                            .setNumPartitions(topic.partitions())
                            .setReplicationFactor((short) topic.replicationFactor());
                    topic.configs()
                            .forEach((name, value) -> wanted.configs()
                                    .add(new CreateTopicsRequestData.CreatableTopicConfig()
                                            .setName(name)
                                            .setValue(value)));
                    CreateTopicsRequestData data =
                            new CreateTopicsRequestData().setTimeoutMs(routing.serverTimeoutMs());
                    data.topics().add(wanted);
                    return new CreateTopicsRequest.Builder(data);
                },
                body -> {
                    ((CreateTopicsResponse) body)
                            .data()
                            .topics()
                            .forEach(result -> check(result.errorCode(), result.errorMessage()));
                    return Done.getInstance();
                });
    }

    CompletionStage<Done> delete(String topic) {
        return routing.toController(
                () -> new DeleteTopicsRequest.Builder(new DeleteTopicsRequestData()
                        .setTimeoutMs(routing.serverTimeoutMs())
                        .setTopicNames(List.of(topic))
                        .setTopics(List.of(new DeleteTopicsRequestData.DeleteTopicState().setName(topic)))),
                body -> {
                    ((DeleteTopicsResponse) body)
                            .data()
                            .responses()
                            .forEach(result -> check(result.errorCode(), result.errorMessage()));
                    return Done.getInstance();
                });
    }

    CompletionStage<Done> increasePartitions(String topic, int totalCount) {
        return routing.toController(
                () -> {
                    CreatePartitionsRequestData data =
                            new CreatePartitionsRequestData().setTimeoutMs(routing.serverTimeoutMs());
                    data.topics()
                            .add(new CreatePartitionsRequestData.CreatePartitionsTopic()
                                    .setName(topic)
                                    .setCount(totalCount)
                                    .setAssignments(null));
                    return new CreatePartitionsRequest.Builder(data);
                },
                body -> {
                    ((CreatePartitionsResponse) body)
                            .data()
                            .results()
                            .forEach(result -> check(result.errorCode(), result.errorMessage()));
                    return Done.getInstance();
                });
    }

    CompletionStage<Set<String>> list() {
        return routing.toAny(MetadataRequest.Builder::allTopics, body -> {
            Set<String> names = new TreeSet<>();
            for (MetadataResponseTopic topic : ((MetadataResponse) body).data().topics()) {
                if (!topic.isInternal()) {
                    names.add(topic.name());
                }
            }
            return names;
        });
    }

    CompletionStage<TopicDescription> describe(String name) {
        return routing.toAny(() -> new MetadataRequest.Builder(List.of(name), false), body -> {
            MetadataResponseTopic topic =
                    ((MetadataResponse) body).data().topics().find(name);
            if (topic == null) {
                throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception(name + " is not in the answer");
            }
            check(
                    topic.errorCode(),
                    name + ": " + Errors.forCode(topic.errorCode()).message());
            return description(topic);
        });
    }

    private static TopicDescription description(MetadataResponseTopic topic) {
        List<TopicDescription.Partition> partitions = new ArrayList<>();
        for (MetadataResponsePartition partition : topic.partitions()) {
            partitions.add(new TopicDescription.Partition(
                    partition.partitionIndex(),
                    partition.leaderId() < 0 ? OptionalInt.empty() : OptionalInt.of(partition.leaderId()),
                    partition.leaderEpoch(),
                    List.copyOf(partition.replicaNodes()),
                    List.copyOf(partition.isrNodes()),
                    List.copyOf(partition.offlineReplicas())));
        }
        partitions.sort(Comparator.comparingInt(TopicDescription.Partition::index));
        return new TopicDescription(topic.name(), topic.topicId(), topic.isInternal(), List.copyOf(partitions));
    }
}
