package io.sampo.config;

import io.sampo.actors.metadata.ControllerClient;
import io.sampo.actors.metadata.MetadataPublisher;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.config.Listener;
import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCommand.Registered;
import io.sampo.core.metadata.NodeImage;
import io.sampo.persistence.log.DataDirectory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the cluster that this node is one of its own, and where clients reach it.
///
/// Thread rule: the thread that starts the process.
final class NodeRegistration {
    private static final Logger LOG = LoggerFactory.getLogger(NodeRegistration.class);
    private static final Set<String> ALL_ADDRESSES = Set.of("", "0.0.0.0", "::");

    private static final Duration METADATA_LIMIT = Duration.ofSeconds(60);

    private final NodeAssembly.Parts parts;
    private final ControllerClient controllers;

    NodeRegistration(NodeAssembly.Parts parts, ControllerClient controllers) {
        this.parts = parts;
        this.controllers = controllers;
    }

    /// What clients of other nodes are told: the advertised listeners, else where this node listens.
    ///
    /// @param bound addresses by listener; a port that is not known yet is left out
    List<NodeImage.Endpoint> endpoints(Map<String, InetSocketAddress> bound) {
        BrokerConfig config = parts.config();
        List<Listener> told = config.advertisedListeners();
        List<NodeImage.Endpoint> endpoints = new ArrayList<>();
        for (Listener listener : told.isEmpty() ? config.listeners() : told) {
            InetSocketAddress actual = bound.get(listener.name());
            int port = listener.port() == 0 && actual != null ? actual.getPort() : listener.port();
            String host = ALL_ADDRESSES.contains(listener.host())
                    ? config.cluster().clusterListener().host()
                    : listener.host();
            if (port != 0) {
                endpoints.add(new NodeImage.Endpoint(listener.name(), host, port));
            }
        }
        return endpoints;
    }

    /// Returns when the registration is committed and this node has the metadata up to it. Waits as long as the
    /// cluster has no controller: most of its founders may still be on their way.
    ///
    /// @throws NodeStartException when the node is refused; the message is for its user
    void register(List<NodeImage.Endpoint> endpoints) throws NodeStartException {
        BrokerConfig config = parts.config();
        DataDirectory directory = parts.directory();
        NodeImage node = new NodeImage(
                config.nodeId(),
                directory.properties().nodeUuid(),
                directory.self().directoryId(),
                config.rack().orElse(null),
                endpoints);
        String clusterId = parts.genesis().clusterId();
        Registered registered = await(
                submit(new ControllerCommand.RegisterNode(node, clusterId, config.getBoolean("sampo.node.replace"))));
        if (registered.error() != Errors.NONE) {
            throw new NodeStartException(registered.message()
                    + ". If that directory is lost for ever, start this node once with sampo.node.replace=true.");
        }
        if (!registered.clusterId().equals(clusterId)) {
            throw new NodeStartException("INCONSISTENT_CLUSTER_ID: this node belongs to cluster " + clusterId
                    + ", and the controller that it found to cluster " + registered.clusterId());
        }
    }

    /// Returns when this node has read in the metadata that it belongs to the cluster: what it has on disk is judged by
    /// them, and clients are served by them.
    ///
    /// @throws NodeStartException when they do not come; the message is for its user
    void awaitMetadata(MetadataPublisher metadata) throws NodeStartException {
        CompletableFuture<Void> known = known(
                metadata, parts.config().nodeId(), parts.directory().self().directoryId());
        try {
            parts.surroundings().await(known.orTimeout(METADATA_LIMIT.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException failure) {
            throw new NodeStartException(
                    "The cluster's metadata did not arrive here within " + METADATA_LIMIT.toSeconds()
                            + " s: can the other nodes' replication listeners be reached from here?",
                    failure);
        }
    }

    /// Done when an image has the node with this directory.
    static CompletableFuture<Void> known(MetadataPublisher metadata, int nodeId, Uuid directoryId) {
        CompletableFuture<Void> known = new CompletableFuture<>();
        metadata.subscribe((_, image) -> {
            NodeImage node = image.nodes().get(nodeId);
            if (node != null && node.directoryId().equals(directoryId)) {
                known.complete(null);
            }
        });
        return known;
    }

    private CompletionStage<Registered> submit(ControllerCommand.RegisterNode command) {
        return controllers.submit(command).exceptionallyCompose(failure -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (cause instanceof NotControllerException) {
                LOG.warn("The cluster has no controller yet; waiting for most of its founders");
                return submit(command);
            }
            return CompletableFuture.failedFuture(cause);
        });
    }

    private Registered await(CompletionStage<Registered> stage) throws NodeStartException {
        try {
            return parts.surroundings().await(stage);
        } catch (ExecutionException failure) {
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            throw new NodeStartException("the metadata log could not be read or written: " + cause.getMessage(), cause);
        }
    }
}
