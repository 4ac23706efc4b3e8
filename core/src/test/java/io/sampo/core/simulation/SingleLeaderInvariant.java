package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaId;
import java.util.HashMap;
import java.util.Map;

/// 2: at most one leader in each epoch.
final class SingleLeaderInvariant implements PartitionInvariant {
    private final Map<Integer, ReplicaId> leaders = new HashMap<>();

    @Override
    public void written(ReplicaShell replica, ReplicaEvent event) {
        if (event instanceof EpochStarted started && started.leader().equals(replica.node.replicaId)) {
            leads(started.leaderEpoch(), replica);
        }
    }

    @Override
    public void effect(ReplicaShell replica, ReplicaEffect effect) {
        if (effect instanceof ReplicaEffect.BecameActive active) {
            leads(active.leaderEpoch(), replica);
        }
    }

    private void leads(int leaderEpoch, ReplicaShell replica) {
        ReplicaId before = leaders.putIfAbsent(leaderEpoch, replica.node.replicaId);
        Violation.check(
                before == null || before.equals(replica.node.replicaId),
                "2 one leader per epoch",
                "epoch %d is led by node %d and by node %d",
                leaderEpoch,
                before == null ? 0 : before.nodeId(),
                replica.node.nodeId);
    }
}
