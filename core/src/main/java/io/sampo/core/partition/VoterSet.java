package io.sampo.core.partition;

import java.util.List;

/// The configuration that a marker carries: who votes and who only follows (replication protocol C, one change at a
/// time).
public record VoterSet(List<ReplicaId> voters, List<ReplicaId> learners) {

    /// Of a replica that comes in as a learner: who votes it hears from the leader.
    public static final VoterSet NONE = new VoterSet(List.of(), List.of());

    public VoterSet {
        voters = List.copyOf(voters);
        learners = List.copyOf(learners);
    }

    public static VoterSet single(ReplicaId self) {
        return new VoterSet(List.of(self), List.of());
    }

    public VoterSet with(ReplicaId voter) {
        return new VoterSet(ReplicaState.union(voters, List.of(voter)), learners);
    }

    public VoterSet without(ReplicaId voter) {
        return new VoterSet(
                voters.stream().filter(other -> !other.equals(voter)).toList(), learners);
    }

    /// How many replicas vote in one of both and not in the other.
    public int votersChanged(VoterSet other) {
        long common = voters.stream().filter(other.voters::contains).count();
        return (int) (voters.size() - common + other.voters.size() - common);
    }

    /// Size of the smallest majority.
    public int majority() {
        return voters.size() / 2 + 1;
    }
}
