package io.sampo.core.simulation;

import java.util.List;

/// Does what can go wrong, at the rates of the scenario, as long as the chaos lasts and the promise covers it.
final class Nemesis {
    private final World world;
    private final Chance chance;

    Nemesis(World world) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "nemesis");
    }

    int below(int bound) {
        return chance.below(bound);
    }

    void start() {
        for (Fault fault : Fault.values()) {
            Integer mean = world.scenario.meanFaultMs().get(fault);
            if (mean != null) {
                schedule(fault, mean);
            }
        }
        Integer setBackMs = world.scenario.meanFaultMs().get(Fault.DIRECTORY_SET_BACK);
        if (setBackMs != null) {
            copyDirectories(new Chance(world.scenario.seed(), "copies"), setBackMs / 2);
        }
    }

    private void copyDirectories(Chance when, int meanMs) {
        world.agenda.after(when.exponential(meanMs * 1000L), () -> {
            if (!world.healed) {
                when.of(world.nodes).copyDirectory();
                copyDirectories(when, meanMs);
            }
        });
    }

    private void schedule(Fault fault, int meanMs) {
        world.agenda.after(chance.exponential(meanMs * 1000L), () -> {
            if (!world.healed) {
                if (strike(fault)) {
                    world.count(fault);
                }
                schedule(fault, meanMs);
            }
        });
    }

    private boolean strike(Fault fault) {
        SimulatedNode node = chance.of(world.nodes);
        return switch (fault) {
            case PROCESS_CRASH -> crash(node, false);
            case MACHINE_CRASH -> mayCrashMachine(node) && crash(node, true);
            case ALL_PROCESSES_CRASH -> crashAll();
            case DIRECTORY_LOST -> loseDirectory(node);
            case BIT_FLIP -> flipBit(node);
            case WRITE_FAILS -> failDisk(node);
            case DISK_FULL -> fillDisk(node);
            case DISK_STALL -> {
                node.stallDisk(someTimeUs(5_000));
                yield true;
            }
            case PAUSE -> {
                node.pause(someTimeUs(8_000));
                yield true;
            }
            case RESTART -> restart(node);
            case ISOLATION -> {
                world.network.isolate(node.nodeId, someTimeUs(8_000), chance.oneIn(2));
                yield true;
            }
            case ONE_WAY_PARTITION -> {
                world.network.cut(node.nodeId, other(node), someTimeUs(8_000));
                yield true;
            }
            case CLOG -> {
                world.network.clog(node.nodeId, other(node), someTimeUs(5_000));
                yield true;
            }
            case RECONNECT -> {
                int other = other(node);
                world.network.reconnect(node.nodeId, other);
                if (chance.oneIn(2)) {
                    // The contract: whoever dialled anew doubts the other side; that one may not notice.
                    world.heartbeats.connectionChanged(node.nodeId, other);
                } else {
                    suspect(node.nodeId, other);
                    suspect(other, node.nodeId);
                }
                yield true;
            }
            case SUSPICION -> suspect(node.nodeId, other(node));
            case DIRECTORY_SET_BACK -> setBack(node);
        };
    }

    private boolean suspect(int from, int to) {
        if (!world.scenario.rests() || from == to) {
            return false;
        }
        world.heartbeats.lost(from, to);
        return true;
    }

    /// Itself sometimes: no harm.
    private int other(SimulatedNode node) {
        return (node.nodeId + chance.below(world.nodes.size() - 1)) % world.nodes.size() + 1;
    }

    private long someTimeUs(long maxMs) {
        return chance.logUniform(10, maxMs) * 1000;
    }

    private void startLater(SimulatedNode node) {
        world.agenda.after(someTimeUs(10_000), node::start);
    }

    /// One that was set back and is not found out yet stays in the life it is in: with every further one it
    /// would be harder to tell from the lives that it has forgotten.
    private boolean crash(SimulatedNode node, boolean machine) {
        if (!node.isUp() || node.isSetBack || world.healed) {
            return false;
        }
        if (machine) {
            node.crashMachine();
        } else {
            node.killProcess();
        }
        startLater(node);
        return true;
    }

    /// In durable mode a crash of the machine takes nothing that was acknowledged.
    private boolean mayCrashMachine(SimulatedNode node) {
        return world.scenario.syncsBeforeAcknowledge() || world.damage.allows(node);
    }

    private boolean crashAll() {
        boolean machines = world.scenario.syncsBeforeAcknowledge() && chance.oneIn(2);
        for (SimulatedNode node : world.nodes) {
            world.agenda.after(chance.below(1_000_000), () -> crash(node, machines));
        }
        return true;
    }

    private boolean loseDirectory(SimulatedNode node) {
        if (!node.assigned || !world.damage.allows(node)) {
            return false;
        }
        node.loseDirectory(world.scenario.has(io.sampo.core.partition.Mutation.IDENTITY_IS_NODE));
        world.metadata.directoryReplaced(node);
        startLater(node);
        return true;
    }

    private boolean flipBit(SimulatedNode node) {
        if (!node.assigned || !world.damage.allows(node)) {
            return false;
        }
        node.killProcess();
        boolean done = node.disk.flipBit(chance);
        startLater(node);
        return done;
    }

    private boolean failDisk(SimulatedNode node) {
        if (!node.isUp() || !world.damage.allows(node)) {
            return false;
        }
        node.failDisk();
        world.agenda.after(someTimeUs(5_000), () -> crash(node, false));
        return true;
    }

    private boolean setBack(SimulatedNode node) {
        List<SimulatedDisk> copies = node.copies().stream()
                .filter(copy -> world.damage.allowsSettingBack(node, copy))
                .toList();
        if (copies.isEmpty()) {
            return false;
        }
        node.setBack(chance.of(copies));
        startLater(node);
        boolean everybody = chance.oneIn(2);
        for (SimulatedNode other : world.nodes) {
            if (everybody || chance.oneIn(2)) {
                crash(other, false);
            }
        }
        return true;
    }

    private boolean fillDisk(SimulatedNode node) {
        if (node.isSetBack) {
            return false;
        }
        node.diskFull = true;
        world.agenda.after(someTimeUs(5_000), () -> {
            node.diskFull = false;
            ReplicaShell shell = node.shell;
            if (shell != null && shell.offline) {
                crash(node, false);
            }
        });
        return true;
    }

    private boolean restart(SimulatedNode node) {
        ReplicaShell shell = node.shell;
        if (shell == null || shell.offline || node.isSetBack) {
            return false;
        }
        shell.close();
        return true;
    }

    /// The process has closed its log, or is too slow to.
    void stopped(SimulatedNode node) {
        node.killProcess();
        startLater(node);
    }

    /// Ends the chaos.
    void heal() {
        world.healed = true;
        world.disaster.heal();
        world.network.heal();
        for (SimulatedNode node : List.copyOf(world.nodes)) {
            node.diskFull = false;
            node.clearStall();
            ReplicaShell shell = node.shell;
            if (shell != null && (shell.offline || shell.closed) && !node.isSetBack) {
                node.killProcess();
            }
            node.start();
        }
    }
}
