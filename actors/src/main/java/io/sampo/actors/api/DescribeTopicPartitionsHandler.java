package io.sampo.actors.api;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeTopicPartitionsRequest;
import org.apache.kafka.common.requests.DescribeTopicPartitionsResponse;

/// DescribeTopicPartitions (v0, KIP-966): topics in the order of their names, in pieces of at most
/// `max.request.partition.size.limit` partitions; a cursor tells where the next piece begins.
public final class DescribeTopicPartitionsHandler implements RequestHandler {
    private final MetadataView metadata;
    private final LeaderView leaders;
    private final NodeAddresses addresses;
    private final int maxPartitions;

    public DescribeTopicPartitionsHandler(
            MetadataView metadata, LeaderView leaders, NodeAddresses addresses, BrokerConfig broker) {
        this.metadata = metadata;
        this.leaders = leaders;
        this.addresses = addresses;
        this.maxPartitions = broker.getInt("max.request.partition.size.limit");
    }

    @Override
    public void handle(ClientRequest request) {
        DescribeTopicPartitionsRequestData body = ((DescribeTopicPartitionsRequest) request.body()).data();
        if (body.cursor() != null && body.cursor().partitionIndex() < 0) {
            throw new InvalidRequestException("The partition of the cursor is negative.");
        }
        MetadataImage image = metadata.image();
        DescribeTopicPartitionsResponseData data = new DescribeTopicPartitionsResponseData();
        int left = Math.max(1, Math.min(maxPartitions, body.responsePartitionLimit()));
        for (String name : names(image, body)) {
            TopicImage topic = image.topic(name);
            if (topic == null) {
                data.topics().add(unknown(name));
                continue;
            }
            if (left == 0) {
                data.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(0));
                break;
            }
            boolean continued =
                    body.cursor() != null && body.cursor().topicName().equals(name);
            int from = continued ? body.cursor().partitionIndex() : 0;
            int to = (int) Math.min((long) from + left, topic.partitions().size());
            data.topics().add(describe(topic, from, to));
            left -= Math.max(0, to - from);
            if (to < topic.partitions().size()) {
                data.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(to));
                break;
            }
        }
        request.respond(new DescribeTopicPartitionsResponse(data));
    }

    /// The topics asked for, from the cursor on; all topics when none is named.
    private static SortedSet<String> names(MetadataImage image, DescribeTopicPartitionsRequestData body) {
        SortedSet<String> names = new TreeSet<>();
        if (body.topics().isEmpty()) {
            names.addAll(image.topics().keySet());
        } else {
            body.topics().forEach(topic -> names.add(topic.name()));
        }
        return body.cursor() == null ? names : names.tailSet(body.cursor().topicName());
    }

    private static DescribeTopicPartitionsResponseTopic unknown(String name) {
        Errors error = Topic.isValid(name) ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.INVALID_TOPIC_EXCEPTION;
        return new DescribeTopicPartitionsResponseTopic()
                .setName(name)
                .setErrorCode(error.code())
                .setIsInternal(Topic.isInternal(name));
    }

    private DescribeTopicPartitionsResponseTopic describe(TopicImage topic, int from, int to) {
        List<DescribeTopicPartitionsResponsePartition> partitions = new ArrayList<>();
        for (int partition = from; partition < to; partition++) {
            PartitionPicture picture = PartitionPicture.of(topic, partition, leaders, addresses);
            partitions.add(new DescribeTopicPartitionsResponsePartition()
                    .setPartitionIndex(partition)
                    .setErrorCode(picture.error().code())
                    .setLeaderId(picture.leaderId())
                    .setLeaderEpoch(picture.leaderEpoch())
                    .setReplicaNodes(picture.replicas())
                    .setIsrNodes(picture.isr())
                    .setOfflineReplicas(picture.offline())
                    .setEligibleLeaderReplicas(List.of())
                    .setLastKnownElr(List.of()));
        }
        return new DescribeTopicPartitionsResponseTopic()
                .setName(topic.name())
                .setTopicId(topic.id())
                .setIsInternal(Topic.isInternal(topic.name()))
                .setPartitions(partitions)
                .setTopicAuthorizedOperations(AuthorizedOperations.TOPIC);
    }
}
