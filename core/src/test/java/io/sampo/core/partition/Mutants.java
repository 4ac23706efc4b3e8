package io.sampo.core.partition;

import java.util.Set;

/// Cores with planted bugs, for tests of all packages.
public final class Mutants {
    private Mutants() {}

    /// @param seed of the core's dice (election timeouts)
    public static ReplicaCore core(
            PartitionId partition, ReplicaId self, ReplicaSettings settings, long seed, Set<Mutation> planted) {
        return core(partition, self, settings, seed, planted, new ReplicationQuotas());
    }

    static ReplicaCore core(
            PartitionId partition,
            ReplicaId self,
            ReplicaSettings settings,
            long seed,
            Set<Mutation> planted,
            ReplicationQuotas quotas) {
        return new ReplicaCore(partition, self, settings, seed, new Mutations(planted), quotas);
    }

    /// For [Mutation#PRODUCER_STATE_NOT_ROLLED_BACK]: call it on the core that was recovered after a
    /// truncation, before it is opened.
    ///
    /// @param before the core that wanted the truncation
    public static void keepProducers(ReplicaCore before, ReplicaCore after) {
        after.history()
                .producers()
                .restore(
                        before.history().producers().entries(),
                        before.history().producers().forgottenProducerId());
    }
}
