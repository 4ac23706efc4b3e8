package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.List;

/// How much may be destroyed: the promise holds while fewer than a majority of the voters lost what they had (fault
/// atlas of the replication design, invariant 19). A crash that loses nothing needs no budget.
final class DamageBudget {
    private final World world;

    DamageBudget(World world) {
        this.world = world;
    }

    /// Whether the replica on this node may lose data now.
    boolean allows(SimulatedNode node) {
        return isIntact(node.replicaId) && allows(node.replicaId, world.metadata.desired());
    }

    /// Whether the partition may move to `desired` with what is damaged now.
    boolean allowsMoveTo(List<ReplicaId> desired) {
        return allows(null, desired);
    }

    private boolean allows(@org.jspecify.annotations.Nullable ReplicaId next, List<ReplicaId> desired) {
        for (VoterSet config : configs()) {
            List<ReplicaId> voters = config.voters();
            boolean concerned = next == null || voters.contains(next) || desired.contains(next);
            long damaged = voters.stream()
                    .filter(voter -> voter.equals(next) || !isIntact(voter))
                    .count();
            boolean moving = !sameMembers(voters, desired);
            if (moving) {
                damaged += desired.stream()
                        .filter(replica -> !voters.contains(replica))
                        .filter(replica -> replica.equals(next) || !isIntact(replica))
                        .count();
            }
            int smallest = Math.min(voters.size(), moving ? desired.size() : voters.size());
            // On the way from three to one voter lies a configuration of two, which tolerates nothing.
            int tolerated = (smallest - 1) / 2;
            if (concerned && damaged > tolerated) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameMembers(List<ReplicaId> left, List<ReplicaId> right) {
        return left.size() == right.size() && left.containsAll(right);
    }

    /// Every configuration that some replica goes by.
    private List<VoterSet> configs() {
        List<VoterSet> configs = new ArrayList<>();
        for (SimulatedNode node : world.nodes) {
            VoterSet config = node.disk.image.config();
            if (node.assigned && !config.voters().isEmpty() && !configs.contains(config)) {
                configs.add(config);
            }
        }
        return configs;
    }

    boolean mayVote(ReplicaId replica) {
        return configs().stream().anyMatch(config -> config.voters().contains(replica));
    }

    /// It has what it ever acknowledged, as far as it counts.
    boolean isIntact(ReplicaId replica) {
        SimulatedNode node = world.node(replica.nodeId());
        return node.replicaId.equals(replica) && !node.disk.image.suspect && !node.inDoubt && !node.disk.hasDamage();
    }
}
