package io.sampo.actors.api;

import io.sampo.actors.metadata.Controller;
import io.sampo.actors.metadata.TopicCreator;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;

/// Metadata (v0 to v13): the nodes, and the topics asked for by name or id with their leaders.
///
/// A topic that does not exist is created when the client allows it and `auto.create.topics.enable` is true; the
/// answer then waits for its leaders, at most `sampo.topic.ready.max.wait.ms`. A partition without a leader that
/// serves has LEADER_NOT_AVAILABLE: a leader is never named before it takes writes (KAFKA-15591).
public final class MetadataHandler implements RequestHandler {
    private final MetadataView metadata;
    private final LeaderView leaders;
    private final NodeAddresses addresses;
    private final TopicCreator creator;
    private final boolean autoCreate;
    private final Duration maxWait;

    public MetadataHandler(
            MetadataView metadata,
            LeaderView leaders,
            NodeAddresses addresses,
            TopicCreator creator,
            BrokerConfig broker) {
        this.metadata = metadata;
        this.leaders = leaders;
        this.addresses = addresses;
        this.creator = creator;
        this.autoCreate = broker.getBoolean("auto.create.topics.enable");
        this.maxWait = Duration.ofMillis(broker.getLong("sampo.topic.ready.max.wait.ms"));
    }

    @Override
    public void handle(ClientRequest request) {
        MetadataRequest body = (MetadataRequest) request.body();
        if (body.isAllTopics()) {
            request.respond(answer(request, body, Map.of()));
            return;
        }
        check(body);
        Set<String> missing = new LinkedHashSet<>();
        if (autoCreate && body.allowAutoTopicCreation()) {
            MetadataImage image = metadata.image();
            for (MetadataRequestTopic topic : body.data().topics()) {
                if (topic.name() != null && image.topic(topic.name()) == null && Topic.isValid(topic.name())) {
                    missing.add(topic.name());
                }
            }
        }
        if (missing.isEmpty()) {
            request.respond(answer(request, body, Map.of()));
        } else {
            Answers.whenDone(
                    request, creator.createAutomatically(missing, maxWait), errors -> answer(request, body, errors));
        }
    }

    /// Topic ids came with v10 but were not answered before v12 (KIP-516).
    private static void check(MetadataRequest body) {
        for (MetadataRequestTopic topic : body.data().topics()) {
            if (body.version() < 12 && !topic.topicId().equals(Uuid.ZERO_UUID)) {
                throw new InvalidRequestException("Topic ids are not supported in version " + body.version());
            }
            if (body.version() < 12 && topic.name() == null) {
                throw new InvalidRequestException("A topic has no name in version " + body.version());
            }
        }
    }

    private MetadataResponse answer(ClientRequest request, MetadataRequest body, Map<String, Errors> creationErrors) {
        MetadataImage image = metadata.image();
        MetadataResponseData data = new MetadataResponseData();
        addresses
                .reachable(image, request.origin())
                .forEach((node, endpoint) -> data.brokers()
                        .add(new MetadataResponseBroker()
                                .setNodeId(node.nodeId())
                                .setHost(endpoint.host())
                                .setPort(endpoint.port())
                                .setRack(node.rack())));
        data.setClusterId(image.clusterId());
        data.setControllerId(controllerId(leaders, addresses.ownNodeId()));
        boolean operations = body.data().includeTopicAuthorizedOperations();
        if (body.isAllTopics()) {
            image.topics().values().forEach(topic -> data.topics().add(describe(topic, operations)));
        } else {
            for (MetadataRequestTopic topic : body.data().topics()) {
                data.topics().add(answer(image, topic, operations, creationErrors));
            }
        }
        if (body.version() >= 8 && body.version() <= 10 && body.data().includeClusterAuthorizedOperations()) {
            data.setClusterAuthorizedOperations(AuthorizedOperations.CLUSTER);
        }
        return new MetadataResponse(data, body.version());
    }

    /// Clients send changes to the controller's node; any node takes them here.
    static int controllerId(LeaderView leaders, int ownNodeId) {
        return leaders.leadership(Controller.METADATA_PARTITION)
                .map(Leadership::nodeId)
                .orElse(ownNodeId);
    }

    private MetadataResponseTopic answer(
            MetadataImage image, MetadataRequestTopic wanted, boolean operations, Map<String, Errors> creationErrors) {
        if (wanted.name() == null) {
            TopicImage topic = image.topic(wanted.topicId());
            return topic == null
                    ? new MetadataResponseTopic()
                            .setName(null)
                            .setTopicId(wanted.topicId())
                            .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())
                    : describe(topic, operations);
        }
        TopicImage topic = image.topic(wanted.name());
        if (topic != null) {
            return describe(topic, operations);
        }
        Errors error = creationErrors.getOrDefault(wanted.name(), Errors.NONE);
        if (error == Errors.NONE) {
            error = Topic.isValid(wanted.name()) ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.INVALID_TOPIC_EXCEPTION;
        }
        return new MetadataResponseTopic()
                .setName(wanted.name())
                .setErrorCode(error.code())
                .setIsInternal(Topic.isInternal(wanted.name()));
    }

    private MetadataResponseTopic describe(TopicImage topic, boolean operations) {
        List<MetadataResponsePartition> partitions =
                new ArrayList<>(topic.partitions().size());
        for (int partition = 0; partition < topic.partitions().size(); partition++) {
            partitions.add(describe(topic, partition));
        }
        return new MetadataResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.id())
                .setIsInternal(Topic.isInternal(topic.name()))
                .setPartitions(partitions)
                .setTopicAuthorizedOperations(operations ? AuthorizedOperations.TOPIC : AuthorizedOperations.OMITTED);
    }

    private MetadataResponsePartition describe(TopicImage topic, int partition) {
        PartitionPicture picture = PartitionPicture.of(topic, partition, leaders, addresses);
        return new MetadataResponsePartition()
                .setPartitionIndex(partition)
                .setErrorCode(picture.error().code())
                .setLeaderId(picture.leaderId())
                .setLeaderEpoch(picture.leaderEpoch())
                .setReplicaNodes(picture.replicas())
                .setIsrNodes(picture.isr())
                .setOfflineReplicas(picture.offline());
    }
}
