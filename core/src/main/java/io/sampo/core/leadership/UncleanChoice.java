package io.sampo.core.leadership;

import io.sampo.core.partition.ForcedConfig;
import io.sampo.core.partition.ReplicaId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which replica shall lead when an operator gives the others up: the one with the best log of those that can
/// be reached, so that as little as possible is lost. Of two with the same log the one that may not have lost
/// records, and then the preferred one. Pure.
///
/// @param voter shall lead
/// @param knownEpoch the highest that any of them knows of
public record UncleanChoice(ReplicaId voter, int knownEpoch) {

    /// @param replicas of the partition, in order of preference
    /// @param standings of those that answered; what others say of themselves counts for nothing
    /// @return empty when none of the replicas answered
    public static Optional<UncleanChoice> of(List<ReplicaId> replicas, List<ReplicaStanding> standings) {
        ReplicaStanding best = null;
        int knownEpoch = -1;
        for (ReplicaId replica : replicas) {
            for (ReplicaStanding standing : standings) {
                if (standing.replica().equals(replica)) {
                    knownEpoch = Math.max(knownEpoch, standing.knownEpoch());
                    best = best == null || isBetter(standing, best) ? standing : best;
                }
            }
        }
        return best == null ? Optional.empty() : Optional.of(new UncleanChoice(best.replica(), knownEpoch));
    }

    /// The same, when another one was named before: if that one does not answer it is given up too, which the
    /// controller cannot know.
    ///
    /// @param before the newest configuration that was forced; null when none was
    public UncleanChoice afterGivingUp(@Nullable ForcedConfig before, List<ReplicaStanding> standings) {
        if (before == null) {
            return this;
        }
        ReplicaId named = before.voter();
        boolean givenUp =
                standings.stream().noneMatch(standing -> standing.replica().equals(named));
        return givenUp ? new UncleanChoice(voter, Math.max(knownEpoch, before.leaderEpoch())) : this;
    }

    private static boolean isBetter(ReplicaStanding standing, ReplicaStanding than) {
        boolean sameLog = standing.key().equals(than.key());
        return standing.key().isBetterThan(than.key()) || (sameLog && than.suspect() && !standing.suspect());
    }
}
