package io.sampo.actors.sharding;

import io.sampo.actors.cluster.ClusterNodes;
import io.sampo.actors.cluster.MessengerHandle;
import io.sampo.actors.cluster.NodeMessenger;
import io.sampo.actors.cluster.ReplicaRouter;
import io.sampo.actors.partition.CatchUpReads;
import io.sampo.actors.partition.LeaderBoard;
import io.sampo.actors.partition.LeaderDirectory.Transfer;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.LocalReplicas;
import io.sampo.actors.partition.NodeLeaderDirectory;
import io.sampo.actors.partition.PartitionActorSettings;
import io.sampo.actors.partition.ReplicaHost;
import io.sampo.actors.partition.ReplicaSpec;
import io.sampo.core.leadership.GroupLeaders;
import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogs;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaFiles;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.ReplicaTransport;
import io.sampo.core.partition.ReplicationQuotas;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.dispatch.Dispatchers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All partitions of this node, as the node assembly sees them: start it once, feed it images, look leaders up.
///
/// Thread rule: any thread.
public final class PartitionService {
    /// A leader gives a transfer up by itself sooner.
    private static final Duration TRANSFER_LIMIT = Duration.ofSeconds(10);

    /// A node that can be reached answers in milliseconds; one that does not counts as lost.
    private static final Duration STANDING_LIMIT = Duration.ofSeconds(3);

    private static final Logger LOG = LoggerFactory.getLogger(PartitionService.class);

    /// How long the other replicas may take to follow an expiry before it is not reported any more. They do it
    /// all the same.
    private static final int EXPIRY_TIMEOUT_MS = 30_000;

    /// @param bootId identifies the boot of the operating system (`/proc/sys/kernel/random/boot_id`)
    /// @param nowMs a clock that never goes back
    /// @param logSettings effective settings of a topic's logs
    /// @param replicaSettings effective settings of a topic's replicas
    /// @param network to the replicas of other nodes
    /// @param catchUp how replicas that are behind are served
    public record Setup(
            String bootId,
            PartitionLogs logs,
            ReplicaFiles files,
            PartitionActorSettings settings,
            LongSupplier nowMs,
            Function<TopicImage, LogSettings> logSettings,
            Function<TopicImage, ReplicaSettings> replicaSettings,
            Network network,
            CatchUp catchUp) {}

    /// @param quotas of what throttled replicas send and take; their rates may change
    /// @param readDispatcher its threads may wait for a disk
    /// @param readsAtATime `sampo.replication.catch.up.reads`
    public record CatchUp(ReplicationQuotas quotas, String readDispatcher, int readsAtATime) {

        /// Without limits of the rate.
        public static CatchUp unthrottled() {
            return new CatchUp(new ReplicationQuotas(), Dispatchers.DefaultBlockingDispatcherId(), 2);
        }
    }

    /// @param connections carry records and what acknowledges them
    /// @param nodesChanged is told where other nodes take such connections, by node id
    public record Network(ReplicaTransport connections, Consumer<Map<Integer, InetSocketAddress>> nodesChanged) {

        /// Of a node that is to stay alone: what is sent is dropped.
        public static final Network NONE = new Network(
                new ReplicaTransport() {
                    @Override
                    public void send(ReplicaEnvelope envelope) {}

                    @Override
                    public boolean hasRoom(int nodeId) {
                        return true;
                    }

                    @Override
                    public void whenRoom(int nodeId, Runnable resume) {
                        resume.run();
                    }
                },
                _ -> {});
    }

    private final ActorSystem<?> system;
    private final ReplicaHost host;
    private final NodeLeaderDirectory directory;
    private final ActorRef<LocalReplicas.Command> localReplicas;
    private final MessengerHandle messenger;
    private final AtomicReference<MetadataImage> image;
    private @Nullable CompletionStage<Done> stopped;

