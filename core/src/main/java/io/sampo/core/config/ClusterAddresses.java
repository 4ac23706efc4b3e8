package io.sampo.core.config;

import io.sampo.core.cluster.NodeAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;

/// Where a node is reached by other nodes, and which nodes found the cluster: from the configuration.
public final class ClusterAddresses {
    private static final Set<Integer> FOUNDERS = Set.of(1, 3, 5);
    private static final Set<String> ALL_ADDRESSES = Set.of("", "0.0.0.0", "::", "[::]");
    private static final String LOOPBACK = "127.0.0.1";
    private static final int CLUSTER_PORT_OFFSET = 10_000;
    private static final int REPLICATION_PORT_OFFSET = 20_000;
    private static final int MAX_PORT = 65_535;

    private final BrokerConfig config;

    ClusterAddresses(BrokerConfig config) {
        this.config = config;
    }

    void check() {
        bootstrapNodes();
        clusterListener();
        replicationListener();
        if (3L * config.getInt("sampo.heartbeat.ms") > config.getInt("sampo.election.timeout.ms")) {
            throw new ConfigException(
                    "sampo.heartbeat.ms",
                    config.getInt("sampo.heartbeat.ms"),
                    "It must be at most a third of sampo.election.timeout.ms = "
                            + config.getInt("sampo.election.timeout.ms"));
        }
    }

    /// In order. Empty: a cluster of its own.
    public List<NodeAddress> bootstrapNodes() {
        String key = "sampo.cluster.bootstrap.nodes";
        List<NodeAddress> nodes =
                config.getList(key).stream().map(entry -> parse(key, entry)).toList();
        if (!nodes.isEmpty() && !FOUNDERS.contains(nodes.size())) {
            throw new ConfigException(key, nodes, "Expected 1, 3 or 5 nodes, not " + nodes.size());
        }
        if (new HashSet<>(nodes).size() < nodes.size()) {
            throw new ConfigException(key, nodes, "A node is named twice");
        }
        nodes.stream().filter(node -> node.port() == 0).findFirst().ifPresent(node -> {
            throw new ConfigException(key, node, "Expected the port where the node listens, not 0");
        });
        return nodes;
    }

    /// @return port 0: any free one
    public NodeAddress clusterListener() {
        String key = "sampo.cluster.listener";
        Optional<String> given = config.findString(key);
        return given.isPresent()
                ? parse(key, given.get())
                : new NodeAddress(defaultHost(), defaultPort(CLUSTER_PORT_OFFSET));
    }

    /// Whether the user named it; otherwise another port does as well.
    public boolean clusterListenerIsGiven() {
        return config.findString("sampo.cluster.listener").isPresent();
    }

    /// @return port 0: any free one
    public NodeAddress replicationListener() {
        String key = "sampo.replication.listener";
        Optional<String> given = config.findString(key);
        return given.isPresent()
                ? parse(key, given.get())
                : new NodeAddress(clusterListener().host(), defaultPort(REPLICATION_PORT_OFFSET));
    }

    /// Whether the user named it; otherwise another port does as well.
    public boolean replicationListenerIsGiven() {
        return config.findString("sampo.replication.listener").isPresent();
    }

    private String defaultHost() {
        String host = config.listeners().getFirst().host();
        return ALL_ADDRESSES.contains(host) ? LOOPBACK : host;
    }

    /// A port so high that there is none that much above it: any free one.
    private int defaultPort(int offset) {
        int port = config.listeners().getFirst().port();
        return port == 0 || port + offset > MAX_PORT ? 0 : port + offset;
    }

    private static NodeAddress parse(String key, String entry) {
        NodeAddress address;
        try {
            address = NodeAddress.parse(entry);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(key, entry, "Expected HOST:PORT");
        }
        if (ALL_ADDRESSES.contains(address.host())) {
            throw new ConfigException(
                    key, entry, "Other nodes cannot connect to an address that means all addresses; name one");
        }
        return address;
    }
}
