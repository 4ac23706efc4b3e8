package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.util.ArrayList;
import java.util.List;

/// Events on their way to the disk: first into the page cache, then, as far as the rules ask for it, synced. A
/// process that ends meanwhile has written any prefix of them.
final class PersistUnderWay {
    private final ReplicaShell shell;
    private final World world;
    private final SimulatedNode node;
    private final ReplicaEffect.Persist persist;
    private final List<ReplicaEvent> events;
    private final boolean hasControlEvents;
    private int writtenEvents;

    PersistUnderWay(ReplicaShell shell, ReplicaEffect.Persist persist) {
        this.shell = shell;
        this.world = shell.world;
        this.node = shell.node;
        this.persist = persist;
        this.events = persist.events();
        boolean control = false;
        for (ReplicaEvent event : events) {
            control |= !(event instanceof BatchAppended);
        }
        this.hasControlEvents = control;
    }

    void start() {
        long delayUs = isOnlyCached() ? world.nemesis.below(3) : node.diskDelayUs() / 3;
        node.after(shell, delayUs, () -> shell.guarded(this::write));
    }

    /// Page-cache mode: done when the system call returns.
    private boolean isOnlyCached() {
        return !world.scenario.syncsBeforeAcknowledge() && !hasControlEvents;
    }

    private void write() {
        if (isOver()) {
            return;
        }
        if (node.diskFull && events.stream().anyMatch(BatchAppended.class::isInstance)) {
            shell.failed("no space left on device");
            return;
        }
        while (writtenEvents < events.size()) {
            writeNext();
        }
        if (isOnlyCached()) {
            sync();
        } else {
            node.after(shell, node.diskDelayUs(), () -> shell.guarded(this::sync));
        }
    }

    private void writeNext() {
        ReplicaEvent event = events.get(writtenEvents++);
        world.judges.beforeWrite(shell, event);
        node.disk.write(event, persist.syncsLogBeforeMarkers(), world.scenario.syncsBeforeAcknowledge());
        world.judges.written(shell, event);
        if (event instanceof ReplicaEvent.EpochStarted started
                && started.leader().equals(node.replicaId)) {
            world.clients.leaderComes(node);
        }
    }

    private void sync() {
        if (!isOver()) {
            node.disk.sync(events, world.scenario.syncsBeforeAcknowledge());
            shell.persisted(events);
        }
    }

    private boolean isOver() {
        return shell.isEnded() || shell.offline;
    }

    /// The process ends, or the disk fails: some of it has been written, in order.
    void breakOff() {
        int count = world.nemesis.below(events.size() + 1);
        while (writtenEvents < count) {
            writeNext();
        }
    }

    /// For readers: they are decided, but not in the log yet.
    List<BatchAppended> unwrittenBatches() {
        List<BatchAppended> batches = new ArrayList<>();
        for (ReplicaEvent event : events.subList(writtenEvents, events.size())) {
            if (event instanceof BatchAppended batch) {
                batches.add(batch);
            }
        }
        return batches;
    }
}
