package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import java.util.List;

/// 3: who starts an epoch has everything that was ever committed.
final class LeaderCompletenessInvariant implements PartitionInvariant {
    private final World world;

    LeaderCompletenessInvariant(World world) {
        this.world = world;
    }

    @Override
    public void written(ReplicaShell replica, ReplicaEvent event) {
        if (event instanceof EpochStarted started
                && started.leader().equals(replica.node.replicaId)
                && started.leaderEpoch() >= world.disaster.startedEpoch()) {
            List<StoredBatch> log = replica.node.disk.log();
            List<StoredBatch> committed = world.committed.batches();
            // What lies below the log start is not asked for.
            long from = replica.node.disk.image.logStartOffset;
            int own = LogTail.firstAtOrAfter(log, from);
            // A leader that was elected long ago and slept since then need not have what later ones committed.
            for (int i = world.committed.indexOf(from);
                    i < committed.size() && world.committed.epochOfCommit(i) < started.leaderEpoch();
                    i++, own++) {
                StoredBatch expected = committed.get(i);
                StoredBatch found = own < log.size() ? log.get(own) : null;
                Violation.check(
                        found != null && found.isSame(expected),
                        "3 a leader has all that was committed",
                        "node %d starts epoch %d with %s, committed was %s",
                        replica.node.nodeId,
                        started.leaderEpoch(),
                        found,
                        expected);
            }
        }
    }
}
