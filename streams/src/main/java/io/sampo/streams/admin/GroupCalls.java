package io.sampo.streams.admin;

import io.sampo.streams.connection.Answer;
import io.sampo.streams.connection.ClusterView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.SchemaException;
import org.apache.kafka.common.requests.AbstractRequest.Builder;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.pekko.Done;

/// Requests about groups, which their coordinators answer.
final class GroupCalls {

    private static final String DEAD = "Dead";

    private final Routing routing;

    GroupCalls(Routing routing) {
        this.routing = routing;
    }

    /// Each node knows the groups that it coordinates.
    CompletionStage<List<GroupListing>> list() {
        return routing.cluster().refresh(Set.of()).thenCompose(view -> {
            CompletionStage<List<GroupListing>> all = CompletableFuture.completedFuture(new ArrayList<>());
            for (ClusterView.Node node : view.nodes().values()) {
                all = all.thenCombine(listOf(node.id()), (gathered, groups) -> {
                    gathered.addAll(groups);
                    return gathered;
                });
            }
            return all.thenApply(groups -> {
                groups.sort(Comparator.comparing(GroupListing::groupId));
                return List.copyOf(groups);
            });
        });
    }

    private CompletionStage<List<GroupListing>> listOf(int nodeId) {
        return routing.toNode(nodeId, () -> new ListGroupsRequest.Builder(new ListGroupsRequestData()), body -> {
            ListGroupsResponse response = (ListGroupsResponse) body;
            TopicCalls.check(response.data().errorCode(), null);
            return response.data().groups().stream()
                    .map(group -> new GroupListing(
                            group.groupId(), group.protocolType(), group.groupState(), group.groupType()))
                    .toList();
        });
    }

    /// A broker tells of groups of the consumer protocol and of classic ones in different answers.
    CompletionStage<GroupDescription> describe(String groupId) {
        return routing.toCoordinator(
                groupId,
                (nodeId, timeoutMs) -> routing.cluster()
                        .version(nodeId, ApiKeys.CONSUMER_GROUP_DESCRIBE)
                        .thenCompose(version -> version < 0
                                ? CompletableFuture.completedFuture(Optional.<GroupDescription>empty())
                                : send(nodeId, timeoutMs, consumerDescribe(groupId))
                                        .thenApply(answer -> consumer(answer, nodeId)))
                        .thenCompose(found -> found.isPresent()
                                ? CompletableFuture.completedFuture(found.get())
                                : send(nodeId, timeoutMs, classicDescribe(groupId))
                                        .thenApply(answer -> classic(answer, nodeId))));
    }

    private CompletionStage<Answer> send(int nodeId, long timeoutMs, Builder<?> request) {
        return routing.cluster().send(nodeId, request, timeoutMs);
    }

    private static Builder<?> consumerDescribe(String groupId) {
        return new ConsumerGroupDescribeRequest.Builder(
                new ConsumerGroupDescribeRequestData().setGroupIds(List.of(groupId)));
    }

    private static Builder<?> classicDescribe(String groupId) {
        return new DescribeGroupsRequest.Builder(new DescribeGroupsRequestData().setGroups(List.of(groupId)));
    }

    private static Optional<GroupDescription> consumer(Answer answer, int nodeId) {
        try (answer) {
            var group = answer.as(ConsumerGroupDescribeResponse.class)
                    .data()
                    .groups()
                    .getFirst();
            Errors error = Errors.forCode(group.errorCode());
            if (error == Errors.GROUP_ID_NOT_FOUND || error == Errors.UNSUPPORTED_VERSION) {
                return Optional.empty();
            }
            TopicCalls.check(group.errorCode(), group.errorMessage());
            List<GroupDescription.Member> members = group.members().stream()
                    .map(member -> new GroupDescription.Member(
                            member.memberId(),
                            Optional.ofNullable(member.instanceId()),
                            member.clientId(),
                            member.clientHost(),
                            partitions(member.assignment())))
                    .toList();
            return Optional.of(
                    new GroupDescription(group.groupId(), group.groupState(), group.assignorName(), nodeId, members));
        }
    }

    private static Set<TopicPartition> partitions(ConsumerGroupDescribeResponseData.Assignment assignment) {
        Set<TopicPartition> partitions = new HashSet<>();
        for (var topic : assignment.topicPartitions()) {
            topic.partitions().forEach(index -> partitions.add(new TopicPartition(topic.topicName(), index)));
        }
        return partitions;
    }

