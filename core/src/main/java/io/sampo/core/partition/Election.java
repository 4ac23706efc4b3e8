package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts the promises of one candidacy (design 1.5, steps 5 and 6). Pure.
final class Election {
    private final ReplicaId self;
    private final LogKey ownKey;
    private final VoterSet ownConfig;
    private final @Nullable VoterSet target;
    private final Mutations mutations;
    private final Map<ReplicaId, Promise> promises = new LinkedHashMap<>();

    private record Promise(LogKey key, long logStartOffset, VoterSet config, boolean suspect) {}

    sealed interface Outcome {
        /// Too few promises yet.
        ///
        /// @param voters all who should be asked
        record Open(List<ReplicaId> voters) implements Outcome {}

        /// @param lastResort more than a minority may have lost records; the best of what is left leads
        record Won(ReplicaId best, LogKey bestKey, long bestLogStartOffset, VoterSet config, boolean lastResort)
                implements Outcome {}
    }

    /// @param target the configuration that the candidate wants to begin, null when it keeps the one it finds
    Election(
            ReplicaId self,
            LogKey ownKey,
            VoterSet ownConfig,
            @Nullable VoterSet target,
            boolean ownSuspect,
            Mutations mutations) {
        this.self = self;
        this.ownKey = ownKey;
        this.ownConfig = ownConfig;
        this.target = target;
        this.mutations = mutations;
        promises.put(self, new Promise(ownKey, 0, ownConfig, ownSuspect));
    }

    boolean hasPromised(ReplicaId voter) {
        return promises.containsKey(voter);
    }

    void promised(ReplicaId from, PromiseReply reply) {
        promises.put(from, new Promise(reply.key(), reply.logStartOffset(), reply.config(), reply.suspect()));
    }

    /// What follows from the promises so far: suspect ones do not count, unless everybody has answered and there is
    /// no majority without them.
    Outcome outcome() {
        Outcome.Won trusted = won(false);
        if (trusted != null) {
            return trusted;
        }
        Outcome.Won lastResort = won(true);
        return lastResort == null ? new Outcome.Open(voters()) : lastResort;
    }

    /// The candidate's own voters, those of the target, and those of every configuration it heard of.
    private List<ReplicaId> voters() {
        List<ReplicaId> all =
                target == null ? ownConfig.voters() : ReplicaState.union(ownConfig.voters(), target.voters());
        for (Promise promise : promises.values()) {
            all = ReplicaState.union(all, promise.config.voters());
        }
        return all;
    }

    private Outcome.@Nullable Won won(boolean lastResort) {
        ReplicaId best = null;
        LogKey bestKey = ownKey;
        for (Map.Entry<ReplicaId, Promise> entry : promises.entrySet()) {
            Promise promise = entry.getValue();
            if (counts(promise, lastResort) && (best == null || promise.key.isBetterThan(bestKey))) {
                best = entry.getKey();
                bestKey = promise.key;
            }
        }
        if (best == null) {
            return null;
        }
        Promise of = promises.get(best);
        if (of == null) {
            return null;
        }
        boolean enough = mutations.has(Mutation.RECONFIGURE_WITHOUT_OLD_MAJORITY) && target != null
                ? isEnough(target, lastResort)
                : isEnough(ownConfig, lastResort)
                        && isEnough(of.config, lastResort)
                        && (target == null || isEnough(target, lastResort));
        return enough ? new Outcome.Won(best, bestKey, of.logStartOffset, of.config, lastResort) : null;
    }

    private boolean counts(Promise promise, boolean lastResort) {
        return lastResort || !promise.suspect || mutations.has(Mutation.SUSPECT_COUNTED);
    }

    private boolean isEnough(VoterSet config, boolean lastResort) {
        int votes = 0;
        for (ReplicaId voter : config.voters()) {
            Promise promise = promises.get(voter);
            votes += promise != null && counts(promise, lastResort) ? 1 : 0;
        }
        int voters = config.voters().size();
        if (lastResort) {
            return votes == voters;
        }
        int needed = mutations.has(Mutation.HALF_IS_A_MAJORITY) ? Math.max(1, voters / 2) : config.majority();
        return votes >= needed;
    }

    /// Whether the candidate itself has the best log of those that count.
    boolean isSelf(ReplicaId replica) {
        return replica.equals(self);
    }
}
