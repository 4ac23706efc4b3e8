package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaMessage;
import io.sampo.core.partition.VoterSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/// How much may be destroyed: the promise holds while fewer than a majority of the voters lost what they had (fault
/// atlas of the replication design, invariant 19). A crash that loses nothing needs no budget.
final class DamageBudget {
    private final World world;

    /// In which a change of voters was settled.
    private final Set<Integer> settledEpochs = new HashSet<>();

    /// What candidates ask promises for: it may hold at any moment from then on. By epoch.
    private final TreeMap<Integer, VoterSet> wanted = new TreeMap<>();

    DamageBudget(World world) {
        this.world = world;
    }

    /// Whether the replica on this node may lose data now.
    boolean allows(SimulatedNode node) {
        return isIntact(node.replicaId) && !isOneSetBack() && allows(node.replicaId, world.metadata.desired());
    }

    /// Whether the directory may become `copy`: it counts as lost from then on, and the promise covers it as far as
    /// everybody who may count this replica has heard of a later life of it, and has that on disk. Who was the only
    /// voter in the copy would ask nobody.
    boolean allowsSettingBack(SimulatedNode node, SimulatedDisk copy) {
        return node.assigned
                && allows(node)
                && copy.image.config().voters().size() > 1
                && everybodyKnowsLifeAfter(copy.image, node.replicaId);
    }

    private boolean everybodyKnowsLifeAfter(DiskImage copy, ReplicaId replica) {
        Set<ReplicaId> counting = new LinkedHashSet<>(world.metadata.desired());
        configs().forEach(config -> counting.addAll(config.voters()));
        counting.addAll(copy.config().voters());
        counting.remove(replica);
        return counting.stream()
                .map(other -> world.node(other.nodeId()))
                .allMatch(
                        node -> node.disk.isMetaSynced() && node.disk.image.knowsLifeAfter(copy.incarnation, replica));
    }

    /// Nobody new may come to count a replica that was set back and is not found out yet.
    private boolean isOneSetBack() {
        return world.nodes.stream().anyMatch(node -> node.isSetBack);
    }

    /// A leader has seen that the change of voters which its epoch brought cannot be undone.
    void settled(int leaderEpoch) {
        settledEpochs.add(leaderEpoch);
    }

    void sent(ReplicaEnvelope envelope) {
        if (envelope.message() instanceof ReplicaMessage.PromiseRequest request && request.targetConfig() != null) {
            wanted.put(request.leaderEpoch(), request.targetConfig());
        }
    }

    /// Whether the partition may move to `desired` with what is damaged now.
    boolean allowsMoveTo(List<ReplicaId> desired) {
        return !isOneSetBack() && allows(null, desired);
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

    /// Every configuration that some replica goes by, and the one before it as long as that has to confirm the
    /// change.
    private List<VoterSet> configs() {
        List<VoterSet> configs = new ArrayList<>();
        for (SimulatedNode node : world.nodes) {
            if (node.assigned) {
                DiskImage image = node.disk.image;
                add(configs, image.config());
                if (!settledEpochs.contains(image.lastEpoch())) {
                    add(configs, image.configBefore());
                }
            }
        }
        int lastEpoch = world.nodes.stream()
                .mapToInt(node -> node.disk.image.lastEpoch())
                .max()
                .orElse(-1);
        wanted.tailMap(lastEpoch, false).values().forEach(config -> add(configs, config));
        return configs;
    }

    private static void add(List<VoterSet> configs, VoterSet config) {
        if (!config.voters().isEmpty() && !configs.contains(config)) {
            configs.add(config);
        }
    }

    boolean mayVote(ReplicaId replica) {
        return configs().stream().anyMatch(config -> config.voters().contains(replica));
    }

    /// It has what it ever acknowledged, as far as it counts.
    boolean isIntact(ReplicaId replica) {
        SimulatedNode node = world.node(replica.nodeId());
        return node.replicaId.equals(replica)
                && !node.disk.image.suspect
                && !node.inDoubt
                && !node.isSetBack
                && !node.disk.hasDamage();
    }
}
