package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.EpochPromised;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.AdoptReply;
import io.sampo.core.partition.ReplicaMessage.AdoptRequest;
import io.sampo.core.partition.ReplicaMessage.PreVote;
import io.sampo.core.partition.ReplicaMessage.PreVoteReply;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import io.sampo.core.partition.ReplicaMessage.PromiseRequest;
import io.sampo.core.partition.ReplicaMessage.TimeoutNow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One attempt to lead (design 1.5):
///
/// ```
/// PRE_VOTE --a majority would--> PROMISE --a majority has--> (ADOPT the best log -->) elected
///     '----------------------------'-----------------------------'--> given up
/// ```
final class CandidateRole {

    enum Stage {
        PRE_VOTE,
        PROMISE,
        ADOPT
    }

    /// What becomes of the attempt: exactly one of these is called, at the end.
    interface Listener {
        /// The log is complete and durable, the epoch is promised: the marker may be written.
        ///
        /// @param target the configuration that the epoch shall have; null: the one of the log
        void elected(@Nullable VoterSet target, boolean lastResort);

        void givenUp(String reason);

        /// The own log has to be cut first.
        void cut(TruncateIntent intent);
    }

    private final ReplicaState state;
    private final Outbox outbox;
    private final Listener listener;
    private final @Nullable VoterSet target;
    private final VoterSet ownConfig;
    private final long deadlineMs;

    private Stage stage = Stage.PRE_VOTE;
    private long askedMs;

    /// Voters that would promise -> whether they are suspect.
    private final Map<ReplicaId, Boolean> preVotes = new LinkedHashMap<>();

    private int leaderEpoch = -1;
    private @Nullable Election election;
    private Election.Outcome.@Nullable Won won;
    private long adoptedBytes;

    /// @param target a configuration to begin, or null
    CandidateRole(ReplicaState state, Outbox outbox, @Nullable VoterSet target, Listener listener) {
        this.state = state;
        this.outbox = outbox;
        this.listener = listener;
        this.target = target;
        this.ownConfig = state.history.config();
        this.deadlineMs = state.nowMs + state.replication().campaignTimeoutMs();
        this.askedMs = state.nowMs;
    }

    Stage stage() {
        return stage;
    }

    // ---- pre-vote --------------------------------------------------------------------------------------------

    /// Asks whether the others would promise: a replica that is merely cut off does not raise the epoch.
    void askForPreVotes() {
        preVotes.put(state.self, state.history.suspect());
        if (countPreVotes()) {
            return;
        }
        sendPreVotes();
    }

    private void sendPreVotes() {
        askedMs = state.nowMs;
        List<ReplicaId> silent = ownConfig.voters().stream()
                .filter(voter -> !preVotes.containsKey(voter))
                .toList();
        outbox.sendAll(silent, new PreVote(nextEpoch(), state.history.key(), state.history.suspect()));
    }

    private int nextEpoch() {
        return Math.max(Math.max(state.history.promisedEpoch(), state.history.lastEpoch()), state.seenEpoch) + 1;
    }

    void preVoted(ReplicaId from, PreVoteReply reply) {
        state.see(reply.promisedEpoch());
        if (stage == Stage.PRE_VOTE && reply.granted() && ownConfig.voters().contains(from)) {
            preVotes.put(from, reply.suspect());
            countPreVotes();
        }
    }

    /// A suspect replica goes on only when everybody answered and there is no majority without suspect ones.
    private boolean countPreVotes() {
        long trusted = preVotes.values().stream().filter(suspect -> !suspect).count();
        if (state.has(Mutation.SUSPECT_COUNTED)) {
            trusted = preVotes.size();
        }
        boolean mayLead = !state.history.suspect() || state.has(Mutation.SUSPECT_COUNTED);
        boolean majority = trusted >= ownConfig.majority();
        boolean everybody = preVotes.size() == ownConfig.voters().size();
        if (majority ? mayLead : everybody) {
            askForPromises();
            return true;
        }
        return false;
    }

    // ---- promises --------------------------------------------------------------------------------------------

    /// Promises the next epoch to itself; the others hear of it when that is durable.
    void askForPromises() {
        stage = Stage.PROMISE;
        leaderEpoch = nextEpoch();
        List<ReplicaEvent> events = new ArrayList<>();
        state.decided(new EpochPromised(leaderEpoch, state.self), events);
        outbox.persist(events, () -> {
            election = new Election(
                    state.self, state.history.key(), ownConfig, target, state.history.suspect(), state.mutations);
            countPromises();
        });
    }

    /// The planted bug of obeying TimeoutNow blindly: no promise of others is waited for.
    void leadWithoutPromises() {
        stage = Stage.PROMISE;
        leaderEpoch = nextEpoch();
        List<ReplicaEvent> events = new ArrayList<>();
        state.decided(new EpochPromised(leaderEpoch, state.self), events);
        outbox.persist(events, () -> listener.elected(null, false));
    }

    private void sendPromiseRequests(Election round, List<ReplicaId> voters) {
        askedMs = state.nowMs;
        List<ReplicaId> silent =
                voters.stream().filter(voter -> !round.hasPromised(voter)).toList();
        outbox.sendAll(silent, new PromiseRequest(leaderEpoch, target));
    }

