package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import java.util.List;

/// Stands for the metadata log: on which nodes the partition shall be, known to each node a little later. A node
/// whose directory was lost is named by its new directory.
final class MetadataModel {
    private final World world;
    private final Chance chance;
    private List<ReplicaId> desired;

    MetadataModel(World world, List<ReplicaId> desired) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "metadata");
        this.desired = desired;
    }

    void start() {
        for (ReplicaId replica : desired) {
            SimulatedNode node = world.node(replica.nodeId());
            node.assigned = true;
            node.start();
        }
    }

    List<ReplicaId> desired() {
        return desired;
    }

    boolean wants(SimulatedNode node) {
        return desired.contains(node.replicaId);
    }

    /// Makes `replicas` the desired assignment; nodes that are new in it create their replica, as learners.
    void assign(List<ReplicaId> replicas) {
        desired = List.copyOf(replicas);
        world.trace.line(world.agenda.nowUs(), () -> "DESIRED " + Describe.replicas(replicas));
        for (ReplicaId replica : replicas) {
            SimulatedNode node = world.node(replica.nodeId());
            if (!node.assigned) {
                node.assigned = true;
                world.agenda.after(chance.exponential(100_000), node::start);
            }
        }
        spread();
    }

    private void spread() {
        for (SimulatedNode node : world.nodes) {
            world.agenda.after(chance.exponential(100_000), () -> {
                ReplicaShell shell = node.shell;
                if (shell != null) {
                    node.runIn(shell, () -> shell.step(new ReplicaInput.DesiredReplicas(desired)));
                }
            });
        }
    }

    /// A node came back with another directory: it registers it, and the assignment names the new one.
    void directoryReplaced(SimulatedNode node) {
        world.agenda.after(chance.exponential(200_000), () -> {
            List<ReplicaId> replaced = desired.stream()
                    .map(replica -> replica.nodeId() == node.nodeId ? node.replicaId : replica)
                    .toList();
            if (!replaced.equals(desired)) {
                assign(replaced);
            }
        });
    }

    /// A replica that is neither wanted nor in the committed configuration is deleted; should its node get the
    /// partition again, then under another directory identity.
    void configCommitted(ReplicaEffect.ConfigCommitted committed) {
        for (SimulatedNode node : world.nodes) {
            ReplicaId replica = node.replicaId;
            boolean member = committed.config().voters().contains(replica)
                    || committed.config().learners().contains(replica);
            if (node.assigned && !member && !desired.contains(replica)) {
                world.agenda.after(chance.exponential(500_000), () -> delete(node, replica));
            }
        }
    }

    private void delete(SimulatedNode node, ReplicaId replica) {
        boolean unwanted = !desired.contains(replica) && !world.damage.mayVote(replica);
        if (node.assigned && node.replicaId.equals(replica) && unwanted) {
            node.loseDirectory(false);
            node.assigned = false;
        }
    }
}
