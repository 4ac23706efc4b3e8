package io.sampo.actors.sharding;

import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.LocalReplicas;
import io.sampo.actors.partition.NodeLeaderDirectory;
import io.sampo.actors.partition.PartitionActorSettings;
import io.sampo.actors.partition.ReplicaHost;
import io.sampo.actors.partition.ReplicaSpec;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogs;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.common.protocol.Errors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All partitions of this node, as the node assembly sees them: start it once, feed it images, look leaders up.
///
/// Thread rule: any thread.
public final class PartitionService {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionService.class);

    /// @param bootId identifies the boot of the operating system (`/proc/sys/kernel/random/boot_id`)
    /// @param nowMs the node's clock
    /// @param logSettings effective settings of a topic's logs
    /// @param replicaSettings effective settings of a topic's replicas
    public record Setup(
            String bootId,
            PartitionLogs logs,
            PartitionActorSettings settings,
            LongSupplier nowMs,
            Function<TopicImage, LogSettings> logSettings,
            Function<TopicImage, ReplicaSettings> replicaSettings) {}

    private final ActorSystem<?> system;
    private final ReplicaHost host;
    private final NodeLeaderDirectory directory;
    private final ActorRef<LocalReplicas.Command> localReplicas;
    private @Nullable CompletionStage<Done> stopped;

    private PartitionService(
            ActorSystem<?> system,
            ReplicaHost host,
            NodeLeaderDirectory directory,
            ActorRef<LocalReplicas.Command> localReplicas) {
        this.system = system;
        this.host = host;
        this.directory = directory;
        this.localReplicas = localReplicas;
    }

    /// Starts sharding and the node's replicas. Closes them when the actor system is shut down in good order
    /// (CoordinatedShutdown, phase service-stop): leadership ends, logs are closed cleanly.
    public static PartitionService start(ActorSystem<?> system, Setup setup) {
        NodeLeaderDirectory directory = new NodeLeaderDirectory();
        ReplicaHost host = new ReplicaHost(setup.bootId(), setup.logs(), directory, setup.settings(), setup.nowMs());
        ShardedPartitions entities =
                ShardedPartitions.start(system, setup.logs().self().nodeId(), host);
        ActorRef<LocalReplicas.Command> localReplicas = system.systemActorOf(
                LocalReplicas.create(host, entities, setup.logSettings(), setup.replicaSettings()),
                "sampo-local-replicas",
                Props.empty());
        PartitionService service = new PartitionService(system, host, directory, localReplicas);
        CoordinatedShutdown.get(system)
                .addTask(CoordinatedShutdown.PhaseServiceStop(), "close-partitions", service::stop);
        return service;
    }

    private static Duration shutdownTimeout(ActorSystem<?> system) {
        return system.settings().config().getDuration("pekko.coordinated-shutdown.phases.service-stop.timeout");
    }

    public NodeLeaderDirectory directory() {
        return directory;
    }

    /// To be called with every new image, in order.
    public void imageChanged(MetadataImage image) {
        localReplicas.tell(new LocalReplicas.ImageChanged(image));
    }

    /// Runs a replica whatever the images say: the metadata log, before there is an image.
    public void ensure(ReplicaSpec spec) {
        localReplicas.tell(new LocalReplicas.Ensure(spec));
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
                .ifPresent(leader -> leader.deleteRecords(newLogStartOffset, (error, lowWatermark) -> {
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

    /// Closes all partitions: leadership ends, logs are closed cleanly. Done once, however often it is asked for.
    public synchronized CompletionStage<Done> stop() {
        if (stopped == null) {
            stopped =
                    AskPattern.ask(localReplicas, LocalReplicas.Stop::new, shutdownTimeout(system), system.scheduler());
        }
        return stopped;
    }
}
