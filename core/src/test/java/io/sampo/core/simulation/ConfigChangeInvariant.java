package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.HashSet;
import java.util.Set;

/// 16: one voter at a time, only when the marker of the epoch before is settled, and nobody who was never to vote.
final class ConfigChangeInvariant implements PartitionInvariant {
    private static final String NAME = "16 one voter at a time";

    private final World world;
    private final CommitQuorumInvariant quorum;

    ConfigChangeInvariant(World world, CommitQuorumInvariant quorum) {
        this.world = world;
        this.quorum = quorum;
    }

    @Override
    public void beforeWrite(ReplicaShell replica, ReplicaEvent event) {
        if (!(event instanceof EpochStarted started) || !started.leader().equals(replica.node.replicaId)) {
            return;
        }
        DiskImage image = replica.node.disk.image;
        if (started.config().equals(image.config()) || world.disaster.isForced(started)) {
            checkVoters(replica, started.config());
            return;
        }
        Set<ReplicaId> before = new HashSet<>(image.config().voters());
        Set<ReplicaId> after = new HashSet<>(started.config().voters());
        Set<ReplicaId> changed = new HashSet<>(before);
        changed.addAll(after);
        changed.removeIf(voter -> before.contains(voter) && after.contains(voter));
        Violation.check(
                changed.size() <= 1,
                NAME,
                "node %d: %s after %s",
                replica.node.nodeId,
                Describe.config(started.config()),
                Describe.config(image.config()));
        Violation.check(
                changed.isEmpty() || quorum.isSettled(image),
                NAME,
                "node %d changes voters in epoch %d, and the marker of epoch %d is not settled",
                replica.node.nodeId,
                started.leaderEpoch(),
                image.lastEpoch());
        checkVoters(replica, started.config());
    }

    private void checkVoters(ReplicaShell replica, VoterSet config) {
        if (!config.voters().stream().allMatch(world.metadata::mayVote)) {
            throw new Violation("observers never vote", "node " + replica.node.nodeId + ": " + Describe.config(config));
        }
    }
}
