package io.sampo.core.simulation;

import java.util.List;

/// 4, 6, 7: one committed value per offset for ever; the high watermark never falls and never leaves the log; a
/// follower's is not ahead of what leaders committed. Feeds the [CommittedLog].
final class HighWatermarkInvariant implements PartitionInvariant {
    private static final String ONE_VALUE = "4 one committed value per offset";
    private static final String BOUNDS = "6, 7 high watermark";

    private final World world;
    private final Judges judges;

    HighWatermarkInvariant(World world, Judges judges) {
        this.world = world;
        this.judges = judges;
    }

    @Override
    public void decided(ReplicaShell replica) {
        long highWatermark = replica.core.highWatermark();
        long before = replica.judgedHighWatermark;
        if (highWatermark == before) {
            return;
        }
        if (world.disaster.isOvertaken(replica)) {
            // It may have to cut what it took for committed.
            world.disaster.committedInVain(replica, Math.max(before, 0), highWatermark);
            replica.judgedHighWatermark = highWatermark;
            return;
        }
        int nodeId = replica.node.nodeId;
        Violation.check(highWatermark > before, BOUNDS, "node %d: %d after %d", nodeId, highWatermark, before);
        Violation.check(
                highWatermark <= replica.core.logEndOffset(),
                BOUNDS,
                "node %d: %d, log end %d",
                nodeId,
                highWatermark,
                replica.core.logEndOffset());
        compare(replica, Math.max(before, 0), highWatermark);
        replica.judgedHighWatermark = highWatermark;
    }

    private void compare(ReplicaShell replica, long from, long highWatermark) {
        List<StoredBatch> log = replica.node.disk.log();
        // A leader may begin, commit and step down in one and the same step.
        boolean leads = replica.core.isActive() || replica.activeEpoch >= 0 || replica.becameActive;
        for (int i = LogTail.firstAtOrAfter(log, from);
                i < log.size() && log.get(i).nextOffset() <= highWatermark;
                i++) {
            StoredBatch batch = log.get(i);
            if (batch.baseOffset() >= world.committed.end()) {
                Violation.check(leads, BOUNDS, "node %d takes %s for committed", replica.node.nodeId, batch);
                Violation.check(
                        batch.baseOffset() == world.committed.end(),
                        ONE_VALUE,
                        "node %d commits %s after offset %d",
                        replica.node.nodeId,
                        batch,
                        world.committed.end());
                world.committed.add(batch, replica.node.disk.image.lastEpoch());
                judges.committed(replica, batch);
            } else {
                Violation.check(
                        world.committed.contains(batch),
                        ONE_VALUE,
                        "node %d has %s, committed was %s",
                        replica.node.nodeId,
                        batch,
                        world.committed.batches().get(world.committed.indexOf(batch.baseOffset())));
            }
        }
        Violation.check(
                highWatermark <= world.committed.end(),
                BOUNDS,
                "node %d: %d, committed up to %d",
                replica.node.nodeId,
                highWatermark,
                world.committed.end());
    }
}
