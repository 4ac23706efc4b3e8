package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;

/// 12: a replica that may have lost records never leads and serves no reads.
final class SuspectInvariant implements PartitionInvariant {
    private static final String NAME = "12 suspect replicas neither lead nor serve";

    @Override
    public void effect(ReplicaShell replica, ReplicaEffect effect) {
        if (!replica.node.disk.image.suspect) {
            return;
        }
        boolean serves = effect instanceof ReplicaEffect.BecameActive
                || effect instanceof ReplicaEffect.PublishView
                || (effect instanceof ReplicaEffect.PublishFollowerView published && published.view() != null);
        Violation.check(!serves, NAME, "node %d: %s", replica.node.nodeId, Describe.effect(effect));
    }

    @Override
    public void beforeWrite(ReplicaShell replica, ReplicaEvent event) {
        boolean leads =
                event instanceof EpochStarted started && started.leader().equals(replica.node.replicaId);
        // The one that an operator named leads because it is all that is left.
        boolean forced = leads && replica.node.disk.image.isForced;
        Violation.check(
                !leads || forced || !replica.node.disk.image.suspect,
                NAME,
                "node %d starts an epoch",
                replica.node.nodeId);
    }
}
