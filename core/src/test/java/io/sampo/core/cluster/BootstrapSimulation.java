package io.sampo.core.cluster;

import io.sampo.core.cluster.BootstrapEffect.Join;
import io.sampo.core.cluster.BootstrapEffect.NodeIdAssigned;
import io.sampo.core.cluster.BootstrapEffect.Persist;
import io.sampo.core.cluster.BootstrapEffect.Refuse;
import io.sampo.core.cluster.BootstrapEffect.Rejoin;
import io.sampo.core.cluster.BootstrapEffect.Send;
import io.sampo.core.cluster.BootstrapState.Blank;
import io.sampo.core.cluster.BootstrapState.Member;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// Nodes, their disks and the network between them, in one thread and in simulated time. One seed is one run.
final class BootstrapSimulation {
    private static final int MAX_DELAY_MS = 2_000;
    private static final double LOSS = 0.2;
    private static final double REPEAT = 0.1;
    private static final double CRASH_BETWEEN_EFFECTS = 0.01;
    private static final double CRASH = 0.02;
    private static final double START = 0.3;
    private static final double WIPE = 0.3;

    private record Delivery(long atMs, long order, NodeAddress to, BootstrapMessage message) {}

    /// The nodes that run together; members are removed when they crash.
    private static final class Running {
        final Set<Node> members = new HashSet<>();
    }

    private final class Node {
        final NodeAddress address;
        final List<NodeAddress> list;
        final int nodeId;
        Uuid nodeUuid = uuid();
        Uuid directoryId = uuid();
        BootstrapState disk = Blank.INSTANCE;

        @Nullable
        BootstrapCore core;

        @Nullable
        Running running;

        Node(int nodeId, List<NodeAddress> list) {
            this.nodeId = nodeId;
            this.address = address(nodeId);
            this.list = list;
        }

        Genesis.Voter voter() {
            return new Genesis.Voter(nodeId, nodeUuid, directoryId, address.host(), address.port());
        }
    }

    private final SplittableRandom random;
    private final List<Node> nodes = new ArrayList<>();
    private final PriorityQueue<Delivery> network =
            new PriorityQueue<>(Comparator.comparingLong(Delivery::atMs).thenComparingLong(Delivery::order));
    private final Set<String> refusals = new TreeSet<>();
    private long nowMs;
    private long sent;
    private int clusters;
    private boolean faults = true;

    /// @param strangers nodes that are not in the list and join
    /// @param differing the last listed node has another list
    BootstrapSimulation(long seed, int listed, int strangers, boolean differing) {
        random = new SplittableRandom(seed);
        List<NodeAddress> list = new ArrayList<>();
        for (int i = 1; i <= listed; i++) {
            list.add(address(i));
        }
        for (int i = 1; i <= listed + strangers; i++) {
            boolean other = differing && i == listed;
            nodes.add(new Node(i, other ? List.of(address(2), address(1), address(i)) : List.copyOf(list)));
        }
    }

    private static NodeAddress address(int nodeId) {
        return new NodeAddress("n" + nodeId, 1);
    }

    private Uuid uuid() {
        return new Uuid(random.nextLong(), random.nextLong());
    }

    void chaos(long durationMs) {
        for (long end = nowMs + durationMs; nowMs < end; nowMs += 250) {
            deliverUntil(nowMs);
            for (Node node : nodes) {
                if (node.core == null && random.nextDouble() < START) {
                    start(node);
                } else if (node.core != null && random.nextDouble() < CRASH) {
                    crash(node);
                    if (random.nextDouble() < WIPE) {
                        wipe(node);
                    }
                }
                tick(node);
            }
            check();
        }
    }

    void heal(long durationMs) {
        faults = false;
        for (long end = nowMs + durationMs; nowMs < end; nowMs += 250) {
            deliverUntil(nowMs);
            for (Node node : nodes) {
                if (node.core == null && refusals.isEmpty()) {
                    start(node);
                }
                tick(node);
            }
            check();
        }
    }

    private void start(Node node) {
        node.core = new BootstrapCore(
                BootstrapSettings.DEFAULTS,
                node.voter(),
                node.list,
                List.of(),
                node.disk,
                () -> "cluster-" + ++clusters,
                random.nextLong(Long.MAX_VALUE / 2));
        carryOut(node, node.core.start(nowMs));
    }

    private void tick(Node node) {
        if (node.core != null) {
            // A controller is known where most listed nodes run together.
            boolean leader = node.running != null
                    && node.running.members.stream()
                                    .filter(BootstrapSimulation::isListed)
                                    .count()
                            > node.list.size() / 2;
            carryOut(node, node.core.tick(nowMs, leader));
        }
    }

