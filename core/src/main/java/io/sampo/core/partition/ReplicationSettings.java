package io.sampo.core.partition;

/// Times and limits of replication.
///
/// @param electionTimeoutMs a follower that hears no leader for so long may campaign, and grants others to
/// @param electionJitterMs random addition to it, drawn anew for each wait
/// @param electionStaggerMs further addition for each place in the list of voters: after a crash one replica
///     normally takes all partitions of a placement group
/// @param campaignTimeoutMs a round of pre-votes, promises or adoption that takes longer is given up
/// @param heartbeatMs the leader announces itself so often; also how soon an unanswered question is repeated
/// @param fetchTimeoutMs a follower repeats a fetch that was not answered for so long
/// @param fetchMaxWaitMs `replica.fetch.wait.max.ms`: the leader answers a fetch at the latest then
/// @param fetchMaxBytes `replica.fetch.max.bytes`
/// @param replicaLagTimeMaxMs `replica.lag.time.max.ms`: a voter that has not caught up for so long is not in sync
/// @param checkQuorumMs a leader from which no majority fetched for so long steps down
/// @param transferTimeoutMs a transfer of leadership that takes longer is given up
/// @param learnerCaughtUpMs a learner must have kept up for so long before it may vote
/// @param adoptMaxBytes a candidate adopts at most so much; beyond it the better replica shall lead
/// @param maxQueuedMessages messages that wait for a persist; more are dropped, as a network may
public record ReplicationSettings(
        int electionTimeoutMs,
        int electionJitterMs,
        int electionStaggerMs,
        int campaignTimeoutMs,
        int heartbeatMs,
        int fetchTimeoutMs,
        int fetchMaxWaitMs,
        int fetchMaxBytes,
        int replicaLagTimeMaxMs,
        int checkQuorumMs,
        int transferTimeoutMs,
        int learnerCaughtUpMs,
        int adoptMaxBytes,
        int maxQueuedMessages) {

    public static final ReplicationSettings DEFAULTS = new ReplicationSettings(
            1_500, 1_000, 200, 1_000, 300, 1_000, 500, 1024 * 1024, 30_000, 2_000, 1_000, 2_000, 8 * 1024 * 1024, 256);

    public ReplicationSettings {
        if (electionTimeoutMs < 1
                || electionJitterMs < 0
                || electionStaggerMs < 0
                || campaignTimeoutMs < 1
                || heartbeatMs < 1
                || fetchTimeoutMs < 1
                || fetchMaxWaitMs < 0
                || fetchMaxBytes < 1
                || replicaLagTimeMaxMs < 1
                || checkQuorumMs < 1
                || transferTimeoutMs < 1
                || learnerCaughtUpMs < 0
                || adoptMaxBytes < 1
                || maxQueuedMessages < 1) {
            throw new IllegalArgumentException("replication settings must be positive: " + this);
        }
    }
}
