package io.sampo.core.simulation;

import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Stands for the metadata log: on which nodes the partition shall be, known to each node a little later. A node
/// whose directory was lost is named by its new directory.
final class MetadataModel {
    private final World world;
    private final Chance chance;
    private List<ReplicaId> desired;
    private @Nullable ForcedConfig forced;

    /// Every replica that was ever to vote.
    private final Set<ReplicaId> everDesired;

    MetadataModel(World world, List<ReplicaId> desired) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "metadata");
        this.desired = desired;
        this.everDesired = new HashSet<>(desired);
    }

    void start() {
        for (ReplicaId observer : observers()) {
            SimulatedNode node = world.node(observer.nodeId());
            node.assigned = true;
            world.agenda.after(chance.exponential(500_000), node::start);
        }
        for (ReplicaId replica : desired) {
            SimulatedNode node = world.node(replica.nodeId());
            node.assigned = true;
            node.start();
        }
    }

    List<ReplicaId> desired() {
        return desired;
    }

    /// Who follows and is not to vote.
    List<ReplicaId> observers() {
        ReplicaId last = world.nodes.getLast().replicaId;
        return world.scenario.hasObserver() && !desired.contains(last) ? List.of(last) : List.of();
    }

    /// All who are to hold the log in the end.
    List<ReplicaId> holders() {
        List<ReplicaId> all = new ArrayList<>(desired);
        all.addAll(observers());
        return all;
    }

    boolean mayVote(ReplicaId replica) {
        return everDesired.contains(replica);
    }

    ReplicaInput.DesiredReplicas input(SimulatedNode node) {
        return new ReplicaInput.DesiredReplicas(desired, observers(), node.knowsForced ? forced : null);
    }

    @Nullable
    ForcedConfig forced() {
        return forced;
    }

    /// An operator gives the other voters up.
    void force(ForcedConfig config) {
        forced = config;
        world.trace.line(world.agenda.nowUs(), () -> "FORCED " + Describe.replicas(List.of(config.voter())));
        for (SimulatedNode node : world.nodes) {
            node.knowsForced = false;
            if (!node.heldDown) {
                tellForced(node, 100_000);
            }
        }
    }

    void tellForced(SimulatedNode node, long meanUs) {
        world.agenda.after(chance.exponential(meanUs), () -> {
            node.knowsForced = true;
            tell(node);
        });
    }

    /// Makes `replicas` the desired assignment; nodes that are new in it create their replica, as learners.
    void assign(List<ReplicaId> replicas) {
        desired = List.copyOf(replicas);
        everDesired.addAll(desired);
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
            world.agenda.after(chance.exponential(100_000), () -> tell(node));
        }
    }

    private void tell(SimulatedNode node) {
        ReplicaShell shell = node.shell;
        if (shell != null) {
            node.runIn(shell, () -> shell.step(input(node)));
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
            } else {
                spread();
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
            if (node.assigned && !member && !holders().contains(replica)) {
                world.agenda.after(chance.exponential(500_000), () -> delete(node, replica));
            }
        }
    }

    private void delete(SimulatedNode node, ReplicaId replica) {
        boolean unwanted = !holders().contains(replica) && !world.damage.mayVote(replica);
        if (node.assigned && node.replicaId.equals(replica) && unwanted) {
            node.loseDirectory(false);
            node.assigned = false;
        }
    }
}
