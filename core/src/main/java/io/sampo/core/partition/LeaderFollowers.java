package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.Fetch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The other replicas as the leader of one epoch knows them: who may fetch ([Audience]), how far each has come
/// ([FollowerProgress]), and so which of them are in sync, may vote, could take over, are alive.
final class LeaderFollowers {
    private final ReplicaState state;
    private final int leaderEpoch;
    private final VoterSet config;
    private final Audience audience;
    private final long startedMs;
    private final Map<ReplicaId, FollowerProgress> followers = new LinkedHashMap<>();

    /// The marker of the epoch has been decided: it is the last of the history.
    LeaderFollowers(ReplicaState state, @Nullable VoterSet previousConfig) {
        this.state = state;
        this.leaderEpoch = state.history.lastEpoch();
        this.config = state.history.config();
        this.audience = new Audience(state, config, previousConfig);
        this.startedMs = state.nowMs;
    }

    void configCommitted() {
        audience.configCommitted();
    }

    /// Everybody who may fetch.
    List<ReplicaId> audience() {
        return audience.replicas();
    }

    boolean votes(ReplicaId replica) {
        return audience.votes(replica);
    }

    // ---- what is known of each -------------------------------------------------------------------------------

    /// Known from now on: it fetches.
    FollowerProgress beginning(ReplicaId replica) {
        return followers.computeIfAbsent(replica, this::unknown);
    }

    private FollowerProgress unknown(ReplicaId replica) {
        return new FollowerProgress(replica, new CatchUpThrottle(state.dice, state.quotas.leader()));
    }

    /// Null before its first fetch.
    @Nullable
    FollowerProgress find(ReplicaId replica) {
        return followers.get(replica);
    }

    /// In the order of their first fetches.
    Collection<FollowerProgress> all() {
        return followers.values();
    }

    /// Fetches that wait here may be lost over there.
    void nodeLost(int nodeId) {
        followers.values().stream()
                .filter(follower -> follower.replica.nodeId() == nodeId)
                .forEach(FollowerProgress::nodeLost);
    }

    void keptUpWhileResting() {
        followers.values().forEach(follower -> follower.keptUp(state.nowMs));
    }

    // ---- what they are good for ------------------------------------------------------------------------------

    /// All of them wait for news with the same log, high watermark and log start, on nodes that are alive and
    /// were not lost since they asked: else their questions may be lost over there, and are answered so that
    /// they ask again.
    boolean allHaveEverything() {
        ReplicaHistory history = state.history;
        for (ReplicaId replica : audience()) {
            if (replica.equals(state.self)) {
                continue;
            }
            FollowerProgress follower = followers.get(replica);
            Fetch fetch = follower == null || !follower.isHeard(state.nowMs) ? null : follower.parked;
            boolean hasEverything = fetch != null
                    && !fetch.suspect()
                    && fetch.key().equals(history.key())
                    && fetch.highWatermark() == state.highWatermark
                    && fetch.logStartOffset() >= history.logStartOffset();
            boolean isThere = state.nodes.isAlive(replica) || state.has(Mutation.RESTS_WITHOUT_LIVENESS);
            if (!hasEverything || !isThere) {
                return false;
            }
        }
        return true;
    }

    boolean isInSync(ReplicaId voter) {
        if (voter.equals(state.self)) {
            return true;
        }
        FollowerProgress follower = followers.get(voter);
        return follower != null
                && follower.isInSync(
                        leaderEpoch, state.nowMs, state.replication().replicaLagTimeMaxMs());
    }

    /// Of everybody who may fetch, and of this replica itself.
    List<ReplicaStatus> statuses() {
        List<ReplicaStatus> statuses = new ArrayList<>();
        for (ReplicaId replica : audience()) {
            boolean voter = config.voters().contains(replica);
            FollowerProgress follower = followers.get(replica);
            if (replica.equals(state.self)) {
                statuses.add(new ReplicaStatus(replica, voter, state.history.logEndOffset(), state.nowMs, state.nowMs));
            } else {
                statuses.add((follower == null ? unknown(replica) : follower).status(voter));
            }
        }
        return statuses;
    }

    /// Whether it has fetched in this life in this epoch, and in no later one.
    boolean isInLife(ReplicaId replica, long incarnation) {
        FollowerProgress follower = followers.get(replica);
        return follower != null && follower.incarnation == incarnation;
    }

    /// Who could take over at once: voters that are in sync and were heard just now. Being in sync is not enough:
    /// a voter counts as that long after its process has ended, and takes over nothing then.
    List<ReplicaId> successors() {
        long lately = state.nowMs - 2L * state.replication().heartbeatMs();
        return config.voters().stream()
                .filter(voter -> {
                    FollowerProgress follower = followers.get(voter);
                    return follower != null && isInSync(voter) && follower.isHeard(lately);
                })
                .toList();
    }

    List<ReplicaId> inSync() {
        List<ReplicaId> inSync = new ArrayList<>(config.voters().size());
        for (ReplicaId voter : config.voters()) {
            if (isInSync(voter)) {
                inSync.add(voter);
            }
        }
        return inSync;
    }

    /// Whether everybody who keeps up has had the time to show it in this epoch.
    boolean isSettledIn() {
        return state.nowMs - startedMs >= state.replication().replicaLagTimeMaxMs();
    }

    /// The lowest log start of this replica and of the voters that can be expected to follow it: on nodes that are
    /// alive, and in sync or not known to be out of it. Kafka's low watermark of DeleteRecords.
    long lowWatermark() {
        long lowest = state.history.logStartOffset();
        for (ReplicaId voter : config.voters()) {
            boolean isExpected =
                    !voter.equals(state.self) && state.nodes.isAlive(voter) && (isInSync(voter) || !isSettledIn());
            if (isExpected) {
                FollowerProgress follower = followers.get(voter);
                lowest = Math.min(lowest, follower == null ? -1 : follower.logStartOffset);
            }
        }
        return lowest;
    }

    /// How many voters too few are in sync for an acknowledgement by all.
    int missingInSync() {
        if (state.has(Mutation.MIN_IN_SYNC_IGNORED)) {
            return 0;
        }
        int present = 0;
        for (ReplicaId voter : config.voters()) {
            present += isInSync(voter) ? 1 : 0;
        }
        int required = ReplicaProgress.requiredMatches(config.voters().size(), state.settings.minInSyncReplicas());
        return Math.max(0, required - present);
    }

    /// A learner that has kept up for long enough.
    boolean mayVote(ReplicaId learner) {
        FollowerProgress follower = followers.get(learner);
        ReplicationSettings settings = state.replication();
        return follower != null
                && follower.hasKeptUp(leaderEpoch, state.nowMs, settings.learnerCaughtUpMs(), settings.checkQuorumMs());
    }

    /// Check-quorum: whether a majority, the leader included, fetched since then; of the configuration before, too,
    /// as long as it has to confirm this one. Without it this epoch never becomes active, and the next one, which
    /// changes nothing, does not need it.
    boolean majorityFetchedSince(long sinceMs) {
        VoterSet before = audience.previousConfig();
        return majorityFetchedSince(sinceMs, config) && (before == null || majorityFetchedSince(sinceMs, before));
    }

    private boolean majorityFetchedSince(long sinceMs, VoterSet of) {
        int alive = 0;
        for (ReplicaId voter : of.voters()) {
            FollowerProgress follower = followers.get(voter);
            alive += voter.equals(state.self) || (follower != null && follower.fetchedSince(sinceMs)) ? 1 : 0;
        }
        return alive >= of.majority();
    }
}
