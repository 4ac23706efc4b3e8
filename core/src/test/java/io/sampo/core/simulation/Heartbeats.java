package io.sampo.core.simulation;

import io.sampo.core.cluster.NodeHeartbeats;
import io.sampo.core.partition.ReplicaInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the shells know of each other's nodes: the production [NodeHeartbeats] in each process, and one heartbeat for
/// each pair of nodes over the same network that loses, delays, repeats and cuts everything else.
final class Heartbeats {
    private static final long INTERVAL_US = 1_000_000;
    private static final long TIMEOUT_MS = 2_500;

    private final World world;
    private final Chance chance;
    private final List<Process> processes = new ArrayList<>();
    private long processCount;

    /// @param processId of this life of the node's process
    private record Process(long processId, NodeHeartbeats heartbeats) {}

    Heartbeats(World world) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "heartbeats");
        world.nodes.forEach(_ -> processes.add(newProcess()));
    }

    private Process newProcess() {
        return new Process(++processCount, new NodeHeartbeats(TIMEOUT_MS));
    }

    private Process of(int nodeId) {
        return processes.get(nodeId - 1);
    }

    void start() {
        if (world.scenario.rests()) {
            world.nodes.forEach(node -> schedule(node, chance.below((int) INTERVAL_US)));
        }
    }

    private void schedule(SimulatedNode node, long delayUs) {
        world.agenda.after(delayUs, () -> {
            if (node.isUp() && !node.isPaused()) {
                beat(node);
            }
            schedule(node, INTERVAL_US);
        });
    }

    private void beat(SimulatedNode node) {
        Process process = of(node.nodeId);
        tell(node, process.heartbeats().tick(node.nowMs()));
        long ends = node.replicaEnds;
        Map<Integer, Long> hears = process.heartbeats().hears(node.nowMs());
        for (SimulatedNode other : world.nodes) {
            if (other != node) {
                world.network.carry(
                        node.nodeId,
                        other.nodeId,
                        () -> inProcess(other, () -> heard(other, node.nodeId, process.processId(), ends, hears)));
            }
        }
    }

    private void heard(SimulatedNode node, int from, long processId, long ends, Map<Integer, Long> hears) {
        Process process = of(node.nodeId);
        boolean hearsUs = hears.getOrDefault(node.nodeId, -1L) == process.processId();
        tell(node, process.heartbeats().heard(from, processId, ends, hearsUs, node.nowMs()));
    }

    private static void inProcess(SimulatedNode node, Runnable action) {
        ReplicaShell shell = node.shell;
        if (shell != null) {
            node.runIn(shell, action);
        }
    }

    private static void tell(SimulatedNode node, List<NodeHeartbeats.Event> events) {
        for (NodeHeartbeats.Event event : events) {
            inProcess(node, () -> {
                ReplicaShell shell = node.shell;
                if (shell != null) {
                    shell.step(
                            switch (event) {
                                case NodeHeartbeats.Event.Alive alive -> new ReplicaInput.NodeAlive(alive.nodeId());
                                case NodeHeartbeats.Event.Lost lost -> new ReplicaInput.NodeLost(lost.nodeId());
                            });
                }
            });
        }
    }

    /// The other process is taken for gone, rightly or not.
    void lost(int nodeId, int other) {
        SimulatedNode node = world.node(nodeId);
        inProcess(node, () -> tell(node, of(nodeId).heartbeats().gone(other)));
    }

    /// The connection on which this node asks the other one is a new one.
    void connectionChanged(int nodeId, int other) {
        SimulatedNode node = world.node(nodeId);
        inProcess(node, () -> tell(node, of(nodeId).heartbeats().connectionChanged(other)));
    }

    /// The nodes that a node hears and is heard by.
    List<Integer> alive(int nodeId) {
        return of(nodeId).heartbeats().alive();
    }

    /// A process knows nothing at first.
    void processStarted(int nodeId) {
        processes.set(nodeId - 1, newProcess());
    }

    /// For a replica that begins anew in the same process.
    List<ReplicaInput> known(int nodeId) {
        return alive(nodeId).stream()
                .map(other -> (ReplicaInput) new ReplicaInput.NodeAlive(other))
                .toList();
    }
}
