package io.sampo.core.leadership;

import io.sampo.core.partition.ReplicaId;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Who should lead a partition after its leader: a hint, the quorum decides.
public final class SuccessorRule {
    private SuccessorRule() {}

    /// The replica in sync on a reachable node that metadata prefer most; null when there is nobody but the
    /// leader. Of nodes that metadata do not name, the first in `inSync`.
    ///
    /// @param leader the one that stops
    /// @param inSync replicas that are caught up, as the leader knows; it may be among them
    /// @param preference node ids of the assignment, preferred leader first
    /// @param isReachable whether a node is there, by its id
    public static @Nullable ReplicaId successor(
            ReplicaId leader, List<ReplicaId> inSync, List<Integer> preference, IntPredicate isReachable) {
        ReplicaId best = null;
        for (ReplicaId candidate : inSync) {
            boolean better = best == null || place(preference, candidate) < place(preference, best);
            if (!candidate.equals(leader) && better && isReachable.test(candidate.nodeId())) {
                best = candidate;
            }
        }
        return best;
    }

    private static int place(List<Integer> preference, ReplicaId replica) {
        int place = preference.indexOf(replica.nodeId());
        return place < 0 ? Integer.MAX_VALUE : place;
    }
}
