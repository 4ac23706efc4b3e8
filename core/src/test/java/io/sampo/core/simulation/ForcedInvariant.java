package io.sampo.core.simulation;

/// Who was told of a forced configuration has promised its epoch on disk (nothing is being persisted), or
/// follows it, and so obeys nobody of the configuration before.
final class ForcedInvariant implements PartitionInvariant {
    @Override
    public void afterStep(ReplicaShell replica) {
        if (replica.toldForcedEpoch >= 0 && replica.mayStoreCheckpoint()) {
            Violation.check(
                    replica.core.promisedEpoch() >= replica.toldForcedEpoch,
                    "a forced epoch is promised",
                    "node %d was told that epoch %d is forced, and has promised epoch %d",
                    replica.node.nodeId,
                    replica.toldForcedEpoch,
                    replica.core.promisedEpoch());
        }
    }
}
