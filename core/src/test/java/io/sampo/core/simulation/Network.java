package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEnvelope;
import java.util.function.BooleanSupplier;

/// Links between nodes and between clients and nodes. A link delays, loses, repeats, reorders; it does not change
/// what it carries. Node 0 stands for all clients.
final class Network {
    private final World world;
    private final Chance chance;
    private final int size;
    private final long[] deadUntilUs;
    private final long[] cloggedUntilUs;
    private final int[] connection;
    private final double[] slowness;
    private boolean healed;
    long lost;
    long duplicated;

    /// Messages between replicas.
    long sent;

    Network(World world) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "network");
        this.size = world.scenario.nodeCount() + 1;
        this.deadUntilUs = new long[size * size];
        this.cloggedUntilUs = new long[size * size];
        this.connection = new int[size * size];
        this.slowness = new double[size * size];
        for (int i = 0; i < slowness.length; i++) {
            slowness[i] = 1 + chance.below(40) / 10.0;
        }
    }

    void send(ReplicaEnvelope envelope) {
        int from = envelope.from().nodeId();
        int to = envelope.to().nodeId();
        sent++;
        carry(from, to, () -> {
            ReplicaShell target = to < size ? world.node(to).shell : null;
            if (target != null) {
                world.node(to).runIn(target, () -> target.receive(envelope));
            }
        });
    }

    void carry(int from, int to, Runnable action) {
        deliver(from, to, action);
        if (!healed && chance.percent(world.scenario.duplicationPercent())) {
            duplicated++;
            deliver(from, to, action);
        }
    }

    private void deliver(int from, int to, Runnable action) {
        int link = from * size + to;
        if (!healed && chance.percent(world.scenario.lossPercent())) {
            lost++;
            return;
        }
        arrive(link, delayUs(link), action, () -> {});
    }

    /// For a client's connection.
    ///
    /// @param notBeforeUs when the last thing sent on it arrives
    /// @param isOpen asked at arrival
    /// @param whenLost runs when it does not arrive
    /// @return when it arrives
    long carryInOrder(int from, int to, long notBeforeUs, Runnable action, BooleanSupplier isOpen, Runnable whenLost) {
        int link = from * size + to;
        long nowUs = world.agenda.nowUs();
        long delayUs = Math.max(delayUs(link), notBeforeUs - nowUs);
        boolean breaks = !healed && chance.percent(world.scenario.lossPercent() / 20);
        Runnable arrival = () -> {
            if (isOpen.getAsBoolean()) {
                action.run();
            }
        };
        arrive(link, delayUs, breaks ? whenLost : arrival, whenLost);
        return nowUs + delayUs;
    }

    private void arrive(int link, long delayUs, Runnable action, Runnable whenLost) {
        long nowUs = world.agenda.nowUs();
        int usedConnection = connection[link];
        boolean dead = deadUntilUs[link] > nowUs;
        long untilUs = delayUs + Math.max(0, cloggedUntilUs[link] - nowUs);
        world.agenda.after(untilUs, () -> {
            if (!dead && connection[link] == usedConnection && deadUntilUs[link] <= world.agenda.nowUs()) {
                action.run();
            } else {
                lost++;
                whenLost.run();
            }
        });
    }

    private long delayUs(int link) {
        long typical = healed ? 500 : (long) (world.scenario.delayUs() * slowness[link]);
        int jitter = healed ? 2 : world.scenario.jitter();
        return chance.between(typical / 2, typical * jitter);
    }

    // ---- faults ----------------------------------------------------------------------------------------------

    void cut(int from, int to, long forUs) {
        int link = from * size + to;
        deadUntilUs[link] = Math.max(deadUntilUs[link], world.agenda.nowUs() + forUs);
    }

    /// @param alsoClients clients do not reach it either
    void isolate(int nodeId, long forUs, boolean alsoClients) {
        for (int other = alsoClients ? 0 : 1; other < size; other++) {
            if (other != nodeId) {
                cut(nodeId, other, forUs);
                cut(other, nodeId, forUs);
            }
        }
    }

    void clog(int from, int to, long forUs) {
        int link = from * size + to;
        cloggedUntilUs[link] = Math.max(cloggedUntilUs[link], world.agenda.nowUs() + forUs);
    }

    void reconnect(int from, int to) {
        connection[from * size + to]++;
    }

    /// From now on everything arrives, and soon.
    void heal() {
        healed = true;
        java.util.Arrays.fill(deadUntilUs, 0);
        java.util.Arrays.fill(cloggedUntilUs, 0);
    }
}
