package io.sampo.config;

import io.sampo.core.cluster.NodeAddress;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.config.ClusterAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where a node listens for other nodes: names that must be known, ports that may be taken.
final class ClusterPorts {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterPorts.class);

    /// A pod's own name may become known only some time after its start.
    private static final long NAME_LIMIT_SECONDS = 60;

    private ClusterPorts() {}

    /// The cluster listener as it is to be bound. A port that nobody asked for is left to whoever has it.
    static NodeAddress listener(BrokerConfig config) throws NodeStartException {
        ClusterAddresses addresses = config.cluster();
        NodeAddress wanted = addresses.clusterListener();
        boolean mayMove = !addresses.clusterListenerIsGiven()
                && !addresses.bootstrapNodes().contains(wanted);
        return mayMove ? freeOr(wanted, "sampo.cluster.listener") : named(wanted);
    }

    /// The replication listener as it is to be bound.
    static NodeAddress replication(BrokerConfig config) throws NodeStartException {
        NodeAddress wanted = config.cluster().replicationListener();
        return config.cluster().replicationListenerIsGiven()
                ? named(wanted)
                : freeOr(wanted, "sampo.replication.listener");
    }

    private static NodeAddress freeOr(NodeAddress wanted, String setting) throws NodeStartException {
        NodeAddress named = named(wanted);
        if (named.port() != 0 && isTaken(named)) {
            LOG.warn("Port {} is in use; another one is taken. Set {} to choose one.", named.port(), setting);
            return new NodeAddress(named.host(), 0);
        }
        return named;
    }

    private static boolean isTaken(NodeAddress address) {
        try (ServerSocket _ = new ServerSocket(address.port(), 1, InetAddress.getByName(address.host()))) {
            return false;
        } catch (IOException taken) {
            return true;
        }
    }

    /// Waits until the host's name is known.
    private static NodeAddress named(NodeAddress address) throws NodeStartException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(NAME_LIMIT_SECONDS);
        boolean told = false;
        while (!isKnown(address.host())) {
            if (System.nanoTime() > deadline) {
                throw new NodeStartException("the host of sampo.cluster.listener, " + address.host()
                        + ", has no address: set it to a name or an address of this machine");
            }
            if (!told) {
                LOG.warn("{} has no address yet; waiting for it", address.host());
                told = true;
            }
            pause();
        }
        return address;
    }

    private static boolean isKnown(String host) {
        try {
            InetAddress.getByName(host);
            return true;
        } catch (UnknownHostException unknown) {
            return false;
        }
    }

    private static void pause() throws NodeStartException {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new NodeStartException("the start was interrupted", interrupted);
        }
    }

    /// Nodes are told apart by how their addresses are written, so that one that is listed under another name would
    /// wait for itself.
    static void refuseAnotherNameOf(NodeAddress listener, List<NodeAddress> list) throws NodeStartException {
        for (NodeAddress entry : list) {
            if (entry.port() == listener.port() && isThisMachine(entry.host(), listener.host())) {
                throw new NodeStartException("sampo.cluster.bootstrap.nodes names this node " + entry
                        + ", and sampo.cluster.listener is " + listener + ": write both the same way");
            }
        }
    }

    private static boolean isThisMachine(String host, String own) {
        try {
            return InetAddress.getByName(host).equals(InetAddress.getByName(own));
        } catch (UnknownHostException unknown) {
            return false;
        }
    }

    /// An actor system that listens there.
    static ActorSystem<Void> bind(int nodeId, NodeAddress listener, BrokerConfig config) throws NodeStartException {
        return bind(listener, () -> NodeSystem.create(nodeId, listener, NodeSettings.eventLoops(config)));
    }

    static ActorSystem<Void> bind(NodeAddress listener, Supplier<ActorSystem<Void>> create) throws NodeStartException {
        try {
            return create.get();
        } catch (Exception failure) { // Scala's code throws checked ones too, such as TimeoutException
            Throwable cause = failure;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new NodeStartException(
                    "cannot listen on " + listener + " for other nodes (sampo.cluster.listener): " + cause.getMessage(),
                    failure);
        }
    }
}
