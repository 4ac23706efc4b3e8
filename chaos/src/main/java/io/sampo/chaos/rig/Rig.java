package io.sampo.chaos.rig;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// All nodes of one run and what they stand on. Ends everything that it started when it is closed, and when the
/// driver is told to end.
///
/// Thread rule: built and closed by the run; nodes by any thread.
public final class Rig implements AutoCloseable {
    private static final int KAFKA_PORT = 9092;
    private static final int CLUSTER_PORT = 19092;
    private static final int REPLICATION_PORT = 29092;

    private final Network network;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Path> mounts = new ArrayList<>();
    private final Thread onExit = new Thread(this::end, "sampo-chaos-exit");
    private boolean ended;

    /// What a run stands on.
    ///
    /// @param nodes how many; 1, 3 or 5
    /// @param tmpfsMebibytes for each node's data, so that it can be full; 0: an ordinary directory
    /// @param settings of every node by Kafka's names, over the rig's own
    public record Plan(int nodes, Path directory, NodeJvm jvm, int tmpfsMebibytes, Map<String, String> settings) {}

    public Rig(Network network, Plan plan) throws IOException {
        this.network = network;
        Runtime.getRuntime().addShutdownHook(onExit);
        try {
            build(plan);
        } catch (IOException failed) {
            close();
            throw failed;
        }
    }

    private void build(Plan plan) throws IOException {
        List<Node.Ports> ports = new ArrayList<>();
        for (int id = 1; id <= plan.nodes(); id++) {
            ports.add(
                    network.breakable()
                            ? new Node.Ports(KAFKA_PORT, CLUSTER_PORT, REPLICATION_PORT)
                            : new Node.Ports(freePort(), freePort(), freePort()));
        }
        List<String> bootstrap = new ArrayList<>();
        for (int id = 1; id <= plan.nodes(); id++) {
            bootstrap.add(network.host(id) + ":" + ports.get(id - 1).cluster());
        }
        for (int id = 1; id <= plan.nodes(); id++) {
            String host = network.host(id);
            Node.Ports port = ports.get(id - 1);
            Map<String, String> settings = new LinkedHashMap<>();
            settings.put("listeners", "PLAINTEXT://" + host + ":" + port.kafka());
            if (plan.nodes() > 1) {
                settings.put("node.id", Integer.toString(id));
                settings.put("sampo.cluster.listener", host + ":" + port.cluster());
                settings.put("sampo.replication.listener", host + ":" + port.replication());
                settings.put("sampo.cluster.bootstrap.nodes", String.join(",", bootstrap));
            }
            int replicas = Math.min(3, plan.nodes());
            settings.put("offsets.topic.replication.factor", Integer.toString(replicas));
            settings.put("offsets.topic.num.partitions", "3");
            settings.put("group.initial.rebalance.delay.ms", "0");
            // What is damaged is to be found within a run.
            settings.put("sampo.log.scrub.interval.ms", "5000");
            settings.put("sampo.log.scrub.bytes.per.second", "67108864");
            settings.put("broker.rack", rack(id));
            settings.put("replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector");
            settings.putAll(plan.settings());
            Path directory = plan.directory().resolve("node-" + id);
            Files.createDirectories(directory);
            Node node = new Node(id, host, port, directory, network.prefix(id), plan.jvm(), settings);
            if (plan.tmpfsMebibytes() > 0) {
                Files.createDirectories(node.data());
                Mounts.mount(node.data(), plan.tmpfsMebibytes());
                mounts.add(node.data());
            }
            nodes.add(node);
        }
    }

    /// The rack that a node is in: one of its own.
    public static String rack(int node) {
        return "rack-" + node;
    }

    /// Below those that the kernel gives to outgoing connections, so that nobody takes it while a node is down.
    private static int freePort() throws IOException {
        for (int i = 0; i < 200; i++) {
            int port = 12_000 + (int) Math.floorMod(System.nanoTime() / 1_000 + i * 37L, 20_000L);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException _) {
                continue;
            }
        }
        throw new IOException("no free port");
    }

    public Network network() {
        return network;
    }

    public List<Node> nodes() {
        return nodes;
    }

    /// @param id from 1
    public Node node(int id) {
        return nodes.get(id - 1);
    }

    public boolean isOnTmpfs() {
        return !mounts.isEmpty();
    }

    /// For clients.
    public String bootstrap() {
        return nodes.stream().map(Node::address).collect(Collectors.joining(","));
    }

    /// Starts all nodes and waits until each serves.
    ///
    /// @throws IOException when one does not within the limit
    public void start(long limitMs) throws IOException {
        for (Node node : nodes) {
            node.start();
        }
        awaitServing(limitMs);
    }

    /// Waits until each node that should run serves.
    ///
    /// @throws IOException when one does not within the limit, or ended by itself
    public void awaitServing(long limitMs) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
        for (Node node : nodes) {
            while (node.shouldRun() && !node.serves()) {
                if (node.endedByItself() || System.nanoTime() > deadline) {
                    throw new IOException(node.name() + " does not serve; see " + node.output());
                }
                pause(50);
            }
        }
    }

    static void pause(long ms) throws IOException {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException _) {
            return; // the driver is ending already
        }
    }

    private synchronized void end() {
        if (ended) {
            return;
        }
        ended = true;
        nodes.forEach(Node::close);
        for (Node node : nodes) {
            try {
                node.kill();
            } catch (IOException _) {
                continue;
            }
        }
        mounts.forEach(Mounts::release);
        network.close();
    }
}
