package io.sampo.core.partition;

/// A configuration that an operator has forced, because too few voters of the last one will ever be back: `voter`
/// alone votes from `leaderEpoch` on. What only others had acknowledged is lost (design 1.8, docs/adr/0016).
///
/// Epochs come in eras of [#ERA]: whoever may lead only counts on within the era that it knows, and each forced
/// configuration begins the next one. So an epoch alone tells that a configuration was forced in between:
/// - who hears of an epoch of a later era does not know which configuration holds: it neither leads nor elects
/// nor is
///   counted before it follows a leader of that era, even if metadata reach it late;
/// - whose log ends in an earlier era than its leader's may have to cut what was committed, and nobody else may.
///
/// An era that is used up by elections alone (more than 1,000,000 of one partition) only means that who has not
/// promised in the new one does not campaign before it has heard from somebody who has.
///
/// @param leaderEpoch the first epoch of an era
public record ForcedConfig(int leaderEpoch, ReplicaId voter) {

    /// Epochs in an era: more than elections and changes of voters use up in the life of a partition, and few
    /// enough for 2,047 forced configurations.
    static final int ERA = 1 << 20;

    /// Who knows an epoch from here on cannot be outdone.
    public static final int LAST_ERA = Integer.MAX_VALUE / ERA * ERA;

    /// What a replica has to do when it learns of a forced configuration.
    enum Duty {
        /// It has been done, or somebody has gone on from there.
        NOTHING,
        /// Persist the promise and the marker, and lead.
        LEAD,
        /// Persist the promise: what was the configuration counts no more.
        PROMISE
    }

    /// @param knownEpoch the highest that anybody is known to have led or promised; -1 when there is none
    /// @return the first one of the era behind it
    /// @throws ArithmeticException there is no further era
    public static int nextEpoch(int knownEpoch) {
        return Math.multiplyExact(era(knownEpoch) + 1, ERA);
    }

    /// Whether somebody with `leaderEpoch` may know of a forced configuration that one with `knownEpoch` does not.
    public static boolean isOfLaterEra(int leaderEpoch, int knownEpoch) {
        return era(leaderEpoch) > era(knownEpoch);
    }

    private static int era(int leaderEpoch) {
        return Math.max(leaderEpoch, 0) / ERA;
    }

    /// @param promisedEpoch of the replica
    /// @param lastEpoch of the last marker in its log
    Duty dutyOf(ReplicaId self, int promisedEpoch, int lastEpoch) {
        if (promisedEpoch > leaderEpoch || lastEpoch >= leaderEpoch) {
            return Duty.NOTHING;
        }
        if (self.equals(voter)) {
            // Also when the process ended between the promise and the marker: nobody else leads this epoch.
            return Duty.LEAD;
        }
        return promisedEpoch < leaderEpoch ? Duty.PROMISE : Duty.NOTHING;
    }
}