    private PartitionService(
            ActorSystem<?> system,
            ReplicaHost host,
            NodeLeaderDirectory directory,
            ActorRef<LocalReplicas.Command> localReplicas,
            MessengerHandle messenger,
            AtomicReference<MetadataImage> image) {
        this.image = image;
        this.messenger = messenger;
        this.system = system;
        this.host = host;
        this.directory = directory;
        this.localReplicas = localReplicas;
    }

    /// Starts sharding and the node's replicas. Closes them when the actor system is shut down in good order
    /// (CoordinatedShutdown, phase service-stop): leadership ends, logs are closed cleanly.
    public static PartitionService start(ActorSystem<?> system, Setup setup) {
        int nodeId = setup.logs().self().nodeId();
        LeaderBoard board = new LeaderBoard(nodeId, setup.settings().successionMaxWait());
        NodeLeaderDirectory directory = new NodeLeaderDirectory(board);
        // Replicas and messenger know each other; nothing is sent before both are there.
        AtomicReference<@Nullable MessengerHandle> messengerLater = new AtomicReference<>();
        ReplicaHost host = new ReplicaHost(
                setup.bootId(),
                setup.logs(),
                setup.files(),
                directory,
                setup.settings(),
                setup.nowMs(),
                new ReplicaRouter(
                        setup.network().connections(),
                        envelope -> messenger(messengerLater).send(envelope),
                        node -> messenger(messengerLater).nodes().hearsThisNode(node)),
                node -> messenger(messengerLater).nodes().isReachable(node),
                id -> messenger(messengerLater).opened(id),
                setup.catchUp().quotas(),
                new CatchUpReads(
                        system.dispatchers()
                                .lookup(DispatcherSelector.fromConfig(
                                        setup.catchUp().readDispatcher())),
                        setup.catchUp().readsAtATime()));
        MessengerHandle messenger = NodeMessenger.start(
                system,
                new NodeMessenger.Environment(
                        nodeId,
                        board,
                        host,
                        host::transfer,
                        host::standing,
                        setup.network().nodesChanged(),
                        host::give,
                        host.endedReplicas()::take,
                        setup.nowMs(),
                        setup.settings().helloInterval(),
                        setup.settings().nodeLostAfter()));
        messengerLater.set(messenger);
        directory.transferBy((id, target) -> transfer(messenger, board, host, id, target));
        directory.standingsBy((id, nodeIds) -> standings(messenger, host, id, nodeIds));
        AtomicReference<MetadataImage> image = new AtomicReference<>(MetadataImage.EMPTY);
        ShardedPartitions entities =
                ShardedPartitions.start(system, nodeId, host, () -> GroupLeaders.of(image.get(), board));
        ActorRef<LocalReplicas.Command> localReplicas = system.systemActorOf(
                LocalReplicas.create(host, entities, setup.logSettings(), setup.replicaSettings()),
                "sampo-local-replicas",
                Props.empty());
        PartitionService service = new PartitionService(system, host, directory, localReplicas, messenger, image);
        CoordinatedShutdown.get(system)
                .addTask(CoordinatedShutdown.PhaseServiceStop(), "close-partitions", service::stop);
        return service;
    }

    private static MessengerHandle messenger(AtomicReference<@Nullable MessengerHandle> later) {
        return Objects.requireNonNull(later.get(), "the messenger has not started");
    }

    private static CompletionStage<Transfer> transfer(
            MessengerHandle messenger, LeaderBoard board, ReplicaHost host, PartitionId id, int target) {
        Optional<LeaderView.Leadership> leadership = board.leadership(id);
        if (leadership.isEmpty()) {
            return CompletableFuture.completedStage(new Transfer(false, "the partition has no leader"));
        }
        int leader = leadership.get().nodeId();
        return leader == target
                ? CompletableFuture.completedStage(new Transfer(true, ""))
                : leader == host.nodeId()
                        ? host.transfer(id, target)
                        : messenger.move(leader, id, target, TRANSFER_LIMIT);
    }

