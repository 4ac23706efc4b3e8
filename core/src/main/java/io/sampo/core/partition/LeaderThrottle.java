package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.Fetch;

/// Which followers of a leader have to wait for records, because the quota of this node is used up, and how many
/// they get at once (KIP-73).
final class LeaderThrottle {
    private final ReplicaState state;
    private final ReplicaProgress progress;
    private final LeaderFollowers followers;
    private final VoterSet config;

    LeaderThrottle(ReplicaState state, ReplicaProgress progress, LeaderFollowers followers) {
        this.state = state;
        this.progress = progress;
        this.followers = followers;
        this.config = state.history.config();
    }

    /// How many bytes of records an answer may carry now; 0: none.
    int allowedBytes(FollowerProgress follower, Fetch fetch) {
        int maxBytes = fetch.maxBytes() == 0 ? state.replication().fetchMaxBytes() : fetch.maxBytes();
        if (holdsBack(follower, fetch)) {
            return 0;
        }
        return state.isLeaderThrottled() && !followers.isInSync(follower.replica)
                ? follower.throttle.answerBytes(maxBytes)
                : maxBytes;
    }

    /// Records wait: the follower wants none yet, or it is not in sync and the quota of this node is used up
    /// (KIP-73). Never for one without which nothing can be committed.
    boolean holdsBack(FollowerProgress follower, Fetch fetch) {
        boolean wantsNone = fetch.maxBytes() == 0;
        boolean mayHave = !wantsNone && (!state.isLeaderThrottled() || followers.isInSync(follower.replica));
        if (mayHave || isNeeded(follower.replica)) {
            follower.throttle.release();
            return false;
        }
        if (wantsNone) {
            follower.throttle.release();
            return true;
        }
        return follower.throttle.holdsBack(state.nowMs);
    }

    /// Whether the others in sync that were heard lately are too few for a commit.
    private boolean isNeeded(ReplicaId replica) {
        boolean votes = followers.votes(replica);
        if (!votes || !progress.isMarkerSettled()) {
            return votes;
        }
        long sinceMs = state.nowMs - state.replication().checkQuorumMs();
        int others = 0;
        for (ReplicaId voter : config.voters()) {
            FollowerProgress follower = followers.find(voter);
            boolean isThere = voter.equals(state.self)
                    || (follower != null && followers.isInSync(voter) && follower.fetchedSince(sinceMs));
            others += isThere && !voter.equals(replica) ? 1 : 0;
        }
        return others < ReplicaProgress.requiredMatches(config.voters().size(), state.settings.minInSyncReplicas());
    }
}
