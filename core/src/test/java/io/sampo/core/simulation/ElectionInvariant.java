package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import io.sampo.core.partition.VoterSet;
import java.util.HashSet;
import java.util.Set;

/// 1, 13: who starts an epoch has promises of a majority of the old and of the new configuration, from replicas
/// that trust their logs, and whose directories were not set back; only when none can be missing do the others
/// count.
final class ElectionInvariant implements PartitionInvariant {

    private record Grant(ReplicaId voter, ReplicaId candidate, int leaderEpoch) {}

    private final World world;
    private final Set<Grant> trusted = new HashSet<>();
    private final Set<Grant> all = new HashSet<>();

    ElectionInvariant(World world) {
        this.world = world;
    }

    @Override
    public void sent(ReplicaShell replica, ReplicaEnvelope envelope) {
        if (envelope.message() instanceof PromiseReply reply && reply.granted() && !replica.node.isSetBack) {
            Grant grant = new Grant(envelope.from(), envelope.to(), reply.leaderEpoch());
            all.add(grant);
            if (!reply.suspect()) {
                trusted.add(grant);
            }
        }
    }

    @Override
    public void beforeWrite(ReplicaShell replica, ReplicaEvent event) {
        ReplicaId self = replica.node.replicaId;
        if (event instanceof EpochStarted started && started.leader().equals(self)) {
            VoterSet before = replica.node.disk.image.config();
            int epoch = started.leaderEpoch();
            if (world.disaster.isForced(started)) {
                return;
            }
            boolean everybody = before.voters().stream()
                    .allMatch(voter -> voter.equals(self) || all.contains(new Grant(voter, self, epoch)));
            if (everybody || (hasMajority(before, self, epoch) && hasMajority(started.config(), self, epoch))) {
                return;
            }
            Violation.check(
                    false,
                    "13 leaders are elected by a majority",
                    "node %d starts epoch %d with %s after %s",
                    replica.node.nodeId,
                    epoch,
                    Describe.config(started.config()),
                    Describe.config(before));
        }
    }

    private boolean hasMajority(VoterSet config, ReplicaId self, int leaderEpoch) {
        long count = config.voters().stream()
                .filter(voter -> voter.equals(self) || trusted.contains(new Grant(voter, self, leaderEpoch)))
                .count();
        return count >= config.majority();
    }
}
