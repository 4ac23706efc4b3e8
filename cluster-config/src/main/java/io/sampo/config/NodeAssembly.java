package io.sampo.config;

import io.sampo.actors.group.GroupCoordinator;
import io.sampo.actors.group.GroupCoordinators;
import io.sampo.actors.group.GroupRouter;
import io.sampo.actors.group.SteadyClock;
import io.sampo.actors.metadata.Controller;
import io.sampo.actors.metadata.ControllerClient;
import io.sampo.actors.metadata.ControllerGateway;
import io.sampo.actors.metadata.MetadataPublisher;
import io.sampo.actors.partition.PartitionActorSettings;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.group.GroupSettings;
import io.sampo.core.metadata.ControllerCore;
import io.sampo.core.metadata.InternalTopics;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.ReplicationQuotas;
import io.sampo.persistence.journal.LogStorage;
import io.sampo.persistence.log.DataDirectory;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.retention.LogMaintenance;
import io.sampo.persistence.scrub.LogScrubber;
import io.sampo.tcp.server.BrokerServer;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.internals.ScramCredentialUtils;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts the modules together and starts them in order: the only place that knows them all.
///
/// Thread rule: the thread that starts the process.
final class NodeAssembly {
    private static final Logger LOG = LoggerFactory.getLogger(NodeAssembly.class);

    /// A disk that needs longer to recover its partitions is not going to serve clients.
    private static final Duration RECOVERY_LIMIT = Duration.ofMinutes(5);

    /// Elections take a few seconds where a majority is there.
    private static final Duration LEADERS_LIMIT = Duration.ofSeconds(10);

    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(30);

    private NodeAssembly() {}

    /// @param config with the node's id
    /// @param directory locked by this process
    /// @param system in its cluster or on its way into it
    /// @param genesis of that cluster
    record Parts(
            NodeOptions options,
            NodeEnvironment environment,
            BrokerConfig config,
            DataDirectory directory,
            ActorSystem<Void> system,
            Genesis genesis,
            NodeSurroundings surroundings) {}

