package io.sampo.core.fetch;

import io.sampo.core.partition.ReplicaStatus;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/// Which of several replicas a consumer should read from (KIP-392, Kafka's `RackAwareReplicaSelector`): the one
/// whose log is longest; of those, the one that was caught up last, so that it stays at one replica while
/// nothing is written.
public final class ReadReplicaRule {
    private static final Comparator<ReplicaStatus> BEST_LAST = Comparator.comparingLong(ReplicaStatus::logEndOffset)
            .thenComparingLong(ReplicaStatus::lastCaughtUpMs)
            .thenComparingInt(status -> status.replica().nodeId());

    private ReadReplicaRule() {}

    /// @param replicas as their leader knows them
    /// @param isCandidate by node id: in sync, near the consumer and reachable for it
    /// @param fetchOffset what the consumer wants next; a replica that does not hold what is before it is of no use
    /// @return a node id; empty when there is no candidate
    public static OptionalInt choose(List<ReplicaStatus> replicas, IntPredicate isCandidate, long fetchOffset) {
        return replicas.stream()
                .filter(status -> status.voter()
                        && status.logEndOffset() >= fetchOffset
                        && isCandidate.test(status.replica().nodeId()))
                .max(BEST_LAST)
                .map(status -> OptionalInt.of(status.replica().nodeId()))
                .orElseGet(OptionalInt::empty);
    }
}