    private void crash(Node node) {
        node.core = null;
        Running before = node.running;
        node.running = null;
        if (before != null) {
            before.members.remove(node);
            membersChanged(before);
        }
    }

    /// Not the last listed disk that knows the cluster, when others may know it: that hole is known and documented.
    private void wipe(Node node) {
        boolean strangers = nodes.stream().anyMatch(other -> !isListed(other));
        long listedMembers = nodes.stream()
                .filter(other -> isMember(other) && isListed(other))
                .count();
        if (strangers && isListed(node) && isMember(node) && listedMembers == 1) {
            return;
        }
        node.nodeUuid = uuid();
        node.directoryId = uuid();
        node.disk = Blank.INSTANCE;
    }

    private static boolean isMember(Node node) {
        return node.disk instanceof Member;
    }

    private static boolean isListed(Node node) {
        return node.list.contains(node.address);
    }

    private void carryOut(Node node, List<BootstrapEffect> effects) {
        for (BootstrapEffect effect : effects) {
            if (faults && random.nextDouble() < CRASH_BETWEEN_EFFECTS) {
                crash(node);
            }
            if (node.core == null) {
                return;
            }
            switch (effect) {
                case Send send -> send(send);
                case Persist persist -> persist(node, persist.state());
                case Join join -> join(node, join.seeds());
                case BootstrapEffect.Form _ -> run(node, new Running());
                case Refuse refuse -> {
                    refusals.add(refuse.message());
                    crash(node);
                }
                case Rejoin _ -> crash(node);
                case BootstrapEffect.AssignNodeId _, NodeIdAssigned _ ->
                    throw new AssertionError("every node has its id: " + effect);
            }
        }
    }

    private void persist(Node node, BootstrapState state) {
        if (node.disk instanceof Member before && !before.equals(state)) {
            throw new AssertionError(node.address + " left " + before + " for " + state);
        }
        node.disk = state;
    }

    private void send(Send send) {
        if (faults && random.nextDouble() < LOSS) {
            return;
        }
        int copies = faults && random.nextDouble() < REPEAT ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long delayMs = faults && random.nextInt(4) == 0 ? random.nextInt(MAX_DELAY_MS) : random.nextInt(20);
            network.add(new Delivery(nowMs + delayMs, sent++, send.to(), send.message()));
        }
    }

    private void deliverUntil(long untilMs) {
        while (!network.isEmpty() && network.element().atMs() <= untilMs) {
            Delivery next = network.remove();
            Node node = node(next.to());
            if (node.core != null) {
                carryOut(node, node.core.received(next.message(), untilMs));
            }
        }
    }

    private Node node(NodeAddress address) {
        return nodes.stream()
                .filter(node -> node.address.equals(address))
                .findFirst()
                .orElseThrow();
    }

    private void join(Node node, List<NodeAddress> seeds) {
        for (NodeAddress seed : seeds) {
            Running there = node(seed).running;
            if (there != null) {
                run(node, there);
                return;
            }
        }
    }

    private void run(Node node, Running running) {
        node.running = running;
        running.members.add(node);
        membersChanged(running);
    }

    private void membersChanged(Running running) {
        List<Node> now = nodes.stream().filter(running.members::contains).toList();
        List<NodeAddress> addresses = now.stream().map(node -> node.address).toList();
        for (Node member : now) {
            if (member.core != null) {
                carryOut(member, member.core.membersChanged(addresses, nowMs));
            }
        }
    }

    private void check() {
        if (clusterIds().size() > 1) {
            throw new AssertionError("two clusters: " + describe());
        }
    }

    /// Of which disks say that they are part.
    Set<String> clusterIds() {
        Set<String> ids = new TreeSet<>();
        for (Node node : nodes) {
            if (node.disk instanceof Member member) {
                ids.add(member.clusterId());
            }
        }
        return ids;
    }

    /// Nodes in the largest running cluster.
    int joined() {
        return nodes.stream()
                .map(node -> node.running)
                .filter(running -> running != null)
                .mapToInt(running -> running.members.size())
                .max()
                .orElse(0);
    }

    Set<String> refusals() {
        return refusals;
    }

    String describe() {
        StringBuilder text = new StringBuilder();
        for (Node node : nodes) {
            text.append(node.address)
                    .append(node.running == null ? " not running, " : " running, ")
                    .append(node.disk);
            text.append('\n');
        }
        return text.append(sent).append(" messages, ").append(refusals).toString();
    }
}