    private static CompletionStage<List<ReplicaStanding>> standings(
            MessengerHandle messenger, ReplicaHost host, PartitionId id, Collection<Integer> nodeIds) {
        CompletionStage<List<ReplicaStanding>> all = CompletableFuture.completedStage(List.of());
        List<CompletionStage<Optional<ReplicaStanding>>> asked = new ArrayList<>();
        for (int nodeId : nodeIds) {
            if (nodeId == host.nodeId()) {
                asked.add(host.standing(id));
            } else if (messenger.nodes().isReachable(nodeId)) {
                asked.add(messenger.standing(nodeId, id, STANDING_LIMIT));
            }
        }
        for (CompletionStage<Optional<ReplicaStanding>> one : asked) {
            all = all.thenCombine(
                    one,
                    (before, standing) ->
                            Stream.concat(before.stream(), standing.stream()).toList());
        }
        return all;
    }

    private static Duration shutdownTimeout(ActorSystem<?> system) {
        return system.settings().config().getDuration("pekko.coordinated-shutdown.phases.service-stop.timeout");
    }

    public NodeLeaderDirectory directory() {
        return directory;
    }

    /// The members of the cluster, as this node sees them.
    public ClusterNodes nodes() {
        return messenger.nodes();
    }

    /// Takes what other nodes send over replication connections.
    public ReplicaTransport.Receiver receiver() {
        return host;
    }

    /// To be told about the connections for records.
    public ReplicaTransport.ConnectionListener connectionListener() {
        return messenger.connectionListener();
    }

    /// This node takes replication connections at `address`: tells the others.
    public void listening(InetSocketAddress address) {
        messenger.listening(address);
    }

    /// To be called with every new image, in order.
    public void imageChanged(MetadataImage newImage) {
        image.set(newImage);
        localReplicas.tell(new LocalReplicas.ImageChanged(newImage));
    }

    /// Runs a replica whatever the images say: the metadata log, before there is an image.
    public void ensure(ReplicaSpec spec) {
        localReplicas.tell(new LocalReplicas.Ensure(spec));
    }

    /// See [ReplicaHost#whenSetBack].
    public void whenSetBack(BiConsumer<PartitionId, String> listener) {
        host.whenSetBack(listener);
    }

    /// What a partition that is led here lets be read; for housekeeping of its log.
    public Optional<ReadView> view(PartitionId id) {
        return directory.local(id).map(LeaderHandle::view);
    }

    /// Proposes that records below `newLogStartOffset` have expired; the leader deletes them the way DeleteRecords
    /// does it, or refuses.
    public void advanceLogStart(PartitionId id, long newLogStartOffset) {
        directory
                .local(id)
                .ifPresent(leader ->
                        leader.deleteRecords(newLogStartOffset, EXPIRY_TIMEOUT_MS, (error, lowWatermark) -> {
                            if (error == Errors.NONE) {
                                LOG.info(
                                        "{} of topic {} starts at offset {} now",
                                        id,
                                        leader.log().topic(),
                                        lowWatermark);
                            }
                        }));
    }

    /// Asks a replica for a checkpoint soon; one that is busy with a checkpoint or not open ignores it.
    public void requestCheckpoint(PartitionId id) {
        host.requestCheckpoint(id);
    }

    /// A check of this node's log of the partition found damage; to be said again every few seconds while it is
    /// known.
    ///
    /// @param toOffset exclusive
    public void damageFound(PartitionId id, long fromOffset, long toOffset) {
        host.give(id, new ReplicaInput.DamageFound(fromOffset, toOffset));
    }

    /// Closes all partitions: leadership ends, logs are closed cleanly. Done once, however often it is asked for.
    public synchronized CompletionStage<Done> stop() {
        if (stopped == null) {
            stopped =
                    AskPattern.ask(localReplicas, LocalReplicas.Stop::new, shutdownTimeout(system), system.scheduler());
        }
        return stopped;
    }
}
