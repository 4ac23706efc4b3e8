package io.sampo.streams.admin;

import io.sampo.streams.connection.Backoff;
import io.sampo.streams.connection.Cluster;
import io.sampo.streams.connection.ClusterConnections;
import io.sampo.streams.connection.Coordinators;
import io.sampo.streams.connection.Timers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.pekko.Done;

/// Topics, settings, groups and offsets of a cluster.
///
/// Every call finds the node that can serve it (controller, leader, coordinator) and tries again while that one
/// moves, is loading or cannot be reached, until `default.api.timeout.ms` is over: then it fails with a
/// [org.apache.kafka.common.errors.TimeoutException] whose cause is the last failure. What a broker refuses
/// fails at once with Kafka's exception for it, named below; a call that a broker does not have fails with
/// [io.sampo.streams.UnsupportedFeature]. After a failure of the network a call that changes something may have
/// been done, and done twice: `createTopic` may then fail with `TopicExistsException` although it was this call
/// that made it.
///
/// {@snippet file="AdminGuideTest.java" region="topics"}
///
/// Thread rule: any thread. Stages complete on a thread of a connection, which must not be held up.
public final class Admin {

    private final Routing routing;
    private final TopicCalls topics;
    private final ConfigCalls configs;
    private final GroupCalls groups;
    private final OffsetCalls offsets;

    /// Of the client's own use: [io.sampo.streams.StreamClient#admin] gives one to an application.
    ///
    /// @param retry the pause before a call is tried again
    /// @param requestTimeoutMs `request.timeout.ms`, for each attempt
    /// @param apiTimeoutMs `default.api.timeout.ms`, for all of them
    public Admin(
            Cluster cluster,
            Coordinators coordinators,
            Timers timers,
            Backoff retry,
            long requestTimeoutMs,
            long apiTimeoutMs) {
        this.routing = new Routing(cluster, coordinators, timers, retry, requestTimeoutMs, apiTimeoutMs);
        this.topics = new TopicCalls(routing);
        this.configs = new ConfigCalls(routing);
        this.groups = new GroupCalls(routing);
        this.offsets = new OffsetCalls(routing);
    }

    /// Of the client's own use, over connections that others use, too.
    public static Admin over(ClusterConnections cluster, Coordinators coordinators) {
        return new Admin(
                cluster,
                coordinators,
                cluster.timers(),
                cluster.settings().retry(),
                cluster.settings().requestTimeoutMs(),
                cluster.settings().defaultApiTimeoutMs());
    }

    /// @return fails with `TopicExistsException`, `InvalidTopicException`, `InvalidReplicationFactorException`,
    ///     `InvalidConfigurationException`, `PolicyViolationException`, ...
    public CompletionStage<Done> createTopic(NewTopic topic) {
        return topics.create(topic);
    }

    /// Deletes a topic with all its records.
    ///
    /// @return fails with `UnknownTopicOrPartitionException`, `TopicAuthorizationException`, ...
    public CompletionStage<Done> deleteTopic(String topic) {
        return topics.delete(topic);
    }

    /// Adds partitions. Keys go to other partitions from then on.
    ///
    /// @param totalCount of partitions afterwards; more than there are
    /// @return fails with `InvalidPartitionsException`, `UnknownTopicOrPartitionException`, ...
    public CompletionStage<Done> increasePartitions(String topic, int totalCount) {
        return topics.increasePartitions(topic, totalCount);
    }

    /// The names of all topics that this client may see, without the cluster's internal ones.
    public CompletionStage<Set<String>> listTopics() {
        return topics.list();
    }

    /// @return fails with `UnknownTopicOrPartitionException` when it does not exist. It is not created
    public CompletionStage<TopicDescription> describeTopic(String topic) {
        return topics.describe(topic);
    }

    /// All settings of a topic or broker, by name.
    ///
    /// @return fails with `UnknownTopicOrPartitionException`, `TopicAuthorizationException`, ...
    public CompletionStage<Map<String, ConfigEntry>> describeConfigs(ConfigResource resource) {
        return configs.describe(resource);
    }

    /// Changes these settings and no others, all or none.
    ///
    /// @param changes empty: back to the default
    /// @return fails with `InvalidConfigurationException`, `InvalidRequestException`, ...
    public CompletionStage<Done> alterConfigs(ConfigResource resource, Map<String, Optional<String>> changes) {
        return configs.alter(resource, Map.copyOf(changes));
    }