    void promised(ReplicaId from, PromiseReply reply) {
        Election round = election;
        if (stage != Stage.PROMISE || round == null || reply.leaderEpoch() != leaderEpoch) {
            return;
        }
        if (!reply.granted()) {
            if (reply.promisedEpoch() > leaderEpoch) {
                listener.givenUp("epoch " + reply.promisedEpoch() + " has been promised");
            }
            return;
        }
        round.promised(from, reply);
        countPromises();
    }

    private void countPromises() {
        Election round = Invariant.present(election, "election of a candidate");
        switch (round.outcome()) {
            case Election.Outcome.Open open -> sendPromiseRequests(round, open.voters());
            case Election.Outcome.Won result -> {
                won = result;
                boolean complete = round.isSelf(result.best()) || state.has(Mutation.NO_ADOPTION);
                if (state.history.suspect() && !result.lastResort() && !state.has(Mutation.SUSPECT_COUNTED)) {
                    handOverTo(result, "there are enough that are not suspect");
                } else if (complete) {
                    listener.elected(target, result.lastResort());
                } else if (target != null) {
                    // The leader that wanted a change is not the one with the best log: let it be.
                    handOverTo(result, "another replica has the better log");
                } else {
                    beginAdoption(result);
                }
            }
        }
    }

    // ---- adoption --------------------------------------------------------------------------------------------

    private void beginAdoption(Election.Outcome.Won result) {
        stage = Stage.ADOPT;
        if (state.history.logEndOffset() < result.bestLogStartOffset()) {
            handOverTo(result, "its log begins beyond the end of this one");
            return;
        }
        askForTail(result);
    }

    private void askForTail(Election.Outcome.Won result) {
        askedMs = state.nowMs;
        outbox.send(
                result.best(),
                new AdoptRequest(
                        leaderEpoch,
                        state.history.key(),
                        result.bestKey(),
                        state.replication().fetchMaxBytes()));
    }

    /// The one with the best log shall lead itself, if it votes.
    private void handOverTo(Election.Outcome.Won result, String reason) {
        if (result.config().voters().contains(result.best())) {
            outbox.send(result.best(), new TimeoutNow(leaderEpoch));
        }
        listener.givenUp(result.best() + " shall lead: " + reason);
    }

    void adopted(ReplicaId from, AdoptReply reply) {
        Election.Outcome.Won result = won;
        if (stage != Stage.ADOPT
                || result == null
                || !from.equals(result.best())
                || reply.leaderEpoch() != leaderEpoch
                || !reply.echo().equals(state.history.key())) {
            return;
        }
        if (!reply.sourceKey().equals(result.bestKey())) {
            listener.givenUp(from + " does not have the log any more with which it promised");
        } else if (reply.diverging() != null) {
            resolve(result, reply.diverging());
        } else {
            append(result, reply);
        }
    }

    /// The own log is no prefix of the best one. Whoever has the best one need not be waited for; only when it does
    /// not vote the own log is cut, so that the next candidacy can adopt.
    private void resolve(Election.Outcome.Won result, ReplicaMessage.DivergingEpoch diverging) {
        if (result.config().voters().contains(result.best())) {
            handOverTo(result, "this log would have to be cut first");
            return;
        }
        ReplicaHistory history = state.history;
        TruncateIntent intent =
                Divergence.truncation(history.markers(), history.logEndOffset(), diverging, leaderEpoch);
        if (intent.toOffset() < Math.max(history.logStartOffset(), result.bestLogStartOffset())) {
            // Cut so far, this log could not be continued with the better one: it has to begin anew with a leader.
            listener.givenUp("the logs part below the log start");
            return;
        }
        Invariant.check(
                intent.toOffset() >= state.highWatermark || history.suspect(),
                "truncation to %d below the high watermark %d",
                intent.toOffset(),
                state.highWatermark);
        listener.cut(intent);
    }

    private void append(Election.Outcome.Won result, AdoptReply reply) {
        List<ReplicaEvent> events = new ArrayList<>();
        adoptedBytes += ReplicatedTail.take(reply, state, events);
        if (events.isEmpty()) {
            listener.givenUp("nothing came from " + result.best());
            return;
        }
        outbox.persist(events, () -> {
            if (state.history.key().equals(result.bestKey())) {
                listener.elected(null, result.lastResort());
            } else if (adoptedBytes > state.replication().adoptMaxBytes()) {
                handOverTo(result, "there is too much to adopt");
            } else {
                askForTail(result);
            }
        });
    }

    // ---- time ------------------------------------------------------------------------------------------------

    /// Repeats what was not answered, or gives up.
    void tick() {
        if (state.nowMs >= deadlineMs && stage != Stage.ADOPT || state.nowMs >= deadlineMs + adoptionTimeMs()) {
            listener.givenUp("no majority answered in time (" + stage + ")");
            return;
        }
        if (state.nowMs - askedMs < state.replication().heartbeatMs()) {
            return;
        }
        switch (stage) {
            case PRE_VOTE -> sendPreVotes();
            case PROMISE -> {
                Election round = election;
                if (round != null && round.outcome() instanceof Election.Outcome.Open open) {
                    sendPromiseRequests(round, open.voters());
                }
            }
            case ADOPT -> {
                if (won != null) {
                    askForTail(won);
                }
            }
        }
    }

    /// Adoption moves bytes: it may take some rounds more than votes.
    private long adoptionTimeMs() {
        return stage == Stage.ADOPT ? 2L * state.replication().campaignTimeoutMs() : 0;
    }

    long nextTickMs() {
        return Math.min(
                deadlineMs + adoptionTimeMs(), askedMs + state.replication().heartbeatMs());
    }
}
