package io.sampo.core.simulation;

import io.sampo.core.partition.ReadView;
import java.util.List;

/// Reads from wherever a view is published, leader or follower, and checks that it gets committed records only,
/// none left out.
final class Consumer {
    private static final String INVARIANT = "15 consumers get committed records only";

    private final World world;
    private final Chance chance;
    private long position;

    Consumer(World world, int number) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "consumer-" + number);
    }

    long position() {
        return position;
    }

    /// A configuration was forced without what was committed beyond.
    void rewind(long end) {
        position = Math.min(position, end);
    }

    void start() {
        world.agenda.after(chance.exponential(world.healed ? 200_000 : 700_000), () -> {
            ReplicaShell leader = world.leader();
            read(leader != null && chance.oneIn(2) ? leader.node : chance.of(world.nodes));
            start();
        });
    }

    private void read(SimulatedNode node) {
        ReplicaShell shell = node.shell;
        if (shell == null || node.isPaused()) {
            return;
        }
        ReadView view = shell.view;
        if (view == null || world.disaster.isOvertaken(shell)) {
            return;
        }
        Violation.check(
                !node.disk.image.suspect || shell.isPersisting(),
                "12 suspect replicas serve no reads",
                "node %d publishes a view",
                node.nodeId);
        Violation.check(
                view.highWatermark() <= world.committed.end(),
                INVARIANT,
                "node %d shows offsets to %d, committed up to %d",
                node.nodeId,
                view.highWatermark(),
                world.committed.end());
        if (position < view.logStartOffset()) {
            position = view.logStartOffset();
        }
        List<StoredBatch> log = node.disk.log();
        int count = 0;
        for (int i = LogTail.firstAtOrAfter(log, position);
                i < log.size() && log.get(i).nextOffset() <= view.highWatermark() && count < 200;
                i++, count++) {
            StoredBatch batch = log.get(i);
            Violation.check(
                    batch.baseOffset() <= position,
                    INVARIANT,
                    "node %d skips from offset %d to %s",
                    node.nodeId,
                    position,
                    batch);
            Violation.check(world.committed.contains(batch), INVARIANT, "node %d serves %s", node.nodeId, batch);
            position = batch.nextOffset();
        }
    }
}
