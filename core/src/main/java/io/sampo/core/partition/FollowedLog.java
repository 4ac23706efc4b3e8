package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.DivergingEpoch;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import java.util.ArrayList;
import java.util.List;

/// Makes the log of a follower the leader's: fetches, appends what continues it, cuts what does not fit, and
/// moves the high watermark and the log start after the leader's.
///
/// At most one fetch is under way, and none while a persist is: its durable end is the acknowledgement.
final class FollowedLog {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final ReplicaState state;
    private final Outbox outbox;
    private final LeaderWatch watch;
    private final FollowerView view;
    private final SuccessorLog successor;
    private final FollowerThrottle throttle;

    /// When the fetch that is under way was sent; [#NEVER] when none is.
    private long fetchSentMs = NEVER;

    /// The log cannot be compared with that of the leader that is followed now.
    private boolean isIncomparable;

    FollowedLog(ReplicaState state, Outbox outbox, LeaderWatch watch, FollowerView view, SuccessorLog successor) {
        this.state = state;
        this.outbox = outbox;
        this.watch = watch;
        this.view = view;
        this.successor = successor;
        this.throttle = new FollowerThrottle(state);
    }

    /// Another leader is followed from now on.
    void beginEpoch() {
        isIncomparable = false;
        throttle.beginEpoch();
        fetchSentMs = NEVER;
    }

    void leaderLost() {
        fetchSentMs = NEVER;
        throttle.release();
    }

    // ---- fetching --------------------------------------------------------------------------------------------

    void announced(long highWatermark) {
        raiseHighWatermark(highWatermark);
        boolean missesSomething = highWatermark > state.history.logEndOffset()
                && state.nowMs - fetchSentMs >= state.replication().heartbeatMs();
        if (fetchSentMs == NEVER || missesSomething) {
            fetch();
        }
    }

    /// Only while there is a leader.
    void tick() {
        boolean isOverdue = state.nowMs - fetchSentMs >= state.replication().fetchTimeoutMs();
        if (isOverdue || state.nowMs >= throttle.untilMs()) {
            fetch();
        }
    }

    long nextTickMs() {
        return Math.min(throttle.untilMs(), fetchSentMs + state.replication().fetchTimeoutMs());
    }

    private void fetch() {
        ReplicaId to = watch.leader();
        if (to == null) {
            return;
        }
        fetchSentMs = state.nowMs;
        ReplicationSettings settings = state.replication();
        outbox.send(
                to,
                new Fetch(
                        watch.leaderEpoch(),
                        askedKey(),
                        state.durableOffset,
                        state.highWatermark,
                        state.history.logStartOffset(),
                        state.history.suspect(),
                        throttle.allowedBytes(settings.fetchMaxBytes()),
                        settings.fetchMaxWaitMs()));
    }

    /// [LogKey#NOTHING] asks the leader for a log to begin anew with.
    private LogKey askedKey() {
        return isIncomparable || state.history.lacksProducers() ? LogKey.NOTHING : state.history.key();
    }

    void answered(ReplicaId from, FetchReply reply) {
        if (!watch.follows(from, reply.leaderEpoch())) {
            return;
        }
        watch.heard();
        if (!reply.echo().equals(askedKey()) && !state.has(Mutation.ECHO_NOT_CHECKED)) {
            return;
        }
        fetchSentMs = NEVER;
        if (reply.reset() != null) {
            successor.beginAnew(reply.reset(), from, watch.leaderEpoch(), view::withdraw);
        } else if (reply.diverging() != null) {
            truncate(reply.diverging());
        } else {
            append(reply);
        }
    }

    private void append(FetchReply reply) {
        List<ReplicaEvent> events = new ArrayList<>();
        long bytes = ReplicatedTail.take(reply, state, events);
        throttle.received(bytes);
        ReplicaHistory history = state.history;
        if (history.suspect() && reply.recoveredIncarnation() == state.life) {
            state.decided(new Recovered(watch.leaderEpoch(), history.logEndOffset()), events);
        }
        if (events.isEmpty()) {
            appended(reply);
            return;
        }
        if (state.has(Mutation.ACKNOWLEDGES_BEFORE_PERSISTED)) {
            state.durableOffset = history.logEndOffset();
            fetch();
        }
        outbox.persist(events, () -> appended(reply));
    }

    private void appended(FetchReply reply) {
        if (!reply.markers().isEmpty()) {
            greetUnknownVoters();
        }
        raiseHighWatermark(reply.highWatermark());
        if (state.history.lastEpoch() == watch.leaderEpoch()) {
            advanceLogStart(reply);
        } else {
            fetch();
        }
    }

    /// Who votes with this replica must be known here should its directory ever be set back.
    private void greetUnknownVoters() {
        Peers peers = state.history.peers();
        outbox.greet(state.history.config().voters().stream()
                .filter(voter -> peers.life(voter) == Life.NONE)
                .toList());
    }

    /// The log start follows the leader's, but never beyond what is known to be committed here (R7).
    private void advanceLogStart(FetchReply reply) {
        ReplicaHistory history = state.history;
        long logStart = state.has(Mutation.LOG_START_BEYOND_HIGH_WATERMARK)
                ? Math.min(reply.logEndOffset(), history.logEndOffset())
                : Math.min(reply.logStartOffset(), state.highWatermark);
        if (logStart <= history.logStartOffset() || reply.logStartOffset() <= history.logStartOffset()) {
            fetch();
            return;
        }
        List<ReplicaEvent> events = new ArrayList<>();
        state.decided(new LogStartAdvanced(logStart), events);
        outbox.persist(events, () -> {
            // Readers must not look for what may be deleted from now on.
            view.publish(watch.leaderEpoch());
            fetch();
        });
    }

    /// What the leader says holds here only once its marker is here: then this log is a prefix of the leader's.
    private void raiseHighWatermark(long to) {
        throttle.told(to);
        boolean fits = state.history.lastEpoch() == watch.leaderEpoch();
        // A follower of a new leader may be read again also when nothing was committed meanwhile.
        if (fits && (state.raiseHighWatermark(to) || !view.isPublished())) {
            view.publish(watch.leaderEpoch());
        }
    }

    // ---- logs that do not fit --------------------------------------------------------------------------------

    private void truncate(DivergingEpoch diverging) {
        ReplicaHistory history = state.history;
        TruncateIntent intent =
                Divergence.truncation(history.markers(), history.logEndOffset(), diverging, watch.leaderEpoch());
        if (state.has(Mutation.TRUNCATE_BELOW_HIGH_WATERMARK)) {
            intent = new TruncateIntent(history.logStartOffset(), intent.keepMarkersUpToEpoch(), watch.leaderEpoch());
        } else {
            Invariant.check(
                    intent.toOffset() >= state.highWatermark || history.suspect() || isForced(),
                    "truncation to %d below the high watermark %d",
                    intent.toOffset(),
                    state.highWatermark);
        }
        if (intent.toOffset() < history.logStartOffset() || forgetsAllMarkers(intent)) {
            isIncomparable = true;
            fetch();
            return;
        }
        successor.cut(intent, view::withdraw);
    }

    /// The leader's configuration was forced since this log was a prefix of a leader's.
    private boolean isForced() {
        return ForcedConfig.isOfLaterEra(watch.leaderEpoch(), state.history.lastEpoch());
    }

    /// Below the log start markers may have been forgotten: a log without any could be compared with nobody's.
    private boolean forgetsAllMarkers(TruncateIntent intent) {
        ReplicaHistory history = state.history;
        return history.logStartOffset() > 0
                && history.markers().stream().allMatch(marker -> Divergence.drops(intent, marker));
    }
}
