package io.sampo.config;

import io.sampo.persistence.journal.LogStorage;
import io.sampo.persistence.log.DataDirectory;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.retention.LogMaintenance;
import io.sampo.tcp.server.BrokerServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

    private final DataDirectory directory;
    private final ActorSystem<Void> system;
    private final FilePartitionLogs logs;
    private final LogStorage storage;
    private final LogMaintenance maintenance;
    private final BrokerServer server;
    private final String address;

    SampoNode(
            DataDirectory directory,
            ActorSystem<Void> system,
            FilePartitionLogs logs,
            LogStorage storage,
            LogMaintenance maintenance,
            BrokerServer server) {
        this.directory = directory;
        this.system = system;
        this.logs = logs;
        this.storage = storage;
        this.maintenance = maintenance;
        this.server = server;
        this.address = text(server.boundAddresses().values().iterator().next());
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
        InetSocketAddress bound = server.boundAddresses().get(listener);
        if (bound == null) {
            throw new IllegalArgumentException("no listener " + listener);
        }
        return text(bound);
    }

    int nodeId() {
        return logs.self().nodeId();
    }

    /// Calls `listener` when the actor system ended, whoever ended it.
    void onTermination(Runnable listener) {
        var _ = Adapter.toClassic(system).getWhenTerminated().thenRun(listener);
    }

    /// Stops serving, hands leadership over, closes the logs. Returns whether all of it was done in time.
    boolean stop() {
        boolean clean = true;
        clean &= finished(server.stop(DRAIN_LIMIT), "draining connections");
        maintenance.close();
        system.terminate();
        clean &= finished(system.getWhenTerminated(), "closing partitions");
        storage.close();
        logs.close();
        directory.close();
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
