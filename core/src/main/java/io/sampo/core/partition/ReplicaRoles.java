package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.AdoptReply;
import io.sampo.core.partition.ReplicaMessage.AdoptRequest;
import io.sampo.core.partition.ReplicaMessage.Announce;
import io.sampo.core.partition.ReplicaMessage.Barrier;
import io.sampo.core.partition.ReplicaMessage.BarrierReply;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaMessage.PreVote;
import io.sampo.core.partition.ReplicaMessage.PreVoteReply;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import io.sampo.core.partition.ReplicaMessage.PromiseRequest;
import io.sampo.core.partition.ReplicaMessage.StaleIdentity;
import io.sampo.core.partition.ReplicaMessage.TimeoutNow;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// The role of an open replica, and every change of it. A replica is a follower, and beyond that at most a
/// candidate or
/// a leader; messages and time go to whichever it is.
final class ReplicaRoles {
    private final ReplicaState state;
    private final ReplicaHistory history;
    private final Outbox outbox;
    private final PendingRequests pending;
    private final FetchAnswers answers;
    private final Votes votes;
    private final Consumer<String> offline;

    private final FollowerRole follower;
    private @Nullable CandidateRole candidate;
    private @Nullable LeaderRole leading;

    /// Epoch of the last `BecameActive`; -1 when clients are not served.
    private int servingEpoch = -1;

    private long leaseNumber;

    /// Somebody waits for the outcome of a campaign.
    private boolean campaignWanted;

    /// @param ended runs when another core has to take over the files
    /// @param offline takes the reason why this replica must not go on
    ReplicaRoles(ReplicaState state, Outbox outbox, Runnable ended, Consumer<String> offline) {
        this.state = state;
        this.history = state.history;
        this.outbox = outbox;
        this.pending = new PendingRequests(state.mutations);
        this.answers = new FetchAnswers(state, outbox);
        this.votes = new Votes(state, outbox);
        this.offline = offline;
        this.follower = new FollowerRole(state, outbox, ended);
    }

    void open() {
        follower.open();
    }

    ReplicaRole role() {
        if (leading != null) {
            return leading.isActive() ? ReplicaRole.LEADER : ReplicaRole.STARTING_LEADER;
        }
        if (candidate != null) {
            return switch (candidate.stage()) {
                case PRE_VOTE -> ReplicaRole.PRE_CANDIDATE;
                case PROMISE -> ReplicaRole.CANDIDATE;
                case ADOPT -> ReplicaRole.ADOPTING;
            };
        }
        return state.votes() ? ReplicaRole.FOLLOWER : ReplicaRole.LEARNER;
    }

    List<ReplicaStatus> statuses() {
        return leading == null ? List.of() : leading.statuses();
    }

    boolean isActive() {
        return leading != null && leading.isActive();
    }

    long leaseNumber() {
        return leaseNumber;
    }

    long nextTickMs() {
        if (leading != null) {
            return leading.nextTickMs();
        }
        return candidate != null ? candidate.nextTickMs() : follower.nextTickMs();
    }

    /// At the end of every step, and before the leader goes: remembers whom the shell believes to serve clients.
    void noteServing() {
        if (leading != null && leading.isActive()) {
            servingEpoch = leading.leaderEpoch;
            campaignWanted = false;
        }
    }

    // ---- changes ---------------------------------------------------------------------------------------------

    void campaign() {
        LeaderRole leader = leading;
        if (leader != null || candidate != null) {
            leaseNumber++;
            campaignWanted = true;
            if (leader != null && leader.isActive()) {
                outbox.add(new ReplicaEffect.BecameActive(leader.leaderEpoch, leaseNumber, leader.view()));
            }
            return;
        }
        @Nullable String problem = null;
        if (history.suspect()) {
            problem = "the replica may have lost records";
        } else if (!state.votes()) {
            problem = "the replica does not vote";
        } else if (follower.hearsLeader()) {
            problem = follower.leader() + " leads epoch " + follower.leaderEpoch();
        }
        if (problem != null) {
            outbox.add(new ReplicaEffect.CampaignRefused(problem));
            return;
        }
        leaseNumber++;
        campaignWanted = true;
        newCandidate(null).askForPreVotes();
    }

    private CandidateRole newCandidate(@Nullable VoterSet target) {
        CandidateRole next = new CandidateRole(state, outbox, target, new CandidateRole.Listener() {
            @Override
            public void elected(@Nullable VoterSet config, boolean lastResort) {
                lead(config, lastResort);
            }

            @Override
            public void givenUp(String reason) {
                giveUp(reason);
            }

            @Override
            public void cut(TruncateIntent intent) {
                giveUp("the log has to be cut");
                follower.cut(intent);
            }
        });
        candidate = next;
        follower.standAside();
        return next;
    }

