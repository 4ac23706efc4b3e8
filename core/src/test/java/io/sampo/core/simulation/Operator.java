package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaInput;
import java.util.ArrayList;
import java.util.List;

/// People, sharding and the rest of the broker: what they want of a partition, whether it is wise or not. Sharding
/// is a model that may start no leader entity, one or two, anywhere and at any time.
final class Operator {
    private final World world;
    private final Chance chance;

    Operator(World world) {
        this.world = world;
        this.chance = new Chance(world.scenario.seed(), "operator");
    }

    void start() {
        for (Operation operation : Operation.values()) {
            Integer mean = world.scenario.meanOperationMs().get(operation);
            if (mean != null) {
                schedule(operation, mean);
            }
        }
    }

    private void schedule(Operation operation, int meanMs) {
        world.agenda.after(chance.exponential(meanMs * 1000L), () -> {
            if (!world.healed) {
                if (perform(operation)) {
                    world.count(operation);
                }
                schedule(operation, meanMs);
            }
        });
    }

    private boolean perform(Operation operation) {
        SimulatedNode node = chance.of(world.nodes);
        return switch (operation) {
            case CAMPAIGN -> tell(node, new ReplicaInput.Campaign());
            case TWO_CAMPAIGNS ->
                tell(node, new ReplicaInput.Campaign()) | tell(chance.of(world.nodes), new ReplicaInput.Campaign());
            case RESIGN -> {
                ReplicaShell shell = node.shell;
                yield shell != null && tell(node, new ReplicaInput.Resign(shell.leaseNumber - chance.below(2)));
            }
            case TRANSFER -> transfer();
            case REPLACE -> replace();
            case GROW -> grow();
            case SHRINK -> shrink();
            case DELETE_RECORDS -> world.clients.deleteRecords();
            case BARRIER -> world.clients.barrier();
            case MIN_IN_SYNC -> changeMinInSync();
            case CHECKPOINT -> checkpoint(node);
            case PRODUCER_RESTART -> world.clients.restartProducer();
            case FORCE -> throw new IllegalStateException("the disaster's");
        };
    }

    private static boolean tell(SimulatedNode node, ReplicaInput input) {
        ReplicaShell shell = node.shell;
        if (shell == null) {
            return false;
        }
        node.runIn(shell, () -> shell.step(input));
        return true;
    }

    private boolean transfer() {
        ReplicaShell leader = world.leader();
        if (leader == null) {
            return false;
        }
        ReplicaId target = chance.of(world.nodes).replicaId;
        return tell(leader.node, new ReplicaInput.TransferLeadership(target));
    }

    private boolean replace() {
        List<ReplicaId> spares = spares();
        if (spares.isEmpty()) {
            return false;
        }
        List<ReplicaId> desired = new ArrayList<>(world.metadata.desired());
        desired.set(chance.below(desired.size()), chance.of(spares));
        return assign(desired);
    }

    private boolean grow() {
        List<ReplicaId> spares = spares();
        List<ReplicaId> desired = new ArrayList<>(world.metadata.desired());
        if (spares.isEmpty() || desired.size() >= 5) {
            return false;
        }
        desired.add(chance.of(spares));
        return assign(desired);
    }

    private boolean shrink() {
        List<ReplicaId> desired = new ArrayList<>(world.metadata.desired());
        if (desired.size() == 1) {
            return false;
        }
        desired.remove(chance.below(desired.size()));
        return assign(desired);
    }

    private boolean assign(List<ReplicaId> desired) {
        // A target set smaller than min.insync.replicas is refused by the controller; a dead directory cannot be one.
        boolean alive = desired.stream()
                .allMatch(replica -> world.node(replica.nodeId()).replicaId.equals(replica));
        if (desired.size() < world.minInSyncReplicas || !alive || !world.damage.allowsMoveTo(desired)) {
            return false;
        }
        world.metadata.assign(desired);
        return true;
    }

    private List<ReplicaId> spares() {
        return world.nodes.stream()
                .map(node -> node.replicaId)
                .filter(replica -> !world.metadata.desired().contains(replica))
                .toList();
    }

    private boolean changeMinInSync() {
        int value = 1 + chance.below(world.metadata.desired().size());
        world.minInSyncReplicas = value;
        for (SimulatedNode node : world.nodes) {
            world.agenda.after(
                    chance.exponential(50_000),
                    () -> tell(
                            node, new ReplicaInput.SettingsChanged(world.scenario.settings(world.minInSyncReplicas))));
        }
        return true;
    }

    private boolean checkpoint(SimulatedNode node) {
        ReplicaShell shell = node.shell;
        if (shell == null || !shell.mayStoreCheckpoint()) {
            return false;
        }
        node.disk.store(shell.core.checkpoint());
        if (chance.oneIn(2)) {
            node.disk.deleteOldBatches(shell.core.highWatermark());
        }
        return true;
    }
}
