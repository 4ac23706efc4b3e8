package io.sampo.core.partition;

import java.util.List;

/// The configuration that a marker carries: who votes and who only follows (replication protocol C, one change at a
/// time).
public record VoterSet(List<ReplicaId> voters, List<ReplicaId> learners) {

    public VoterSet {
        voters = List.copyOf(voters);
        learners = List.copyOf(learners);
    }

    public static VoterSet single(ReplicaId self) {
        return new VoterSet(List.of(self), List.of());
    }

    /// Size of the smallest majority.
    public int majority() {
        return voters.size() / 2 + 1;
    }
}