    /// Starts what a node consists of, in this order: the log storage, sharding with the metadata partition's
    /// replica, the controller, this node's registration, all other replicas, and last the listeners: a client that
    /// connects meets a node that serves.
    ///
    /// @throws NodeStartException with a message for the node's user; the caller ends the system and the directory
    static SampoNode assemble(Parts parts) throws NodeStartException, IOException {
        BrokerConfig config = parts.config();
        DataDirectory directory = parts.directory();
        ActorSystem<Void> system = parts.system();
        NodeEnvironment environment = parts.environment();
        FilePartitionLogs logs = new FilePartitionLogs(
                directory, NodeSettings.logStore(config), InstantSource.system(), environment.bootId());
        if (logs.isMissing(Controller.METADATA_PARTITION)) {
            logs.close();
            throw new NodeStartException("the metadata log vanished from " + directory.path()
                    + ", and it says which topics there are: restore its directory "
                    + Topic.CLUSTER_METADATA_TOPIC_NAME + "-0 and start again");
        }
        parts.surroundings().closeWhenFailed(logs::close);
        LogStorage storage = LogStorage.get(system);
        storage.start(logs);
        parts.surroundings().closeWhenFailed(storage::close);
        RunningConfig running = new RunningConfig(config);
        TopicSettingsSource topics = new TopicSettingsSource(running);
        MetadataPublisher metadata = new MetadataPublisher();
        // First of all that follow the images: the others find the configuration that belongs to theirs.
        metadata.subscribe((_, image) -> running.imageChanged(image));
        NodeReplication replication = new NodeReplication(
                system, parts.genesis().clusterId(), logs.self(), NodeSettings.replicationSocket(config));
        parts.surroundings().closeWhenFailed(replication::close);
        ReplicationQuotas quotas = NodeSettings.replicationQuotas(config);
        running.follow(now -> NodeSettings.changeRates(quotas, now));
        PartitionService partitions = PartitionService.start(
                system,
                new PartitionService.Setup(
                        knownBootId(environment),
                        logs,
                        logs,
                        PartitionActorSettings.DEFAULTS.withProducerExpirationCheckInterval(
                                Duration.ofMillis(config.getInt("producer.id.expiration.check.interval.ms"))),
                        new SteadyClock(),
                        topic -> topics.effective(metadata.image(), topic).logSettings(),
                        topic -> topics.replica(metadata.image(), topic),
                        replication.network(),
                        new PartitionService.CatchUp(
                                quotas,
                                "sampo.blocking-io-dispatcher",
                                config.getInt("sampo.replication.catch.up.reads"))));
        replication.serve(system, config, partitions);
        partitions.whenSetBack((id, why) -> {
            if (id.equals(Controller.METADATA_PARTITION)) {
                // Without them it would serve clients by what the cluster was once.
                parts.surroundings().giveUp(why);
            }
        });
        MetadataReplica metadataReplica = new MetadataReplica(
                partitions,
                logs.self(),
                parts.genesis(),
                new ReplicaSettings(
                        1,
                        ReplicaSettings.DEFAULTS.producerIdExpirationMs(),
                        ReplicaSettings.DEFAULTS.maxProducerIds(),
                        NodeSettings.replication(config)));
        metadataReplica.start();
        ActorRef<Controller.Command> controller = system.systemActorOf(
                Controller.create(
                        partitions.directory(),
                        new ControllerCore(config),
                        metadata,
                        new Controller.Settings(
                                image -> live(image, config.nodeId(), partitions),
                                config.getInt("sampo.metadata.max.pending.commands"),
                                InternalTopics.metadataLogSettings().maxMessageBytes())),
                ControllerGateway.CONTROLLER_NAME,
                DispatcherSelector.blocking());
        ControllerClient controllers = ControllerGateway.start(
                system,
                config.nodeId(),
                controller,
                partitions.directory(),
                ControllerGateway.members(system),
                metadata,
                new ControllerGateway.Settings(COMMAND_LIMIT, config.getInt("sampo.metadata.max.pending.commands")));
        parts.surroundings().metadataStarted(partitions.directory(), controllers);
        NodeRegistration registration = new NodeRegistration(parts, controllers);
        registration.register(registration.endpoints(Map.of()));
        registration.awaitMetadata(metadata);
        // The metadata are whole now, and of the cluster that this directory belongs to.
        logs.setAsideStrays(assigned(metadata.image(), config.nodeId()));
        metadata.subscribe((_, image) -> {
            metadataReplica.imageChanged(image);
            partitions.imageChanged(image);
        });

        GroupRouter groups = startGroups(system, config, topics, metadata, partitions);
        awaitLeaders(parts, metadata.image(), partitions, logs);
        LogMaintenance maintenance = new LogMaintenance(
                logs,
                new ReplicaRetention(partitions),
                NodeSettings.maintenance(running.get()),
                System::currentTimeMillis);
        maintenance.start();
        parts.surroundings().closeWhenFailed(maintenance::close);
        running.follow(now -> maintenance.changeCleaner(NodeSettings.cleaner(now)));
        LogScrubber scrubber = new LogScrubber(
                logs, partitions::damageFound, NodeSettings.scrub(running.get()), System::currentTimeMillis);
        scrubber.start();
        parts.surroundings().closeWhenFailed(scrubber::close);
        running.follow(now -> scrubber.change(NodeSettings.scrub(now)));
        BrokerServer server = BrokerServer.start(
                system,
                NodeSettings.listeners(config, parts.options().properties()),
                NodeSettings.socket(config),
                NodeApis.table(new NodeApis.Parts(
                        system,
                        config,
                        topics,
                        metadata,
                        partitions.directory(),
                        partitions.nodes()::isReachable,
                        controllers,
                        groups,
                        logs)),
                (mechanism, user) -> scramCredential(metadata.image(), mechanism, user));
        parts.surroundings().closeWhenFailed(() -> server.stop(Duration.ZERO));
        running.follow(now -> server.changeLimits(NodeSettings.connectionLimits(now)));
        if (config.listeners().stream().anyMatch(listener -> listener.port() == 0)) {
            registration.register(registration.endpoints(server.boundAddresses()));
        }
        return new SampoNode(new SampoNode.Parts(
                directory,
                system,
                logs,
                storage,
                maintenance,
                scrubber,
                server,
                partitions,
                replication,
                parts.surroundings()));
    }

