package io.sampo.core.partition;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// How far the voters of one leader epoch are known to hold the log, and what follows for the high watermark
/// (protocol C, commit rule). Lives in the leader for the length of its epoch.
final class ReplicaProgress {

    /// The voter has not confirmed this epoch's marker: it does not count, whatever it holds.
    private static final long NOT_COUNTED = -1;

    private final long startOffset;
    private final VoterSet config;
    private final Map<ReplicaId, Long> matchOffsets = new LinkedHashMap<>();

    /// @param startOffset of the epoch's marker
    ReplicaProgress(long startOffset, VoterSet config) {
        this.startOffset = startOffset;
        this.config = config;
        for (ReplicaId voter : config.voters()) {
            matchOffsets.put(voter, NOT_COUNTED);
        }
    }

    /// `min.insync.replicas` below a majority is raised to it; above the number of voters it is lowered to that.
    static int requiredMatches(int voters, int minInSyncReplicas) {
        return Math.max(voters / 2 + 1, Math.min(minInSyncReplicas, voters));
    }

    /// @param offset exclusive end of what the replica holds durably, this epoch's marker included
    void matched(ReplicaId replica, long offset) {
        Long before = matchOffsets.get(replica);
        Invariant.check(before != null, "match of %s, which does not vote", replica);
        if (before != null && offset > before) {
            matchOffsets.put(replica, offset);
        }
    }

    /// The largest offset that enough voters hold, or -1 when too few confirmed the marker yet. Never below the
    /// marker, so no entry of an older epoch is committed by counting alone.
    long committedOffset(int minInSyncReplicas) {
        long[] offsets =
                matchOffsets.values().stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(offsets);
        int required = requiredMatches(config.voters().size(), minInSyncReplicas);
        long offset = offsets[offsets.length - required];
        return offset >= startOffset ? offset : -1;
    }
}
