package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaInput;
import java.util.ArrayList;
import java.util.List;

/// What the shells know of each other's nodes: one heartbeat for each pair of nodes, over the same network that loses,
/// delays and cuts everything else. It stands for the contract of [ReplicaInput.NodeAlive] and
/// [ReplicaInput.NodeLost].
final class Heartbeats {
    private static final long INTERVAL_US = 1_000_000;
    private static final long TIMEOUT_US = 2_500_000;

    private final World world;
    private final Chance chance;
    private final int size;
    private final boolean[] alive;
    private final long[] answeredUs;
    private final long[] knownEnds;

    Heartbeats(World world) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "heartbeats");
        this.size = world.scenario.nodeCount() + 1;
        this.alive = new boolean[size * size];
        this.answeredUs = new long[size * size];
        this.knownEnds = new long[size * size];
    }

    void start() {
        if (!world.scenario.rests()) {
            return;
        }
        for (int from = 1; from < size; from++) {
            for (int to = 1; to < size; to++) {
                if (from != to) {
                    schedule(from, to, chance.below((int) INTERVAL_US));
                }
            }
        }
    }

    private void schedule(int from, int to, long delayUs) {
        world.agenda.after(delayUs, () -> {
            beat(from, to);
            schedule(from, to, INTERVAL_US);
        });
    }

    private void beat(int from, int to) {
        SimulatedNode node = world.node(from);
        if (!node.isUp() || node.isPaused()) {
            return;
        }
        int pair = from * size + to;
        if (alive[pair] && world.agenda.nowUs() - answeredUs[pair] > TIMEOUT_US) {
            lost(from, to);
        }
        world.network.carry(
                from,
                to,
                () -> inProcess(to, () -> {
                    long ends = world.node(to).replicaEnds;
                    world.network.carry(to, from, () -> inProcess(from, () -> answered(from, to, ends)));
                }));
    }

    private void inProcess(int nodeId, Runnable action) {
        SimulatedNode node = world.node(nodeId);
        ReplicaShell shell = node.shell;
        if (shell != null) {
            node.runIn(shell, action);
        }
    }

    /// @param ends how many replicas have ended over there
    private void answered(int from, int to, long ends) {
        int pair = from * size + to;
        answeredUs[pair] = world.agenda.nowUs();
        if (alive[pair] && knownEnds[pair] != ends) {
            lost(from, to);
        }
        knownEnds[pair] = ends;
        if (!alive[pair]) {
            alive[pair] = true;
            tell(from, new ReplicaInput.NodeAlive(to));
        }
    }

    /// Suspected, rightly or not.
    void lost(int from, int to) {
        int pair = from * size + to;
        alive[pair] = false;
        tell(from, new ReplicaInput.NodeLost(to));
    }

    private void tell(int nodeId, ReplicaInput input) {
        inProcess(nodeId, () -> {
            ReplicaShell shell = world.node(nodeId).shell;
            if (shell != null) {
                shell.step(input);
            }
        });
    }

    /// A process knows nothing at first.
    void processStarted(int nodeId) {
        for (int to = 1; to < size; to++) {
            alive[nodeId * size + to] = false;
        }
    }

    /// For a replica that begins anew in the same process.
    List<ReplicaInput> known(int nodeId) {
        List<ReplicaInput> inputs = new ArrayList<>();
        for (int to = 1; to < size; to++) {
            if (alive[nodeId * size + to]) {
                inputs.add(new ReplicaInput.NodeAlive(to));
            }
        }
        return inputs;
    }
}
