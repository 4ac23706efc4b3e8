package io.sampo.core.simulation;

import io.sampo.core.leadership.GroupLeaders;
import io.sampo.core.leadership.GroupPlacement;
import io.sampo.core.leadership.SuccessorRule;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A shard coordinator that goes by the production rules, beside the one that starts leaders anywhere
/// ([Operation#CAMPAIGN]): where it puts the one leader entity follows [GroupPlacement], and an entity that has to go
/// first offers leadership to the one that [SuccessorRule] names. What it knows is what one node knows, which may be
/// wrong or old; it may die and forget where the entity is.
final class SimulatedSharding {
    private static final long INTERVAL_US = 2_000_000;

    private final World world;
    private final Chance chance;

    /// Where the entity is, as the coordinator knows; 0: nowhere.
    private int placedOn;

    long allocations;
    long handOvers;

    SimulatedSharding(World world) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "sharding");
    }

    void start() {
        if (world.scenario.allocates()) {
            schedule();
        }
    }

    private void schedule() {
        world.agenda.after(chance.exponential(INTERVAL_US), () -> {
            if (!world.healed) {
                coordinate();
                schedule();
            }
        });
    }

    private void coordinate() {
        if (chance.oneIn(10)) {
            // Another node coordinates from now on, and finds nothing.
            placedOn = 0;
        }
        TreeSet<Integer> live = live();
        GroupLeaders leaders = leaders();
        List<Integer> replicas = replicas();
        if (placedOn != 0 && live.contains(placedOn)) {
            if (GroupPlacement.isMisplaced(replicas, placedOn, live, leaders)) {
                handOver(world.node(placedOn), replicas, live);
                placedOn = 0;
            }
            return;
        }
        placedOn = GroupPlacement.choose(replicas, live, leaders).orElse(0);
        if (placedOn != 0) {
            allocations++;
            tell(world.node(placedOn), new ReplicaInput.Campaign());
        }
    }

    private List<Integer> replicas() {
        return world.metadata.desired().stream().map(ReplicaId::nodeId).toList();
    }

    /// Nodes that are up, but for one of which the coordinator does not know yet, sometimes.
    private TreeSet<Integer> live() {
        TreeSet<Integer> live = new TreeSet<>();
        for (SimulatedNode node : world.nodes) {
            if (node.isUp() && !chance.oneIn(10)) {
                live.add(node.nodeId);
            }
        }
        return live;
    }

    private GroupLeaders leaders() {
        TopicImage topic = new TopicImage(
                "orders",
                World.PARTITION.topicId(),
                List.of(new PartitionAssignment(replicas())),
                Collections.emptySortedMap());
        MetadataImage empty = MetadataImage.EMPTY;
        MetadataImage image = new MetadataImage(
                0,
                "cluster",
                new TreeMap<>(Map.of(topic.name(), topic)),
                Map.of(topic.id(), topic),
                empty.nodes(),
                empty.brokerConfigs(),
                0,
                empty.scramCredentials());
        ReplicaShell leader = chance.oneIn(8) ? null : world.leader();
        return GroupLeaders.of(image, _ -> Optional.ofNullable(leadership(leader)));
    }

    private static @Nullable Leadership leadership(@Nullable ReplicaShell leader) {
        return leader == null
                ? null
                : new Leadership(
                        leader.node.nodeId,
                        leader.activeEpoch,
                        leader.inSync.stream().map(ReplicaId::nodeId).toList(),
                        List.of());
    }

    /// As the shell does when sharding stops an entity: leadership first, then the lease.
    private void handOver(SimulatedNode node, List<Integer> replicas, TreeSet<Integer> live) {
        ReplicaShell shell = node.shell;
        if (shell == null || shell.activeEpoch < 0) {
            return;
        }
        handOvers++;
        ReplicaId successor = SuccessorRule.successor(node.replicaId, shell.inSync, replicas, live::contains);
        tell(
                node,
                successor == null
                        ? new ReplicaInput.Resign(shell.leaseNumber)
                        : new ReplicaInput.TransferLeadership(successor));
    }

    private static void tell(SimulatedNode node, ReplicaInput input) {
        ReplicaShell shell = node.shell;
        if (shell != null) {
            node.runIn(shell, () -> shell.step(input));
        }
    }
}
