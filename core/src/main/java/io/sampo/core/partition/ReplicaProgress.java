package io.sampo.core.partition;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How far the voters of one leader epoch are known to hold the log, and what follows for the high watermark
/// (protocol C, commit rule). Lives in the leader for the length of its epoch.
final class ReplicaProgress {

    /// The voter has not confirmed this epoch's marker: it does not count, whatever it holds.
    private static final long NOT_COUNTED = -1;

    private final long startOffset;
    private final VoterSet config;
    private @Nullable VoterSet previousConfig;
    private final Mutations mutations;
    private final Map<ReplicaId, Long> matchOffsets = new LinkedHashMap<>();

    /// @param startOffset of the epoch's marker
    ReplicaProgress(long startOffset, VoterSet config) {
        this(startOffset, config, null, Mutations.NONE);
    }

    /// @param previousConfig whose majority is needed too, because this epoch's marker brings another
    ///     configuration; null when it does not
    ReplicaProgress(long startOffset, VoterSet config, @Nullable VoterSet previousConfig, Mutations mutations) {
        this.startOffset = startOffset;
        this.config = config;
        this.previousConfig = previousConfig;
        this.mutations = mutations;
        List<ReplicaId> counted =
                previousConfig == null ? config.voters() : ReplicaState.union(config.voters(), previousConfig.voters());
        for (ReplicaId voter : counted) {
            matchOffsets.put(voter, NOT_COUNTED);
        }
    }

    /// `min.insync.replicas` below a majority is raised to it; above the number of voters it is lowered to that.
    static int requiredMatches(int voters, int minInSyncReplicas) {
        return Math.max(voters / 2 + 1, Math.min(minInSyncReplicas, voters));
    }

    /// Whether matches of the replica count at all.
    boolean counts(ReplicaId replica) {
        return matchOffsets.containsKey(replica) || mutations.has(Mutation.NON_VOTERS_COUNTED);
    }

    /// @param offset exclusive end of what the replica holds durably, this epoch's marker included
    void matched(ReplicaId replica, long offset) {
        Invariant.check(counts(replica), "match of %s, which does not vote", replica);
        matchOffsets.merge(replica, offset, Math::max);
    }

    /// The replica began another life, and may hold less than before.
    void forget(ReplicaId replica) {
        matchOffsets.computeIfPresent(replica, (_, _) -> NOT_COUNTED);
    }

    /// Whether majorities of both configurations hold this epoch's marker: then no later leader can be without
    /// it, and the configuration may be changed again (R1). `min.insync.replicas` has no say in that, or a
    /// voter that is lost for good could never be replaced.
    boolean isMarkerSettled() {
        long offset = heldBy(config.majority(), config);
        if (previousConfig != null) {
            offset = Math.min(offset, heldBy(previousConfig.majority(), previousConfig));
        }
        return offset >= startOffset;
    }

    /// The marker is settled: from now on the new configuration decides alone.
    void configCommitted() {
        previousConfig = null;
    }

    /// -1 when the replica does not count yet.
    long matchOffset(ReplicaId replica) {
        return matchOffsets.getOrDefault(replica, NOT_COUNTED);
    }

    /// The largest offset that enough voters hold, or -1 when too few confirmed the marker yet. Never below the
    /// marker, so no entry of an older epoch is committed by counting alone.
    long committedOffset(int minInSyncReplicas) {
        int voters = config.voters().size();
        int required = mutations.has(Mutation.MIN_IN_SYNC_IGNORED)
                ? config.majority()
                : requiredMatches(voters, minInSyncReplicas);
        long offset = heldBy(required, config);
        if (previousConfig != null) {
            // The first commit of another configuration.
            offset = Math.min(offset, heldBy(previousConfig.majority(), previousConfig));
        }
        return offset >= startOffset || mutations.has(Mutation.COMMIT_WITHOUT_CURRENT_MARKER) ? offset : -1;
    }

    private long heldBy(int required, VoterSet of) {
        Collection<ReplicaId> counted =
                mutations.has(Mutation.NON_VOTERS_COUNTED) ? matchOffsets.keySet() : of.voters();
        long[] offsets = new long[counted.size()];
        int index = 0;
        for (ReplicaId replica : counted) {
            offsets[index++] = matchOffset(replica);
        }
        Arrays.sort(offsets);
        return offsets.length < required ? NOT_COUNTED : offsets[offsets.length - required];
    }
}
