package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// A machine with one directory, one clock and at most one process, which hosts one replica.
final class SimulatedNode {
    private static final int COPIES_KEPT = 4;

    final int nodeId;
    private final World world;
    private final Chance chance;
    private final long clockOffsetMs;
    private final double clockRate;

    /// Identity of the directory; another one after the directory was lost.
    ReplicaId replicaId;

    SimulatedDisk disk = new SimulatedDisk();

    /// The process; null while it is down.
    @Nullable
    ReplicaShell shell;

    /// Whether metadata gave this node a replica of the partition.
    boolean assigned;

    /// The machine went down with unsynced acknowledgements, and the replica has not been opened since.
    boolean inDoubt;

    /// The directory is an older copy of itself, and will be given up when that is found out.
    boolean isSetBack;

    /// It cannot be started.
    boolean heldDown;

    /// Metadata have told it of the newest configuration that was forced.
    boolean knowsForced;

    /// Of the directory, oldest first.
    private final List<SimulatedDisk> copies = new ArrayList<>();

    /// Lives of replicas that are over on this node.
    long replicaEnds;

    /// What was committed when the replica began anew.
    long committedAtReset;

    /// The disk refuses to work until the process is started again on a good one.
    boolean diskFull;

    private int boot = 1;
    private int directoryCount = 1;
    private long pausedUntilUs = -1;
    private long stalledUntilUs;
    long lastResumedUs;
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();

    SimulatedNode(World world, int nodeId) {
        this.world = world;
        this.nodeId = nodeId;
        this.chance = new Chance(world.scenario.seed(), "node-" + nodeId);
        this.replicaId = new ReplicaId(nodeId, directory());
        this.clockOffsetMs = chance.between(1, 3_600_000);
        int drift = world.scenario.clockDriftPercent();
        this.clockRate = 1 + (drift == 0 ? 0 : chance.between(-drift, drift)) / 100.0;
    }

    private Uuid directory() {
        return new Uuid(nodeId, 1000L * nodeId + directoryCount);
    }

    String bootId() {
        return "boot-" + nodeId + "-" + boot;
    }

    long nowMs() {
        return clockOffsetMs + (long) (world.agenda.nowUs() * clockRate / 1000);
    }

    /// World time until this node's clock shows `atMs`.
    long untilUs(long atMs) {
        return (long) ((atMs - clockOffsetMs) * 1000 / clockRate) - world.agenda.nowUs() + 1;
    }

    // ---- process ---------------------------------------------------------------------------------------------

    boolean isUp() {
        return shell != null;
    }

    boolean isPaused() {
        return pausedUntilUs > world.agenda.nowUs();
    }

    void start() {
        if (shell == null && assigned && !heldDown) {
            pausedUntilUs = -1;
            held.clear();
            world.heartbeats.processStarted(nodeId);
            world.images.processStarted(this);
            shell = new ReplicaShell(world, this);
            shell.open(null);
        }
    }

    /// The process ends at once; whatever it had under way may have been written in part.
    void killProcess() {
        ReplicaShell running = shell;
        if (running != null) {
            shell = null;
            replicaEnds++;
            running.end(true);
        }
        held.clear();
        pausedUntilUs = -1;
    }

    void crashMachine() {
        killProcess();
        disk.loseUnsynced(chance);
        inDoubt = !world.scenario.syncsBeforeAcknowledge();
        boot++;
    }

    /// A sync failed: the process must not go on, and the unsynced part is in doubt.
    void failDisk() {
        ReplicaShell running = shell;
        if (running != null) {
            running.failed("input/output error");
        }
        disk.loseUnsynced(chance);
        disk.doubt("a sync failed");
    }

    void clearStall() {
        stalledUntilUs = 0;
        pausedUntilUs = -1;
        resume();
    }

    /// The next start finds an empty directory.
    ///
    /// @param keepsIdentity planted: the empty directory takes the name of the lost one
    void loseDirectory(boolean keepsIdentity) {
        killProcess();
        disk = new SimulatedDisk();
        copies.clear();
        committedAtReset = 0;
        inDoubt = false;
        isSetBack = false;
        if (!keepsIdentity) {
            directoryCount++;
            replicaId = new ReplicaId(nodeId, directory());
        }
    }

    /// A backup.
    void copyDirectory() {
        if (assigned && !isSetBack && !disk.isBlank() && !disk.hasDamage() && !inDoubt) {
            if (copies.size() == COPIES_KEPT) {
                copies.removeFirst();
            }
            copies.add(disk.copy());
        }
    }

    List<SimulatedDisk> copies() {
        return copies;
    }

    /// The next start finds what the directory was when it was copied.
    void setBack(SimulatedDisk copy) {
        killProcess();
        disk = copy.copy();
        isSetBack = true;
        diskFull = false;
        inDoubt = false;
    }

    /// The replica takes no part any more: people give the node an empty directory.
    void foundSetBack() {
        world.foundSetBack++;
        world.agenda.after(chance.between(100_000, 5_000_000), () -> {
            if (isSetBack) {
                loseDirectory(false);
                world.metadata.directoryReplaced(this);
                start();
            }
        });
    }

    // ---- time ------------------------------------------------------------------------------------------------

    void pause(long forUs) {
        if (!isUp()) {
            return;
        }
        pausedUntilUs = Math.max(pausedUntilUs, world.agenda.nowUs() + forUs);
        world.agenda.after(forUs, this::resume);
    }

    private void resume() {
        if (isPaused()) {
            return;
        }
        lastResumedUs = world.agenda.nowUs();
        int count = held.size();
        for (int i = 0; i < count && !held.isEmpty(); i++) {
            held.removeFirst().run();
        }
    }

    void stallDisk(long forUs) {
        stalledUntilUs = Math.max(stalledUntilUs, world.agenda.nowUs() + forUs);
    }

    /// How long a write or a sync takes now.
    long diskDelayUs() {
        long stalled = Math.max(0, stalledUntilUs - world.agenda.nowUs());
        return stalled + chance.between(world.scenario.writeUs() / 4, world.scenario.writeUs() * 2);
    }

    /// For the process of now: nothing happens when it has ended by then, and later when it is paused.
    void after(ReplicaShell process, long delayUs, Runnable action) {
        world.agenda.after(delayUs, () -> runIn(process, action));
    }

    void runIn(ReplicaShell process, Runnable action) {
        if (shell != process) {
            return;
        }
        if (isPaused()) {
            held.addLast(() -> runIn(process, action));
        } else {
            action.run();
        }
    }
}
