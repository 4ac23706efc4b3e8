package io.sampo.config;

import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.cluster.NodeAddress;
import io.sampo.persistence.journal.LogStorage;
import io.sampo.persistence.log.DataDirectory;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.retention.LogMaintenance;
import io.sampo.persistence.scrub.LogScrubber;
import io.sampo.tcp.server.BrokerServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One node that runs: how it is started, where its clients connect, how it stops. [NodeAssembly] puts it together.
///
/// Thread rule: [#start] and [#stop] by the process; the rest from any thread.
public final class SampoNode {
    private static final Logger LOG = LoggerFactory.getLogger(SampoNode.class);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(5);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(40);

    /// What a node consists of, in the order in which it was started.
    record Parts(
            DataDirectory directory,
            ActorSystem<Void> system,
            FilePartitionLogs logs,
            LogStorage storage,
            LogMaintenance maintenance,
            LogScrubber scrubber,
            BrokerServer server,
            PartitionService partitions,
            NodeReplication replication,
            NodeSurroundings surroundings) {}

    private final Parts parts;
    private final String address;

    SampoNode(Parts parts) {
        this.parts = parts;
        this.address = text(parts.server().boundAddresses().values().iterator().next());
    }

    /// Starts a node and returns when it serves clients.
    ///
    /// @throws NodeStartException when it cannot start, with a message for its user; nothing of it is left running
    ///     then
    static SampoNode start(NodeOptions options) throws NodeStartException {
        return start(options, NodeEnvironment.ofThisMachine());
    }

    static SampoNode start(NodeOptions options, NodeEnvironment environment) throws NodeStartException {
        return NodeStart.start(options, environment);
    }

    private static String text(InetSocketAddress bound) {
        InetAddress host = bound.getAddress();
        return (host.isAnyLocalAddress() ? "127.0.0.1" : host.getHostAddress()) + ":" + bound.getPort();
    }

    /// Where clients of the first listener connect.
    String address() {
        return address;
    }

    /// Where clients of a listener connect.
    String address(String listener) {
        InetSocketAddress bound = parts.server().boundAddresses().get(listener);
        if (bound == null) {
            throw new IllegalArgumentException("no listener " + listener);
        }
        return text(bound);
    }

    int nodeId() {
        return parts.logs().self().nodeId();
    }

    /// Calls `listener` when the actor system ended, whoever ended it.
    void onTermination(Runnable listener) {
        var _ = Adapter.toClassic(parts.system()).getWhenTerminated().thenRun(listener);
    }

    /// Where other nodes reach this one.
    NodeAddress clusterAddress() {
        return NodeSystem.address(parts.system());
    }

    /// Nodes of the running cluster that this node sees, itself included.
    int clusterSize() {
        return parts.partitions().nodes().live().size();
    }

    String clusterId() {
        return parts.directory().properties().clusterId().orElse("");
    }

    /// Why the node ended by itself in order to start again: others are the cluster, and it is not with them any
    /// more. Empty when it did not.
    Optional<String> leftCluster() {
        boolean downed = CoordinatedShutdown.get(parts.system())
                .getShutdownReason()
                .filter(CoordinatedShutdown.clusterDowningReason()::equals)
                .isPresent();
        return downed
                ? Optional.of("the other nodes went on without this one")
                : parts.surroundings().left();
    }

    /// Why the node ended by itself for good, and what its user can do. Empty when it did not.
    Optional<String> givenUp() {
        return parts.surroundings().givenUp();
    }

    /// Hands leadership over to other nodes, stops serving, leaves the cluster, closes the logs. Returns whether
    /// all
    /// of it was done in time.
    boolean stop() {
        boolean clean = true;
        if (clusterSize() > 1) {
            // First: clients are told the new leaders while this node still answers.
            clean &= finished(parts.partitions().stop(), "handing leadership over");
        }
        clean &= finished(parts.server().stop(DRAIN_LIMIT), "draining connections");
        parts.scrubber().close();
        parts.maintenance().close();
        // Nobody is left who has something to say; closed here it ends without a word about lost connections.
        parts.replication().close();
        parts.system().terminate();
        clean &= finished(parts.system().getWhenTerminated(), "closing partitions");
        parts.storage().close();
        parts.logs().close();
        parts.directory().close();
        LOG.info("Stopped{}", clean ? "" : ", not cleanly");
        return clean;
    }

    private static boolean finished(CompletionStage<?> stage, String what) {
        try {
            stage.toCompletableFuture().get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException failure) {
            LOG.warn("{} did not end well", what, failure);
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