    /// All that a leader of the promised epoch must have is here: writes the marker.
    private void lead(@Nullable VoterSet target, boolean lastResort) {
        VoterSet found = history.config();
        VoterSet config = target == null ? found : target;
        Invariant.check(
                target == null || found.votersChanged(target) <= 1 || state.has(Mutation.MANY_VOTERS_AT_ONCE),
                "%s follows %s",
                config,
                found);
        if (!config.voters().contains(state.self)) {
            giveUp("the replica does not vote any more");
            return;
        }
        List<ReplicaEvent> events = new ArrayList<>();
        if (lastResort) {
            outbox.add(new ReplicaEffect.Alarm(Suspicion.lossAlarm(
                    history, state.partition, "most replicas may have lost records", "the best of them leads")));
            if (history.suspect()) {
                state.decided(new Recovered(history.promisedEpoch(), history.logEndOffset()), events);
            }
        }
        Invariant.check(!history.suspect() || state.has(Mutation.SUSPECT_COUNTED), "a suspect replica leads");
        state.decided(new EpochStarted(history.promisedEpoch(), history.logEndOffset(), state.self, config), events);
        candidate = null;
        boolean asksOldMajority = !config.equals(found) && !state.has(Mutation.RECONFIGURE_WITHOUT_OLD_MAJORITY);
        LeaderRole leader = new LeaderRole(state, outbox, pending, asksOldMajority ? found : null, this::leaseNumber);
        leading = leader;
        outbox.persist(events, leader::started);
    }

    /// Goes on as a follower. A leader that began a change of configuration and failed has lost its leadership.
    private void giveUp(String reason) {
        candidate = null;
        stepDown(Errors.NOT_LEADER_OR_FOLLOWER, reason, true);
        refuseCampaign(reason);
        follower.promised();
    }

