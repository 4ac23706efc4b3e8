package io.sampo.core.metadata;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.ControllerCommand.CreateTopics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.Errors;

/// Decides on requests that create, grow and delete topics: looks at the request as a whole, then at each topic.
final class TopicRules {
    private final BrokerConfig broker;
    private final int maxPartitions;

    TopicRules(BrokerConfig broker) {
        this.broker = broker;
        this.maxPartitions = broker.getInt("sampo.create.topic.max.partitions");
    }

    Decision<CreateTopicsResponseData> create(MetadataImage image, CreateTopics command, SortedSet<Integer> liveNodes) {
        Map<String, Integer> mentions = new HashMap<>();
        for (CreatableTopic topic : command.request().topics()) {
            mentions.merge(topic.name(), 1, Integer::sum);
        }
        CreateTopicsResponseData response = new CreateTopicsResponseData();
        TopicCreation creation = new TopicCreation(broker, image, liveNodes, maxPartitions);
        Set<String> answered = new HashSet<>();
        int index = 0;
        for (CreatableTopic topic : command.request().topics()) {
            Uuid topicId = command.topicIds().get(index++);
            if (mentions.getOrDefault(topic.name(), 0) == 1) {
                response.topics().add(creation.create(topic, topicId));
            } else if (answered.add(topic.name())) {
                response.topics()
                        .add(TopicCreation.failed(
                                topic.name(),
                                new Problem(Errors.INVALID_REQUEST, "The request names the topic twice.")));
            }
        }
        boolean validateOnly = command.request().validateOnly();
        return new Decision<>(validateOnly ? List.of() : creation.records(), response, creation.warnings());
    }

    Decision<DeleteTopicsResponseData> delete(MetadataImage image, DeleteTopicsRequestData request) {
        List<DeleteTopicState> wanted = new ArrayList<>(request.topics());
        request.topicNames().forEach(name -> wanted.add(new DeleteTopicState().setName(name)));
        DeleteTopicsResponseData response = new DeleteTopicsResponseData();
        List<MetadataRecord> records = new ArrayList<>();
        Set<Uuid> deleted = new HashSet<>();
        for (DeleteTopicState topic : wanted) {
            DeletableTopicResult result = new DeletableTopicResult().setName(topic.name());
            result.setTopicId(topic.topicId());
            Problem problem = delete(image, topic, result, deleted);
            if (problem == null) {
                records.add(new MetadataRecord.TopicDeleted(result.topicId()));
            } else {
                result.setErrorCode(problem.error().code()).setErrorMessage(problem.message());
            }
            response.responses().mustAdd(result);
        }
        return new Decision<>(records, response);
    }

    /// Fills in name and id of the topic when it exists and may be deleted.
    private @org.jspecify.annotations.Nullable Problem delete(
            MetadataImage image, DeleteTopicState wanted, DeletableTopicResult result, Set<Uuid> deleted) {
        boolean byId = !wanted.topicId().equals(Uuid.ZERO_UUID);
        if (byId == (wanted.name() != null)) {
            return new Problem(
                    Errors.INVALID_REQUEST,
                    byId ? "Both a name and an id are given for one topic." : "Neither a name nor an id is given.");
        }
        if (!broker.getBoolean("delete.topic.enable")) {
            return new Problem(Errors.TOPIC_DELETION_DISABLED, "delete.topic.enable is false.");
        }
        TopicImage topic = byId ? image.topic(wanted.topicId()) : image.topic(wanted.name());
        if (topic == null) {
            return new Problem(
                    byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no such topic.");
        }
        if (!deleted.add(topic.id())) {
            return new Problem(Errors.INVALID_REQUEST, "The request names the topic twice.");
        }
        result.setName(topic.name()).setTopicId(topic.id());
        return null;
    }

    Decision<CreatePartitionsResponseData> createPartitions(
            MetadataImage image, CreatePartitionsRequestData request, SortedSet<Integer> liveNodes) {
        CreatePartitionsResponseData response = new CreatePartitionsResponseData();
        PartitionGrowth growth = new PartitionGrowth(image, liveNodes, maxPartitions);
        request.topics().forEach(topic -> {
            boolean twice = request.topics().findAll(topic.name()).size() > 1;
            Problem problem = twice
                    ? new Problem(Errors.INVALID_REQUEST, "The request names the topic twice.")
                    : growth.grow(topic);
            response.results()
                    .add(new CreatePartitionsResponseData.CreatePartitionsTopicResult()
                            .setName(topic.name())
                            .setErrorCode(
                                    problem == null
                                            ? Errors.NONE.code()
                                            : problem.error().code())
                            .setErrorMessage(problem == null ? null : problem.message()));
        });
        return new Decision<>(request.validateOnly() ? List.of() : growth.records(), response);
    }
}
