package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.DivergingEpoch;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import org.jspecify.annotations.Nullable;

/// Serves the fetches that reach the leader of one epoch: which of them fit its log and count for the high
/// watermark, what is sent for them, and when; those that ask for what is not there yet are parked.
final class FollowerFetches {
    private final ReplicaState state;
    private final ReplicaProgress progress;
    private final LeaderFollowers followers;
    private final Announcements announcements;
    private final LeaderThrottle throttle;
    private final FetchAnswers answers;
    private final int leaderEpoch;

    /// The marker of the epoch has been decided: it is the last of the history.
    FollowerFetches(
            ReplicaState state,
            Outbox outbox,
            ReplicaProgress progress,
            LeaderFollowers followers,
            Announcements announcements) {
        this.state = state;
        this.progress = progress;
        this.followers = followers;
        this.announcements = announcements;
        this.throttle = new LeaderThrottle(state, progress, followers);
        this.answers = new FetchAnswers(state, outbox);
        this.leaderEpoch = state.history.lastEpoch();
    }

    /// Looks at a fetch, before the high watermark may move.
    ///
    /// @return the follower, when its log fits and [#answer] is to follow; null when it got what it needs
    @Nullable
    FollowerProgress fetched(ReplicaId from, long incarnation, Fetch fetch) {
        if (fetch.leaderEpoch() < leaderEpoch) {
            announcements.announce(from);
            return null;
        }
        if (fetch.leaderEpoch() > leaderEpoch || !followers.audience().contains(from)) {
            return null;
        }
        FollowerProgress follower = followers.beginning(from);
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
                && !fetch.key().equals(LogKey.NOTHING);
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
        } else if (!throttle.holdsBack(follower, fetch)) {
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
        answers.tail(leaderEpoch, follower.replica, fetch, recovered, throttle.allowedBytes(follower, fetch));
    }

    // ---- parked fetches --------------------------------------------------------------------------------------

    /// There is more to send: those that wait need not wait for the disk of the leader.
    void answerParked() {
        for (FollowerProgress follower : followers.all()) {
            Fetch fetch = follower.parked;
            if (fetch != null && hasNewsFor(follower, fetch)) {
                tail(follower, fetch, -1);
            }
        }
    }

    /// Those that have waited long enough get an empty answer, and those that the quota held back what they may
    /// have now.
    void answerOverdue() {
        for (FollowerProgress follower : followers.all()) {
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
        for (FollowerProgress follower : followers.all()) {
            if (follower.parked != null) {
                next = Math.min(next, Math.min(follower.parkedUntilMs, follower.throttle.untilMs()));
            }
        }
        return next;
    }
}
