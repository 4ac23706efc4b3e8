package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.Announce;
import io.sampo.core.partition.ReplicaMessage.DivergingEpoch;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The other replicas as the leader of one epoch sees them: serves their fetches, parks those that ask for what is
/// not
/// there yet, and says which of them count ([ReplicaProgress]), are in sync, may vote, are alive.
final class LeaderFollowers {
    private final ReplicaState state;
    private final Outbox outbox;
    private final ReplicaProgress progress;
    private final FetchAnswers answers;
    private final int leaderEpoch;
    private final long startOffset;
    private final VoterSet config;
    private final long startedMs;

    /// Its voters are served too until the configuration is committed; null when it did not change.
    private @Nullable VoterSet previousConfig;

    private @Nullable Audience audience;

    private final Map<ReplicaId, FollowerProgress> followers = new LinkedHashMap<>();

    /// The marker of the epoch has been decided: it is the last of the history.
    LeaderFollowers(ReplicaState state, Outbox outbox, ReplicaProgress progress, @Nullable VoterSet previousConfig) {
        this.state = state;
        this.outbox = outbox;
        this.progress = progress;
        this.answers = new FetchAnswers(state, outbox);
        this.leaderEpoch = state.history.lastEpoch();
        this.startOffset = state.history.markers().getLast().startOffset();
        this.config = state.history.config();
        this.previousConfig = previousConfig;
        this.startedMs = state.nowMs;
    }

    void configCommitted() {
        previousConfig = null;
    }

    /// Everybody who may fetch: voters of both configurations, learners and observers.
    List<ReplicaId> audience() {
        Audience known = audience;
        if (known == null || !known.isOf(state.desired, state.observers, previousConfig)) {
            known = Audience.of(config, state.desired, state.observers, previousConfig);
            audience = known;
        }
        return known.replicas;
    }

    /// Asked for at every fetch, and changes when metadata or the configuration does.
    private record Audience(
            List<ReplicaId> desired,
            List<ReplicaId> observers,
            @Nullable VoterSet previousConfig,
            List<ReplicaId> replicas) {

        static Audience of(
                VoterSet config,
                List<ReplicaId> desired,
                List<ReplicaId> observers,
                @Nullable VoterSet previousConfig) {
            List<ReplicaId> all = ReplicaState.union(ReplicaState.union(config.voters(), desired), observers);
            return new Audience(
                    desired,
                    observers,
                    previousConfig,
                    List.copyOf(previousConfig == null ? all : ReplicaState.union(all, previousConfig.voters())));
        }

        @SuppressWarnings("ReferenceEquality")
        boolean isOf(List<ReplicaId> wanted, List<ReplicaId> observing, @Nullable VoterSet previous) {
            // Each is replaced as a whole when it changes.
            return desired == wanted && observers == observing && previousConfig == previous;
        }
    }

    void announce() {
        outbox.sendAll(audience(), announcement(false));
    }

    private Announce announcement(boolean rests) {
        return new Announce(leaderEpoch, startOffset, state.highWatermark, rests);
    }

    // ---- rest ------------------------------------------------------------------------------------------------

    void announceRest() {
        outbox.sendAll(audience(), announcement(true));
    }

    void announceRest(ReplicaId to) {
        outbox.send(to, announcement(true));
    }

