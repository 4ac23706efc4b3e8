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
import io.sampo.actors.partition.ReplicaSpec;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.cluster.Genesis;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.config.Listener;
import io.sampo.core.group.GroupSettings;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCommand.Registered;
import io.sampo.core.metadata.ControllerCore;
import io.sampo.core.metadata.InternalTopics;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.VoterSet;
import io.sampo.persistence.journal.LogStorage;
import io.sampo.persistence.log.DataDirectory;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.retention.LogMaintenance;
import io.sampo.tcp.server.BrokerServer;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
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

    /// A disk that needs longer to recover the metadata log is not going to serve clients.
    private static final Duration REGISTRATION_LIMIT = Duration.ofMinutes(5);

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
        LogStorage storage = LogStorage.get(system);
        storage.start(logs);
        RunningConfig running = new RunningConfig(config);
        TopicSettingsSource topics = new TopicSettingsSource(running);
        MetadataPublisher metadata = new MetadataPublisher();
        // First of all that follow the images: the others find the configuration that belongs to theirs.
        metadata.subscribe((_, image) -> running.imageChanged(image));
        PartitionService partitions = PartitionService.start(
                system,
                new PartitionService.Setup(
                        knownBootId(environment),
                        logs,
                        new FilesCutByRecovery(),
                        PartitionActorSettings.DEFAULTS.withProducerExpirationCheckInterval(
                                Duration.ofMillis(config.getInt("producer.id.expiration.check.interval.ms"))),
                        new SteadyClock(),
                        topic -> topics.effective(metadata.image(), topic).logSettings(),
                        topic -> topics.replica(metadata.image(), topic),
                        PartitionService.Network.NONE));
        partitions.ensure(metadataReplica(logs.self(), parts.genesis()));
        ActorRef<Controller.Command> controller = system.systemActorOf(
                Controller.create(
                        partitions.directory(),
                        new ControllerCore(config),
                        metadata,
                        new Controller.Settings(
                                image -> new TreeSet<>(image.nodes().keySet()),
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
        register(controllers, parts);
        // The metadata are whole now, and of the cluster that this directory belongs to.
        logs.setAsideStrays(assigned(metadata.image(), config.nodeId()));
        metadata.subscribe((_, image) -> partitions.imageChanged(image));

        GroupRouter groups = startGroups(system, config, topics, metadata, partitions);
        awaitLeaders(metadata.image(), partitions, logs);
        LogMaintenance maintenance = new LogMaintenance(
                logs,
                new ReplicaRetention(partitions),
                NodeSettings.maintenance(running.get()),
                System::currentTimeMillis);
        maintenance.start();
        running.follow(now -> maintenance.changeCleaner(NodeSettings.cleaner(now)));
        BrokerServer server = BrokerServer.start(
                system,
                NodeSettings.listeners(config, parts.options().properties()),
                NodeSettings.socket(config),
                NodeApis.table(new NodeApis.Parts(
                        system, config, topics, metadata, partitions.directory(), controllers, groups, logs)),
                (mechanism, user) -> scramCredential(metadata.image(), mechanism, user));
        running.follow(now -> server.changeLimits(NodeSettings.connectionLimits(now)));
        return new SampoNode(directory, system, logs, storage, maintenance, server);
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

    /// Who did not found the cluster, or comes back with another disk, begins as a learner.
    private static ReplicaSpec metadataReplica(ReplicaId self, Genesis genesis) {
        VoterSet founders = genesis.voterSet();
        return new ReplicaSpec(
                Controller.METADATA_PARTITION,
                Topic.CLUSTER_METADATA_TOPIC_NAME,
                founders.voters().stream().map(ReplicaId::nodeId).toList(),
                founders.voters().contains(self) ? founders : VoterSet.NONE,
                new ReplicaInput.DesiredReplicas(founders.voters()),
                InternalTopics.metadataLogSettings(),
                ReplicaSettings.DEFAULTS);
    }

    /// Waits as long as the cluster has no controller: most of its founders may still be on their way.
    private static void register(ControllerClient controllers, Parts parts) throws NodeStartException {
        BrokerConfig config = parts.config();
        DataDirectory directory = parts.directory();
        List<NodeImage.Endpoint> advertised = config.advertisedListeners().stream()
                .map((Listener listener) -> new NodeImage.Endpoint(listener.name(), listener.host(), listener.port()))
                .toList();
        NodeImage node = new NodeImage(
                config.nodeId(),
                directory.properties().nodeUuid(),
                directory.self().directoryId(),
                config.rack().orElse(null),
                advertised);
        ControllerCommand.RegisterNode command = new ControllerCommand.RegisterNode(
                node, parts.genesis().clusterId(), config.getBoolean("sampo.node.replace"));
        Registered registered = await(submit(controllers, command), "the metadata log could not be read or written");
        if (registered.error() != Errors.NONE) {
            throw new NodeStartException(registered.message()
                    + ". If that directory is lost for ever, start this node once with sampo.node.replace=true.");
        }
        if (!registered.clusterId().equals(parts.genesis().clusterId())) {
            throw new NodeStartException("INCONSISTENT_CLUSTER_ID: this node belongs to cluster "
                    + parts.genesis().clusterId() + ", and the controller that it found to cluster "
                    + registered.clusterId());
        }
    }

    private static CompletionStage<Registered> submit(
            ControllerClient controllers, ControllerCommand.RegisterNode command) {
        return controllers.submit(command).exceptionallyCompose(failure -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (cause instanceof NotControllerException) {
                LOG.warn("The cluster has no controller yet; waiting for most of its founders");
                return submit(controllers, command);
            }
            return CompletableFuture.failedFuture(cause);
        });
    }

    /// Until every partition of this node has a leader or is known to be offline: then the node serves all it has.
    private static void awaitLeaders(MetadataImage image, PartitionService partitions, FilePartitionLogs logs)
            throws NodeStartException {
        long deadline = System.nanoTime() + REGISTRATION_LIMIT.toNanos();
        image.topics().values().forEach(topic -> LOG.debug("Waiting for the leaders of {}", topic.name()));
        boolean all = false;
        while (!all) {
            all = image.topics().values().stream().allMatch(topic -> {
                for (int partition = 0; partition < topic.partitions().size(); partition++) {
                    var id = topic.partitionId(partition);
                    if (partitions.directory().local(id).isEmpty()
                            && logs.offlineReason(id).isEmpty()) {
                        return false;
                    }
                }
                return true;
            });
            if (!all && System.nanoTime() > deadline) {
                throw new NodeStartException("the partitions of this node did not start in "
                        + REGISTRATION_LIMIT.toMinutes() + " minutes; its log says more");
            }
            if (!all) {
                pause();
            }
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

    private static <T> T await(CompletionStage<T> stage, String problem) throws NodeStartException {
        try {
            return stage.toCompletableFuture().get(REGISTRATION_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | CompletionException | TimeoutException failure) {
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            throw new NodeStartException(problem + ": " + cause.getMessage(), cause);
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
