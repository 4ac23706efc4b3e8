package io.sampo.config;

import io.sampo.actors.api.ConfigsHandler;
import io.sampo.actors.api.Deadlines;
import io.sampo.actors.api.DeleteRecordsHandler;
import io.sampo.actors.api.DescribeClusterHandler;
import io.sampo.actors.api.DescribeLogDirsHandler;
import io.sampo.actors.api.DescribeQuorumHandler;
import io.sampo.actors.api.DescribeTopicPartitionsHandler;
import io.sampo.actors.api.ElectLeadersHandler;
import io.sampo.actors.api.FetchHandler;
import io.sampo.actors.api.FetchSessionShards;
import io.sampo.actors.api.FindCoordinatorHandler;
import io.sampo.actors.api.GroupAdminHandler;
import io.sampo.actors.api.GroupMembershipHandler;
import io.sampo.actors.api.GuardedHandler;
import io.sampo.actors.api.InitProducerIdHandler;
import io.sampo.actors.api.ListOffsetsHandler;
import io.sampo.actors.api.LocalPartitions;
import io.sampo.actors.api.MetadataHandler;
import io.sampo.actors.api.NodeAddresses;
import io.sampo.actors.api.OffsetCommitHandler;
import io.sampo.actors.api.OffsetDeleteHandler;
import io.sampo.actors.api.OffsetFetchHandler;
import io.sampo.actors.api.OffsetForLeaderEpochHandler;
import io.sampo.actors.api.ProduceHandler;
import io.sampo.actors.api.ReadReplicas;
import io.sampo.actors.api.ReassignmentsHandler;
import io.sampo.actors.api.ScramCredentialsHandler;
import io.sampo.actors.api.TopicChangesHandler;
import io.sampo.actors.api.UncleanElection;
import io.sampo.actors.api.UnregisterBrokerHandler;
import io.sampo.actors.group.GroupRouter;
import io.sampo.actors.metadata.ControllerClient;
import io.sampo.actors.metadata.LeaderWait;
import io.sampo.actors.metadata.MetadataPublisher;
import io.sampo.actors.metadata.ProducerIds;
import io.sampo.actors.metadata.TopicCreator;
import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.core.api.ApiTable;
import io.sampo.core.api.ApiVersionsHandler;
import io.sampo.core.api.RequestHandler;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.fetch.FetchSettings;
import io.sampo.core.partition.PartitionLogs;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntPredicate;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.jspecify.annotations.Nullable;

/// Which APIs this node serves, in which versions, and who answers them. An API that is not named here does not
/// exist for clients.
final class NodeApis {
    /// Versions 0-2 are advertised because older librdkafka takes their absence for a missing feature
    /// (KAFKA-18659).
    private static final short PRODUCE_FIRST_SERVED = 3;

    /// How long FindCoordinator lets the leaders of a new `__consumer_offsets` come up before the client asks
    /// again.
    private static final Duration INTERNAL_TOPIC_WAIT = Duration.ofSeconds(10);

    /// What the handlers work with; all of this node.
    record Parts(
            ActorSystem<?> system,
            BrokerConfig config,
            TopicSettingsSource topics,
            MetadataPublisher metadata,
            LeaderDirectory leaders,
            IntPredicate live,
            ControllerClient controllers,
            GroupRouter groups,
            PartitionLogs logs) {}

    private final Parts parts;
    private final NodeAddresses addresses;
    private final ApiTable.Builder apis = ApiTable.builder();

    private NodeApis(Parts parts) {
        this.parts = parts;
        this.addresses = new NodeAddresses(
                parts.config.nodeId(),
                parts.live,
                !parts.config.advertisedListeners().isEmpty());
    }

    static ApiTable table(Parts parts) {
        NodeApis node = new NodeApis(parts);
        node.dataPath();
        node.metadata();
        node.cluster();
        node.groups();
        AtomicReference<@Nullable ApiTable> built = new AtomicReference<>();
        node.serve(
                new ApiVersionsHandler(
                        () -> Objects.requireNonNull(built.get()),
                        parts.metadata.image().clusterId(),
                        parts.config.nodeId(),
                        ApiVersionsHandler.features(),
                        Math.max(0, parts.metadata.image().offset())),
                ApiKeys.API_VERSIONS);
        ApiTable table = node.apis.build();
        built.set(table);
        return table;
    }