    private static GroupDescription classic(Answer answer, int nodeId) {
        try (answer) {
            var group = answer.as(DescribeGroupsResponse.class).data().groups().getFirst();
            TopicCalls.check(group.errorCode(), group.errorMessage());
            if (group.groupState().equals(DEAD) && group.members().isEmpty()) {
                throw Errors.GROUP_ID_NOT_FOUND.exception(group.groupId() + " does not exist");
            }
            List<GroupDescription.Member> members = group.members().stream()
                    .map(member -> new GroupDescription.Member(
                            member.memberId(),
                            Optional.ofNullable(member.groupInstanceId()),
                            member.clientId(),
                            member.clientHost(),
                            partitions(group, member.memberAssignment())))
                    .toList();
            return new GroupDescription(group.groupId(), group.groupState(), group.protocolData(), nodeId, members);
        }
    }

    /// Groups of other things than consumers have assignments of their own making.
    private static Set<TopicPartition> partitions(DescribeGroupsResponseData.DescribedGroup group, byte[] assignment) {
        if (!group.protocolType().equals(ConsumerProtocol.PROTOCOL_TYPE) || assignment.length == 0) {
            return Set.of();
        }
        try {
            return Set.copyOf(ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(assignment))
                    .partitions());
        } catch (SchemaException notOfAConsumer) {
            return Set.of();
        }
    }

    CompletionStage<Map<TopicPartition, CommittedOffset>> offsets(String groupId) {
        return routing.toCoordinator(
                groupId,
                () -> OffsetFetchRequest.Builder.forTopicNames(
                        new OffsetFetchRequestData()
                                .setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup()
                                        .setGroupId(groupId)
                                        .setTopics(null))),
                        false),
                body -> {
                    var group = ((OffsetFetchResponse) body).group(groupId);
                    TopicCalls.check(group.errorCode(), null);
                    Map<TopicPartition, CommittedOffset> offsets = new HashMap<>();
                    for (var topic : group.topics()) {
                        for (var partition : topic.partitions()) {
                            TopicCalls.check(partition.errorCode(), null);
                            if (partition.committedOffset() >= 0) {
                                offsets.put(
                                        new TopicPartition(topic.name(), partition.partitionIndex()),
                                        new CommittedOffset(
                                                partition.committedOffset(),
                                                partition.committedLeaderEpoch(),
                                                Optional.ofNullable(partition.metadata())
                                                        .orElse("")));
                            }
                        }
                    }
                    return offsets;
                });
    }

    CompletionStage<Done> commit(String groupId, Map<TopicPartition, Long> offsets) {
        Map<String, List<OffsetCommitRequestData.OffsetCommitRequestPartition>> byTopic = new HashMap<>();
        offsets.forEach((partition, offset) -> byTopic.computeIfAbsent(partition.topic(), _ -> new ArrayList<>())
                .add(new OffsetCommitRequestData.OffsetCommitRequestPartition()
                        .setPartitionIndex(partition.partition())
                        .setCommittedOffset(offset)));
        return routing.toCoordinator(
                groupId,
                () -> {
                    OffsetCommitRequestData data = new OffsetCommitRequestData().setGroupId(groupId);
                    byTopic.forEach((topic, partitions) -> data.topics()
                            .add(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                    .setName(topic)
                                    .setPartitions(partitions)));
                    return OffsetCommitRequest.Builder.forTopicNames(data);
                },
                body -> {
                    for (var topic : ((OffsetCommitResponse) body).data().topics()) {
                        topic.partitions().forEach(partition -> TopicCalls.check(partition.errorCode(), null));
                    }
                    return Done.getInstance();
                });
    }

    CompletionStage<Done> deleteOffsets(String groupId, Set<TopicPartition> partitions) {
        Map<String, List<OffsetDeleteRequestData.OffsetDeleteRequestPartition>> byTopic = new HashMap<>();
        partitions.forEach(partition -> byTopic.computeIfAbsent(partition.topic(), _ -> new ArrayList<>())
                .add(new OffsetDeleteRequestData.OffsetDeleteRequestPartition()
                        .setPartitionIndex(partition.partition())));
        return routing.toCoordinator(
                groupId,
                () -> {
                    OffsetDeleteRequestData data = new OffsetDeleteRequestData().setGroupId(groupId);
                    byTopic.forEach((topic, indexes) -> data.topics()
                            .add(new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
                                    .setName(topic)
                                    .setPartitions(indexes)));
                    return new OffsetDeleteRequest.Builder(data);
                },
                body -> {
                    OffsetDeleteResponse response = (OffsetDeleteResponse) body;
                    TopicCalls.check(response.data().errorCode(), null);
                    for (var topic : response.data().topics()) {
                        topic.partitions().forEach(partition -> TopicCalls.check(partition.errorCode(), null));
                    }
                    return Done.getInstance();
                });
    }

    CompletionStage<Done> delete(String groupId) {
        return routing.toCoordinator(
                groupId,
                () -> new DeleteGroupsRequest.Builder(new DeleteGroupsRequestData().setGroupsNames(List.of(groupId))),
                body -> {
                    ((DeleteGroupsResponse) body)
                            .data()
                            .results()
                            .forEach(result -> TopicCalls.check(result.errorCode(), null));
                    return Done.getInstance();
                });
    }
}