    /// All of them wait for news with the same log, high watermark and log start, on nodes that are alive.
    boolean allHaveEverything() {
        ReplicaHistory history = state.history;
        for (ReplicaId replica : audience()) {
            if (replica.equals(state.self)) {
                continue;
            }
            FollowerProgress follower = followers.get(replica);
            Fetch fetch = follower == null ? null : follower.parked;
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

    void keptUpWhileResting() {
        followers.values().forEach(follower -> follower.keptUp(state.nowMs));
    }

    // ---- fetches ---------------------------------------------------------------------------------------------

    /// Looks at a fetch, before the high watermark may move.
    ///
    /// @return the follower, when its log fits and [#answer] is to follow; null when it got what it needs
    @Nullable
    FollowerProgress fetched(ReplicaId from, long incarnation, Fetch fetch) {
        if (fetch.leaderEpoch() < leaderEpoch) {
            outbox.send(from, announcement(false));
            return null;
        }
        if (fetch.leaderEpoch() > leaderEpoch || !audience().contains(from)) {
            return null;
        }
        FollowerProgress follower = followers.computeIfAbsent(from, this::unknown);
        if (incarnation > follower.incarnation) {
            follower.beginLife(incarnation);
            if (!state.has(Mutation.OLD_INCARNATION_COUNTED)) {
                progress.forget(from);
            }
        } else if (isLateCopy(follower, fetch)) {
            return null;
        }
        follower.suspect = fetch.suspect();
        follower.logStartOffset = fetch.logStartOffset();
        if (answersMisfit(follower, fetch)) {
            follower.heard(state.nowMs);
            return null;
        }
        follower.fetched(
                fetch.key(),
                state.history.logEndOffset(),
                state.nowMs,
                state.replication().electionTimeoutMs());
        count(follower, fetch);
        return follower;
    }

    /// Within one life a log that fits only grows; but its owner may ask to begin anew.
    private static boolean isLateCopy(FollowerProgress follower, Fetch fetch) {
        return follower.key != null
                && follower.key.isBetterThan(fetch.key())
                && !fetch.key().equals(FollowerRole.NOTHING);
    }

    private boolean answersMisfit(FollowerProgress follower, Fetch fetch) {
        ReplicaHistory history = state.history;
        if (Divergence.isBeforeLogStart(history.markers(), history.logStartOffset(), fetch.key())) {
            answers.reset(leaderEpoch, follower.replica, fetch);
            return true;
        }
        DivergingEpoch diverging = Divergence.find(history.markers(), history.logEndOffset(), fetch.key());
        if (diverging == null || state.has(Mutation.NO_TRUNCATION)) {
            return false;
        }
        answers.diverging(leaderEpoch, follower.replica, fetch, diverging);
        return true;
    }

    /// Only voters that are not suspect and have this epoch's marker count for the high watermark.
    private void count(FollowerProgress follower, Fetch fetch) {
        boolean holdsMarker = fetch.key().lastEpoch() == leaderEpoch
                || state.has(Mutation.FOLLOWER_MATCH_FROM_OLD_EPOCH)
                || state.has(Mutation.COMMIT_WITHOUT_CURRENT_MARKER);
        boolean trusted = !fetch.suspect() || state.has(Mutation.SUSPECT_COUNTED);
        if (progress.counts(follower.replica) && holdsMarker && trusted) {
            progress.matched(
                    follower.replica,
                    Math.min(fetch.durableOffset(), fetch.key().logEndOffset()));
        }
    }

    /// Sends what there is, or parks the fetch.
    void answer(FollowerProgress follower, Fetch fetch) {
        long recovered = recoveredIncarnation(follower, fetch);
        if (recovered >= 0 || hasNewsFor(follower, fetch)) {
            tail(follower, fetch, recovered);
        } else {
            int waitMs =
                    Math.min(Math.max(0, fetch.maxWaitMs()), state.replication().fetchMaxWaitMs());
            follower.parked = fetch;
            follower.parkedUntilMs = state.nowMs + waitMs;
        }
    }

    /// A suspect replica has caught up when it holds what this log held at its first fetch, marker included
    /// (design 1.11).
    private long recoveredIncarnation(FollowerProgress follower, Fetch fetch) {
        if (!fetch.suspect()) {
            return -1;
        }
        if (state.has(Mutation.SUSPECT_CLEARED_EARLY)) {
            return follower.incarnation;
        }
        if (follower.recoveryTarget < 0) {
            follower.recoveryTarget = state.history.logEndOffset();
        }
        boolean caughtUp = fetch.key().lastEpoch() == leaderEpoch && fetch.durableOffset() >= follower.recoveryTarget;
        return caughtUp ? follower.incarnation : -1;
    }

    /// Whether something can be sent now that the follower will take.
    private boolean hasNewsFor(FollowerProgress follower, Fetch fetch) {
        ReplicaHistory history = state.history;
        if (fetch.key().logEndOffset() >= history.logEndOffset()) {
            follower.throttle.release();
        } else if (!isHeldBack(follower, fetch)) {
            return true;
        }
        if (Math.max(fetch.logStartOffset(), follower.toldLogStartOffset) < history.logStartOffset()) {
            return true;
        }
        if (fetch.key().lastEpoch() == history.lastEpoch()) {
            return false;
        }
        // Markers are no load. Those beyond its log end it takes only with the records before them.
        return history.markers().stream()
                .anyMatch(marker -> marker.leaderEpoch() > fetch.key().lastEpoch()
                        && marker.startOffset() <= fetch.key().logEndOffset());
    }

    /// What there is for it: records too, unless they are held back.
    private void tail(FollowerProgress follower, Fetch fetch, long recovered) {
        follower.parked = null;
        follower.toldLogStartOffset = state.history.logStartOffset();
        int maxBytes = fetch.maxBytes() == 0 ? state.replication().fetchMaxBytes() : fetch.maxBytes();
        if (isHeldBack(follower, fetch)) {
            maxBytes = 0;
        } else if (state.isLeaderThrottled() && !isInSync(follower.replica)) {
            maxBytes = follower.throttle.answerBytes(maxBytes);
        }
        answers.tail(leaderEpoch, follower.replica, fetch, recovered, maxBytes);
    }

    // ---- throttled catching up -------------------------------------------------------------------------------

    private FollowerProgress unknown(ReplicaId replica) {
        return new FollowerProgress(replica, new CatchUpThrottle(state.dice, state.quotas.leader()));
    }

    /// Records wait: the follower wants none yet, or it is not in sync and the quota of this node is used up (KIP-73).
    /// Never for one without which nothing can be committed.
    private boolean isHeldBack(FollowerProgress follower, Fetch fetch) {
        boolean wantsNone = fetch.maxBytes() == 0;
        boolean mayHave = !wantsNone && (!state.isLeaderThrottled() || isInSync(follower.replica));
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
        boolean votes = config.voters().contains(replica)
                || (previousConfig != null && previousConfig.voters().contains(replica));
        if (!votes || !progress.isMarkerSettled()) {
            return votes;
        }
        long sinceMs = state.nowMs - state.replication().checkQuorumMs();
        int others = 0;
        for (ReplicaId voter : config.voters()) {
            FollowerProgress follower = followers.get(voter);
            boolean isThere =
                    voter.equals(state.self) || (follower != null && isInSync(voter) && follower.fetchedSince(sinceMs));
            others += isThere && !voter.equals(replica) ? 1 : 0;
        }
        return others < ReplicaProgress.requiredMatches(config.voters().size(), state.settings.minInSyncReplicas());
    }

    // ---- parked fetches --------------------------------------------------------------------------------------

    /// There is more to send: those that wait need not wait for the disk of the leader.
    void answerParked() {
        for (FollowerProgress follower : followers.values()) {
            Fetch fetch = follower.parked;
            if (fetch != null && hasNewsFor(follower, fetch)) {
                tail(follower, fetch, -1);
            }
        }
    }

    /// Those that have waited long enough get an empty answer, and those that the quota held back what they may have
    /// now.
    void answerOverdue() {
        for (FollowerProgress follower : followers.values()) {
            Fetch fetch = follower.parked;
            if (fetch == null) {
                continue;
            }
            boolean looksAgain = state.nowMs >= follower.throttle.untilMs();
            if (state.nowMs >= follower.parkedUntilMs || (looksAgain && hasNewsFor(follower, fetch))) {
                tail(follower, fetch, -1);
            }
        }
    }

    /// Long.MAX_VALUE when nobody waits.
    long nextOverdueMs() {
        long next = Long.MAX_VALUE;
        for (FollowerProgress follower : followers.values()) {
            if (follower.parked != null) {
                next = Math.min(next, Math.min(follower.parkedUntilMs, follower.throttle.untilMs()));
            }
        }
        return next;
    }

    /// Fetches that wait here may be lost over there.
    void nodeLost(int nodeId) {
        followers.values().stream()
                .filter(follower -> follower.replica.nodeId() == nodeId)
                .forEach(FollowerProgress::nodeLost);
    }

    // ---- what they are good for ------------------------------------------------------------------------------

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

    /// Who could take over at once: voters that are in sync and were heard just now. Being in sync is not enough: a
    /// voter
    /// counts as that long after its process has ended, and takes over nothing then.
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

    /// Check-quorum: whether a majority, the leader included, fetched since then.
    boolean majorityFetchedSince(long sinceMs) {
        int alive = 0;
        for (ReplicaId voter : config.voters()) {
            FollowerProgress follower = followers.get(voter);
            alive += voter.equals(state.self) || (follower != null && follower.fetchedSince(sinceMs)) ? 1 : 0;
        }
        return alive >= config.majority();
    }
}