    private void dataPath() {
        Executor blocking = executor("sampo.blocking-io-dispatcher");
        LocalPartitions local = new LocalPartitions(parts.metadata, parts.leaders, parts.logs);
        FetchSettings fetch = NodeSettings.fetch(parts.config);
        apis.serve(
                ApiKeys.PRODUCE,
                (short) 0,
                PRODUCE_FIRST_SERVED,
                ApiKeys.PRODUCE.latestVersion(false),
                new GuardedHandler(new ProduceHandler(local, parts.topics.forHandlers(), System::currentTimeMillis)));
        serve(
                new FetchHandler(
                        local,
                        parts.topics.forHandlers(),
                        new ReadReplicas(addresses, parts.config.given().get("replica.selector.class")),
                        fetch,
                        new FetchSessionShards(fetch),
                        Deadlines.of(parts.system.classicSystem().scheduler(), executor("sampo.replica-dispatcher")),
                        System::currentTimeMillis),
                ApiKeys.FETCH);
        serve(new ListOffsetsHandler(local, blocking), ApiKeys.LIST_OFFSETS);
        serve(new OffsetForLeaderEpochHandler(local), ApiKeys.OFFSET_FOR_LEADER_EPOCH);
        serve(new DeleteRecordsHandler(local, parts.topics.forHandlers()), ApiKeys.DELETE_RECORDS);
        serve(new DescribeLogDirsHandler(parts.logs, blocking), ApiKeys.DESCRIBE_LOG_DIRS);
    }

    private void metadata() {
        LeaderWait leaderWait = new LeaderWait(parts.system, parts.leaders);
        TopicCreator creator = new TopicCreator(parts.controllers, parts.metadata, leaderWait, parts.config);
        serve(new MetadataHandler(parts.metadata, parts.leaders, addresses, creator, parts.config), ApiKeys.METADATA);
        serve(new DescribeClusterHandler(parts.metadata, parts.leaders, addresses), ApiKeys.DESCRIBE_CLUSTER);
        serve(
                new DescribeTopicPartitionsHandler(parts.metadata, parts.leaders, addresses, parts.config),
                ApiKeys.DESCRIBE_TOPIC_PARTITIONS);
        serve(
                new TopicChangesHandler(parts.controllers, creator),
                ApiKeys.CREATE_TOPICS,
                ApiKeys.DELETE_TOPICS,
                ApiKeys.CREATE_PARTITIONS);
        serve(
                new ConfigsHandler(parts.controllers, parts.metadata, parts.config),
                ApiKeys.DESCRIBE_CONFIGS,
                ApiKeys.ALTER_CONFIGS,
                ApiKeys.INCREMENTAL_ALTER_CONFIGS);
        serve(
                new ScramCredentialsHandler(parts.controllers, parts.metadata),
                ApiKeys.DESCRIBE_USER_SCRAM_CREDENTIALS,
                ApiKeys.ALTER_USER_SCRAM_CREDENTIALS);
        serve(
                new InitProducerIdHandler(new ProducerIds(parts.config.nodeId(), parts.controllers)),
                ApiKeys.INIT_PRODUCER_ID);
        serve(
                new FindCoordinatorHandler(
                        addresses,
                        parts.groups,
                        parts.metadata,
                        parts.leaders,
                        name -> creator.createAutomatically(List.of(name), INTERNAL_TOPIC_WAIT)),
                ApiKeys.FIND_COORDINATOR);
    }

    private void cluster() {
        serve(
                new ReassignmentsHandler(parts.controllers, parts.metadata),
                ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                ApiKeys.LIST_PARTITION_REASSIGNMENTS);
        UncleanElection unclean = new UncleanElection(
                parts.metadata, parts.leaders, parts.controllers, new LeaderWait(parts.system, parts.leaders));
        serve(new ElectLeadersHandler(parts.metadata, parts.leaders, unclean), ApiKeys.ELECT_LEADERS);
        serve(new UnregisterBrokerHandler(parts.controllers), ApiKeys.UNREGISTER_BROKER);
        serve(new DescribeQuorumHandler(parts.controllers), ApiKeys.DESCRIBE_QUORUM);
    }

    private void groups() {
        serve(
                new GroupMembershipHandler(parts.groups),
                ApiKeys.JOIN_GROUP,
                ApiKeys.SYNC_GROUP,
                ApiKeys.HEARTBEAT,
                ApiKeys.LEAVE_GROUP);
        serve(new GroupAdminHandler(parts.groups), ApiKeys.LIST_GROUPS, ApiKeys.DESCRIBE_GROUPS, ApiKeys.DELETE_GROUPS);
        serve(new OffsetCommitHandler(parts.groups, parts.metadata), ApiKeys.OFFSET_COMMIT);
        serve(new OffsetFetchHandler(parts.groups, parts.metadata), ApiKeys.OFFSET_FETCH);
        serve(new OffsetDeleteHandler(parts.groups, parts.metadata), ApiKeys.OFFSET_DELETE);
    }

    private Executor executor(String dispatcher) {
        return parts.system.dispatchers().lookup(DispatcherSelector.fromConfig(dispatcher));
    }

    private void serve(RequestHandler handler, ApiKeys... keys) {
        RequestHandler guarded = new GuardedHandler(handler);
        for (ApiKeys key : keys) {
            apis.serve(key, guarded);
        }
    }
}
