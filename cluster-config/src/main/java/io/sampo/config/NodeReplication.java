package io.sampo.config;

import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.cluster.NodeAddress;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaTransport;
import io.sampo.tcp.replication.ReplicationConnections;
import io.sampo.tcp.replication.ReplicationIdentity;
import io.sampo.tcp.replication.ReplicationServer;
import io.sampo.tcp.replication.ReplicationSocketSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/// Joins the replicas of this node with the connections that carry records between nodes: two modules that do not
/// know each other.
///
/// Thread rule: started and closed by the node's start and stop.
final class NodeReplication implements AutoCloseable {
    private final AtomicReference<ReplicaTransport.@Nullable Receiver> receiver = new AtomicReference<>();
    private final AtomicReference<ReplicaTransport.@Nullable ConnectionListener> listener = new AtomicReference<>();
    private final ReplicationConnections connections;
    private @Nullable ReplicationServer server;

    NodeReplication(ActorSystem<?> system, String clusterId, ReplicaId self, ReplicationSocketSettings settings) {
        this.connections = new ReplicationConnections(
                system,
                new ReplicationIdentity(clusterId, self.nodeId(), self.directoryId()),
                new ReplicaTransport.Receiver() {
                    @Override
                    public void received(ReplicaEnvelope envelope) {
                        received(envelope, () -> {});
                    }

                    @Override
                    public void received(ReplicaEnvelope envelope, Runnable consumed) {
                        ReplicaTransport.Receiver replicas = receiver.get();
                        if (replicas == null) {
                            consumed.run();
                        } else {
                            replicas.received(envelope, consumed);
                        }
                    }
                },
                new ReplicaTransport.ConnectionListener() {
                    @Override
                    public void connected(int nodeId) {
                        listener().connected(nodeId);
                    }

                    @Override
                    public void lost(int nodeId) {
                        listener().lost(nodeId);
                    }

                    @Override
                    public void refused(int nodeId) {
                        listener().refused(nodeId);
                    }
                },
                settings);
    }

    /// Connections are dialled when replicas have something to say, hence not before they are there.
    private ReplicaTransport.ConnectionListener listener() {
        return Objects.requireNonNull(listener.get(), "replicas have not started");
    }

    PartitionService.Network network() {
        return new PartitionService.Network(connections, connections::nodesChanged);
    }

    /// From now on other nodes can ask this one.
    ///
    /// @throws NodeStartException when the listener cannot be bound
    void serve(ActorSystem<?> system, BrokerConfig config, PartitionService partitions) throws NodeStartException {
        listener.set(partitions.connectionListener());
        receiver.set(partitions.receiver());
        NodeAddress listener = ClusterPorts.replication(config);
        try {
            ReplicationServer bound = ReplicationServer.start(system, listener.host(), listener.port(), connections);
            server = bound;
            partitions.listening(InetSocketAddress.createUnresolved(
                    listener.host(), bound.address().getPort()));
        } catch (IOException failure) {
            throw new NodeStartException(
                    "cannot listen on " + listener + " for other nodes (sampo.replication.listener): "
                            + failure.getMessage(),
                    failure);
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        connections.close();
    }
}
