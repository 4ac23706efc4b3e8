package io.sampo.chaos.fault;

import io.sampo.chaos.FileTrees;
import io.sampo.chaos.fault.CutLinks.Way;
import io.sampo.chaos.rig.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// All faults by name. What they hit is chosen when they are made.
public enum FaultKind {
    KILL_LEADER(Need.NOTHING, scene -> new KillNodes(List.of(scene.leader()))),
    KILL_FOLLOWER(Need.CLUSTER, scene -> new KillNodes(List.of(scene.follower()))),
    KILL_ALL(Need.NOTHING, scene -> new KillNodes(scene.shuffled())),
    PAUSE_5(Need.NOTHING, scene -> new PauseNode(scene.leader(), 5_000)),
    PAUSE_20(Need.NOTHING, scene -> new PauseNode(scene.any(), 20_000)),
    STOP(Need.NOTHING, scene -> new StopNodes(scene.rig(), scene.workload(), List.of(scene.leader()))),
    ROLLING_RESTART(Need.CLUSTER, scene -> new StopNodes(scene.rig(), scene.workload(), scene.shuffled())),

    /// The nodes do not reach one of them; clients reach all.
    PARTITION_LEADER(Need.NETWORK, scene -> CutLinks.around(scene, List.of(scene.leader()), Way.BOTH, false)),
    PARTITION_MINORITY(Need.NETWORK, scene -> CutLinks.around(scene, scene.minority(), Way.BOTH, true)),
    ONE_WAY_IN(Need.NETWORK, scene -> CutLinks.around(scene, List.of(scene.leader()), Way.IN, false)),
    ONE_WAY_OUT(Need.NETWORK, scene -> CutLinks.around(scene, List.of(scene.leader()), Way.OUT, false)),
    KAFKA_PORT(Need.NETWORK, scene -> port(scene, "Kafka port", Node::kafkaPort)),
    CLUSTER_PORT(Need.NETWORK, scene -> port(scene, "cluster port", Node::clusterPort)),
    REPLICATION_PORT(Need.NETWORK, scene -> port(scene, "replication port", Node::replicationPort)),
    PACKET_LOSS(
            Need.NETWORK, scene -> trouble(scene, "5 % packet loss", (network, node) -> network.lose(node.id(), 0.05))),
    DUPLICATE_PACKETS(
            Need.NETWORK,
            scene -> trouble(scene, "10 % duplicate packets", (network, node) -> network.duplicate(node.id(), 0.1))),
    SLOW_LINK(
            Need.NETWORK, scene -> trouble(scene, "1 Mbit/s link", (network, node) -> network.slow(node.id(), 1_000))),
    NETEM(
            Need.NETEM,
            scene ->
                    trouble(scene, "delay, loss, duplicates, reordering", (network, node) -> network.netem(node.id()))),

    FULL_DISK(Need.TMPFS, scene -> new FullDisk(scene.leader())),
    CORRUPT_CLOSED_SEGMENT(
            Need.REPLICAS,
            scene -> flip(
                    scene,
                    "flipped bit in a closed segment",
                    scene.random().nextBoolean(),
                    node -> segments(node, true),
                    Node::start)),
    CORRUPT_ACTIVE_SEGMENT(
            Need.REPLICAS,
            scene -> flip(scene, "flipped bit in an active segment", true, node -> segments(node, false), Node::start)),
    CORRUPT_JOURNAL(
            Need.REPLICAS,
            scene -> flip(scene, "flipped bit in a journal", true, DiskDamage::journals, scene::startAndRenewReplicas)),
    DELETE_PARTITION(
            Need.REPLICAS,
            scene -> new DiskDamage(
                    scene.any(),
                    "deleted partition directory",
                    true,
                    node -> FileTrees.remove(pick(scene, DiskDamage.partitions(node))),
                    scene::startAndRenewReplicas)),
    WIPE_NODE(
            Need.REPLICAS,
            scene -> new DiskDamage(
                    scene.any(),
                    "deleted data directory",
                    true,
                    node -> {
                        FileTrees.clear(node.data());
                        node.filesReplaced();
                    },
                    Node::startReplacing)),
    OLD_DIRECTORY(Need.REPLICAS, scene -> new OldDirectory(scene.any())),
    CLOCK_JUMP(Need.CLOCK, scene -> new ClockJump(scene.leader(), scene.random().nextBoolean() ? 3_600 : -3_600)),
    POWER_LOSS(Need.POWER, scene -> new PowerFailure(List.of(scene.leader()), scene.random())),
    POWER_LOSS_OF_ALL(Need.POWER, scene -> new PowerFailure(scene.shuffled(), scene.random()));

    /// What a fault cannot do without.
    public enum Need {
        NOTHING,
        /// Several nodes.
        CLUSTER,
        /// Several nodes, all in sync before: the fault takes data away from one.
        REPLICAS,
        /// Namespaces.
        NETWORK,
        /// Namespaces and a kernel with netem.
        NETEM,
        /// A file system of its own for each node.
        TMPFS,
        /// A C compiler.
        CLOCK,
        /// The rig's own main class.
        POWER
    }

    private interface Factory {
        Fault make(Scene scene) throws IOException;
    }

    private interface Files {
        List<Path> of(Node node) throws IOException;
    }

    private interface Port {
        int of(Node node);
    }

    private final Need need;
    /// A lambda without state.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Factory factory;

    FaultKind(Need need, Factory factory) {
        this.need = need;
        this.factory = factory;
    }

    public Need need() {
        return need;
    }

    /// Whether it takes data away from a replica: only one of those at a time, and only when all are in sync, or
    /// the
    /// promise itself is broken by the test.
    public boolean takesData() {
        return need == Need.REPLICAS;
    }

    public Fault make(Scene scene) throws IOException {
        return factory.make(scene);
    }

    /// As the command line spells it: `kill-leader`.
    public String spelling() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<FaultKind> of(String spelling) {
        return Arrays.stream(values())
                .filter(kind -> kind.spelling().equals(spelling))
                .findFirst();
    }

    private static Fault port(Scene scene, String name, Port port) {
        return trouble(scene, "blocked " + name, (network, node) -> network.dropPort(node.id(), port.of(node)));
    }

    private static Fault trouble(Scene scene, String what, PacketTrouble.Trouble trouble) {
        return new PacketTrouble(scene.rig().network(), scene.leader(), what, trouble);
    }

    private static Fault flip(Scene scene, String what, boolean dead, Files files, DiskDamage.Cure cure) {
        return new DiskDamage(
                scene.any(),
                what + (dead ? "" : " that is in use"),
                dead,
                node -> DiskDamage.flipBit(pick(scene, files.of(node)), scene.random()),
                cure);
    }

    private static List<Path> segments(Node node, boolean closed) throws IOException {
        return DiskDamage.segments(node, closed);
    }

    private static Path pick(Scene scene, List<Path> candidates) throws IOException {
        if (candidates.isEmpty()) {
            throw new IOException("there is nothing to damage");
        }
        return candidates.get(scene.random().nextInt(candidates.size()));
    }
}