    /// All groups, of whatever kind, by their id. Fails when one node cannot be asked: its groups would be missing.
    public CompletionStage<List<GroupListing>> listGroups() {
        return groups.list();
    }

    /// @return fails with `GroupIdNotFoundException`, `GroupAuthorizationException`
    public CompletionStage<GroupDescription> describeGroup(String groupId) {
        return groups.describe(groupId);
    }

    /// What a group has committed; empty for one that does not exist. Partitions without an offset are not in it.
    ///
    /// @return fails with `GroupAuthorizationException`
    public CompletionStage<Map<TopicPartition, CommittedOffset>> groupOffsets(String groupId) {
        return groups.offsets(groupId);
    }

    /// Sets where a group will go on, and makes the group if there is none. Nobody may be consuming with
    /// it: this is how a group goes back, or forward, as no consumption can while it runs.
    ///
    /// {@snippet file="AdminGuideTest.java" region="group-offsets"}
    ///
    /// @param nextOffsets of the next record to be read; partitions that are not named stay as they are
    /// @return fails with `UnknownMemberIdException` while the group has members
    public CompletionStage<Done> resetGroupOffsets(String groupId, Map<TopicPartition, Long> nextOffsets) {
        return groups.commit(groupId, Map.copyOf(nextOffsets));
    }

    /// Forgets what a group has committed for these partitions.
    ///
    /// @return fails with `GroupIdNotFoundException`, or with `GroupSubscribedToTopicException` while members
    ///     consume the topic
    public CompletionStage<Done> deleteGroupOffsets(String groupId, Set<TopicPartition> partitions) {
        return groups.deleteOffsets(groupId, Set.copyOf(partitions));
    }

    /// Deletes a group with all its offsets.
    ///
    /// @return fails with `GroupNotEmptyException` while it has members, or `GroupIdNotFoundException`
    public CompletionStage<Done> deleteGroup(String groupId) {
        return groups.delete(groupId);
    }

    /// The brokers of the cluster, as any one of them knows them now.
    ///
    /// @return fails with `ClusterAuthorizationException` where a broker wants a permission for it, and
    ///     with [io.sampo.streams.UnsupportedFeature] from a broker before 2.8
    public CompletionStage<ClusterDescription> describeCluster() {
        return routing.toAny(() -> new DescribeClusterRequest.Builder(new DescribeClusterRequestData()), body -> {
            var data = ((DescribeClusterResponse) body).data();
            TopicCalls.check(data.errorCode(), data.errorMessage());
            List<ClusterDescription.Node> nodes = new ArrayList<>();
            data.brokers()
                    .forEach(broker -> nodes.add(new ClusterDescription.Node(
                            broker.brokerId(), broker.host(), broker.port(), Optional.ofNullable(broker.rack()))));
            nodes.sort(Comparator.comparingInt(ClusterDescription.Node::id));
            return new ClusterDescription(
                    data.clusterId(),
                    data.controllerId() < 0 ? OptionalInt.empty() : OptionalInt.of(data.controllerId()),
                    List.copyOf(nodes));
        });
    }

    /// Finds offsets by time. The end is that of all records, those of open transactions included.
    ///
    /// @return every partition that was asked for; fails with `UnknownTopicOrPartitionException`, ...
    public CompletionStage<Map<TopicPartition, FoundOffset>> listOffsets(Map<TopicPartition, OffsetTime> times) {
        return listOffsets(times, IsolationLevel.READ_UNCOMMITTED);
    }

    /// As [#listOffsets(Map)].
    ///
    /// @param isolation with READ_COMMITTED the end is before the first open transaction
    public CompletionStage<Map<TopicPartition, FoundOffset>> listOffsets(
            Map<TopicPartition, OffsetTime> times, IsolationLevel isolation) {
        return offsets.find(Map.copyOf(times), isolation);
    }

    /// Deletes the records before these offsets for good.
    ///
    /// @param firstOffsets the first that stays; -1: nothing stays that is committed now
    /// @return the first offset of each partition; fails with `OffsetOutOfRangeException` for one beyond the
    ///     end, or `PolicyViolationException` for a compacted topic
    public CompletionStage<Map<TopicPartition, Long>> deleteRecords(Map<TopicPartition, Long> firstOffsets) {
        return offsets.deleteRecords(Map.copyOf(firstOffsets));
    }
}
