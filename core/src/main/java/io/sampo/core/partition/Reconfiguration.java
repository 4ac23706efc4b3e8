package io.sampo.core.partition;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which step brings the configuration closer to what metadata wants: one voter at a time, additions first
/// (design 1.7). Pure.
final class Reconfiguration {
    private Reconfiguration() {}

    sealed interface Step {
        /// Begin a new epoch with this configuration.
        record Change(VoterSet target) implements Step {}

        /// The leader itself shall leave: somebody else has to lead first.
        record MoveLeadership(ReplicaId to) implements Step {}
    }

    /// @param desired may be empty: metadata has said nothing, nothing changes
    /// @param mayVote learners that have kept up
    /// @param inSync voters that are in sync, the leader included
    static @Nullable Step next(
            VoterSet config,
            List<ReplicaId> desired,
            ReplicaId leader,
            Predicate<ReplicaId> mayVote,
            Predicate<ReplicaId> inSync) {
        if (desired.isEmpty()) {
            return null;
        }
        List<ReplicaId> missing = desired.stream()
                .filter(replica -> !config.voters().contains(replica))
                .toList();
        if (!missing.isEmpty()) {
            return missing.stream()
                    .filter(mayVote)
                    .findFirst()
                    .map(replica -> new Step.Change(config.with(replica)))
                    .orElse(null);
        }
        List<ReplicaId> surplus = config.voters().stream()
                .filter(voter -> !desired.contains(voter))
                .toList();
        List<ReplicaId> others =
                surplus.stream().filter(voter -> !voter.equals(leader)).toList();
        if (!others.isEmpty()) {
            // One that lags is of no use to anybody and goes first.
            ReplicaId leaves =
                    others.stream().filter(inSync.negate()).findFirst().orElse(others.getFirst());
            VoterSet target = config.without(leaves);
            long ready = target.voters().stream().filter(inSync).count();
            return ready >= target.majority() ? new Step.Change(target) : null;
        }
        if (!surplus.isEmpty()) {
            return desired.stream()
                    .filter(inSync)
                    .findFirst()
                    .<Step>map(Step.MoveLeadership::new)
                    .orElse(null);
        }
        return null;
    }
}