    /// Registered nodes that can be reached, as far as this node knows.
    private static SortedSet<Integer> live(MetadataImage image, int self, PartitionService partitions) {
        SortedSet<Integer> live = new TreeSet<>(image.nodes().keySet());
        live.removeIf(node -> node != self && !partitions.nodes().isReachable(node));
        return live;
    }

    private static @Nullable ScramCredential scramCredential(MetadataImage image, String mechanism, String user) {
        String stored = image.scramCredentials()
                .getOrDefault(mechanism, Collections.emptySortedMap())
                .get(user);
        return stored == null ? null : ScramCredentialUtils.credentialFromString(stored);
    }

    private static GroupRouter startGroups(
            ActorSystem<Void> system,
            BrokerConfig config,
            TopicSettingsSource topics,
            MetadataPublisher metadata,
            PartitionService partitions) {
        GroupSettings settings = NodeSettings.groups(config);
        GroupRouter router = new GroupRouter(metadata, partitions.directory(), settings);
        ActorRef<GroupCoordinators.Command> coordinators = system.systemActorOf(
                GroupCoordinators.create(
                        partitions.directory(),
                        router,
                        new GroupCoordinator.Environment(
                                settings,
                                new SteadyClock(),
                                () -> Uuid.randomUuid().toString(),
                                () -> topics.maxGroupBatchBytes(metadata.image()),
                                CompressionType.forId(config.getInt("offsets.topic.compression.codec")),
                                "sampo.blocking-io-dispatcher")),
                "sampo-group-coordinators",
                Props.empty());
        metadata.subscribe((before, after) -> {
            Set<String> deleted = new HashSet<>();
            before.topics().forEach((name, topic) -> {
                if (after.topic(topic.id()) == null) {
                    deleted.add(name);
                }
            });
            if (!deleted.isEmpty()) {
                coordinators.tell(new GroupCoordinators.TopicsDeleted(deleted));
            }
        });
        return router;
    }

    private static Set<PartitionId> assigned(MetadataImage image, int nodeId) {
        Set<PartitionId> assigned = new HashSet<>();
        assigned.add(Controller.METADATA_PARTITION);
        image.topics().values().forEach(topic -> {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                if (topic.partitions().get(partition).replicas().contains(nodeId)) {
                    assigned.add(topic.partitionId(partition));
                }
            }
        });
        return assigned;
    }

    /// Until every partition of this node has a leader somewhere or is known to be offline. A node that is alone
    /// then serves all that it has; where others are missing, partitions may be without a leader for long, and the
    /// node serves what it can.
    private static void awaitLeaders(
            Parts parts, MetadataImage image, PartitionService partitions, FilePartitionLogs logs)
            throws NodeStartException {
        List<PartitionId> waiting =
                new ArrayList<>(assigned(image, parts.config().nodeId()));
        boolean alone = image.nodes().size() <= 1;
        long deadline = System.nanoTime() + (alone ? RECOVERY_LIMIT : LEADERS_LIMIT).toNanos();
        while (true) {
            waiting.removeIf(id -> partitions.directory().leadership(id).isPresent()
                    || logs.offlineReason(id).isPresent());
            if (waiting.isEmpty()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                if (alone) {
                    throw new NodeStartException("the partitions of this node did not start in "
                            + RECOVERY_LIMIT.toMinutes() + " minutes; its log says more");
                }
                LOG.warn("{} partitions of this node have no leader yet", waiting.size());
                return;
            }
            parts.surroundings().requireRunning();
            pause();
        }
    }

    private static void pause() throws NodeStartException {
        try {
            TimeUnit.MILLISECONDS.sleep(5);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new NodeStartException("the start was interrupted", interrupted);
        }
    }

    private static String knownBootId(NodeEnvironment environment) {
        // Where the system has no such id, every start counts as one after a crash of the machine.
        return environment.bootId().isEmpty() ? Uuid.randomUuid().toString() : environment.bootId();
    }
}