    void resign(ReplicaInput.Resign resign) {
        if (resign.leaseNumber() == leaseNumber) {
            sayResigned();
            stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "leadership moved", false);
            campaignWanted = false;
            follower.promised();
        }
    }

    void sayResigned() {
        if (leading != null && history.exists()) {
            outbox.sendAll(leading.others(), new ReplicaMessage.Resigned(leading.leaderEpoch));
        }
    }

    /// Whatever the replica did beyond following ends, and who waited for it gets the error.
    ///
    /// @param moved somebody with a higher epoch is there
    void stepDown(Errors error, String message, boolean moved) {
        noteServing();
        candidate = null;
        if (leading != null) {
            leading.end(moved);
            leading = null;
        }
        pending.failAll(error, message, outbox.effects());
        if (servingEpoch >= 0) {
            outbox.add(new ReplicaEffect.Resigned(servingEpoch));
            servingEpoch = -1;
        }
    }

    /// Begins the next epoch: with another configuration (design 1.7), or because somebody has promised a higher
    /// one
    /// and could not follow otherwise. Appends that wait go on waiting: the log is the same, and its leader too
    /// (docs/adr/0006).
    private void succeedMyself(@Nullable VoterSet target) {
        noteServing();
        Invariant.present(leading, "leader").end(false);
        leading = null;
        newCandidate(target).askForPromises();
    }

    void tick() {
        if (leading != null) {
            if (!leading.hasQuorum()) {
                stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "no majority fetches any more", false);
                follower.promised();
                return;
            }
            VoterSet target = leading.tick();
            if (target != null || leading.isOutpaced()) {
                succeedMyself(target);
            }
        } else if (candidate != null) {
            candidate.tick();
        } else if (follower.tick()) {
            newCandidate(null).askForPreVotes();
        }
    }

    void transfer(ReplicaId target) {
        if (leading == null) {
            outbox.add(new ReplicaEffect.TransferEnded(target, false, "the replica does not lead"));
        } else {
            leading.transfer(target);
        }
    }

    void barrier(BarrierRequest request) {
        if (leading == null) {
            BarrierRounds.refuse(outbox, request);
        } else {
            leading.barrier(request);
        }
    }

    void requests(List<? extends ReplicaRequest> requests) {
        if (leading != null) {
            leading.decide(requests);
            return;
        }
        for (ReplicaRequest request : requests) {
            switch (request) {
                case AppendRequest append ->
                    AppendRules.refuse(append, Errors.NOT_LEADER_OR_FOLLOWER, null, outbox.effects());
                case DeleteRecordsRequest deletion ->
                    outbox.add(new ReplicaEffect.DeleteCompleted(deletion, Errors.NOT_LEADER_OR_FOLLOWER, -1));
            }
        }
    }

    // ---- messages --------------------------------------------------------------------------------------------

    void dispatch(ReplicaEnvelope envelope) {
        ReplicaId from = envelope.from();
        switch (envelope.message()) {
            case PreVote preVote ->
                votes.answer(from, preVote, leading != null ? leading.hasQuorum() : follower.hearsLeader());
            case PreVoteReply reply -> {
                if (candidate != null) {
                    candidate.preVoted(from, reply);
                }
            }
            case PromiseRequest request -> promiseAsked(from, request);
            case PromiseReply reply -> {
                state.see(reply.promisedEpoch());
                if (candidate != null) {
                    candidate.promised(from, reply);
                } else if (leading != null && !reply.granted()) {
                    leading.refused(from, reply.promisedEpoch());
                }
            }
            case AdoptRequest request -> {
                if (request.leaderEpoch() == history.promisedEpoch() && from.equals(history.promisedTo())) {
                    answers.adoption(from, request);
                }
            }
            case AdoptReply reply -> {
                if (candidate != null) {
                    candidate.adopted(from, reply);
                }
            }
            case Announce announce -> announced(from, announce);
            case Fetch fetch -> {
                if (leading != null) {
                    leading.fetched(from, envelope.incarnation(), fetch);
                }
            }
            case FetchReply reply -> {
                if (leading == null && candidate == null) {
                    follower.answered(from, reply);
                }
            }
            case Barrier barrier -> {
                if (barrier.leaderEpoch() >= history.promisedEpoch()) {
                    outbox.send(from, new BarrierReply(barrier.leaderEpoch(), barrier.id()));
                }
            }
            case BarrierReply reply -> {
                if (leading != null && reply.leaderEpoch() == leading.leaderEpoch) {
                    leading.barrierAnswered(from, reply.id());
                }
            }
            case TimeoutNow timeoutNow -> timeoutNow(timeoutNow);
            case ReplicaMessage.Resigned resigned -> {
                if (leading == null && candidate == null) {
                    follower.leaderResigned(from, resigned.leaderEpoch());
                }
            }
            case StaleIdentity stale -> {
                if (stale.incarnation() > history.incarnation()) {
                    outbox.add(new ReplicaEffect.Alarm(state.self + " was heard of in life " + stale.incarnation()
                            + " and is in life " + history.incarnation()
                            + ": its disk was set back to an older state"));
                    offline.accept("the disk was set back to an older state");
                }
            }
        }
    }

    private void promiseAsked(ReplicaId from, PromiseRequest request) {
        if (!votes.isNew(from, request)) {
            return;
        }
        stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "epoch " + request.leaderEpoch() + " begins", true);
        refuseCampaign("epoch " + request.leaderEpoch() + " is promised to " + from);
        follower.promised();
        votes.promise(from, request);
    }

    private void announced(ReplicaId from, Announce announce) {
        state.see(announce.leaderEpoch());
        if (announce.leaderEpoch() < history.promisedEpoch() && !state.has(Mutation.OLD_LEADER_OBEYED)) {
            // It may be a healthy leader: tell it what it would take.
            votes.refuse(from, announce.leaderEpoch());
            return;
        }
        LeaderRole leader = leading;
        Invariant.check(
                leader == null || announce.leaderEpoch() != leader.leaderEpoch,
                "%s and %s lead epoch %d",
                state.self,
                from,
                announce.leaderEpoch());
        boolean obeyed = announce.leaderEpoch() >= history.promisedEpoch()
                && (leader == null || announce.leaderEpoch() > leader.leaderEpoch);
        if (leader != null || candidate != null) {
            if (!obeyed) {
                return;
            }
            stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "epoch " + announce.leaderEpoch() + " has begun", true);
            refuseCampaign(from + " leads epoch " + announce.leaderEpoch());
        }
        follower.announced(from, announce);
    }

    private void refuseCampaign(String reason) {
        if (campaignWanted) {
            campaignWanted = false;
            outbox.add(new ReplicaEffect.CampaignRefused(reason));
        }
    }

    private void timeoutNow(TimeoutNow message) {
        boolean blind = state.has(Mutation.TIMEOUT_NOW_LEADS_AT_ONCE);
        boolean obeyed = message.leaderEpoch() >= history.promisedEpoch() || blind;
        boolean busy = leading != null || (candidate != null && candidate.stage() != CandidateRole.Stage.PRE_VOTE);
        if (busy || !obeyed || !state.votes() || history.suspect()) {
            return;
        }
        state.see(message.leaderEpoch());
        CandidateRole next = newCandidate(null);
        if (blind) {
            next.leadWithoutPromises();
        } else {
            next.askForPromises();
        }
    }
}
