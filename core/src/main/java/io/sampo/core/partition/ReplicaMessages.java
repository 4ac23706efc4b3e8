package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.AdoptReply;
import io.sampo.core.partition.ReplicaMessage.AdoptRequest;
import io.sampo.core.partition.ReplicaMessage.Announce;
import io.sampo.core.partition.ReplicaMessage.Barrier;
import io.sampo.core.partition.ReplicaMessage.BarrierReply;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaMessage.KnownLife;
import io.sampo.core.partition.ReplicaMessage.PreVote;
import io.sampo.core.partition.ReplicaMessage.PreVoteReply;
import io.sampo.core.partition.ReplicaMessage.PromiseReply;
import io.sampo.core.partition.ReplicaMessage.PromiseRequest;
import io.sampo.core.partition.ReplicaMessage.RepairReply;
import io.sampo.core.partition.ReplicaMessage.RepairRequest;
import io.sampo.core.partition.ReplicaMessage.TimeoutNow;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/// Takes the messages of other replicas to whichever role is concerned, and sees when one of them ends it.
final class ReplicaMessages {
    static final String SET_BACK = "the directory was set back to an older state";

    private final ReplicaState state;
    private final ReplicaHistory history;
    private final Outbox outbox;
    private final ReplicaRoles roles;
    private final FollowerRole follower;
    private final FetchAnswers answers;
    private final Votes votes;
    private final Consumer<String> offline;

    /// @param offline takes the reason why this replica must not go on
    ReplicaMessages(
            ReplicaState state, Outbox outbox, ReplicaRoles roles, FollowerRole follower, Consumer<String> offline) {
        this.state = state;
        this.history = state.history;
        this.outbox = outbox;
        this.roles = roles;
        this.follower = follower;
        this.answers = new FetchAnswers(state, outbox);
        this.votes = new Votes(state, outbox);
        this.offline = offline;
    }

    void dispatch(ReplicaEnvelope envelope) {
        ReplicaId from = envelope.from();
        int toldEpoch = toldEpoch(envelope.message());
        if (state.isOfLaterEra(toldEpoch)) {
            roles.laterEraBegan(toldEpoch);
        }
        LeaderRole leading = roles.leading();
        CandidateRole candidate = roles.candidate();
        switch (envelope.message()) {
            case PreVote preVote -> {
                follower.doubtLeader(from, preVote.leaderEpoch());
                votes.answer(from, preVote, leading != null ? leading.hasQuorum() : follower.hearsLeader());
                roles.wake();
            }
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
                    leading.wake();
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
            case RepairRequest request -> {
                if (leading != null && request.leaderEpoch() == leading.leaderEpoch) {
                    leading.wake();
                    leading.repairAsked(from, envelope.incarnation(), request);
                }
            }
            case RepairReply reply -> {
                if (leading == null && candidate == null) {
                    follower.repairAnswered(from, reply);
                }
            }
            case KnownLife known -> knownLife(from, known.life());
        }
    }

    /// The epoch that the sender has promised or leads; -1 when the message does not say. What a candidate asks
    /// for is not promised by anybody yet.
    private static int toldEpoch(ReplicaMessage message) {
        return switch (message) {
            case PreVoteReply reply -> reply.promisedEpoch();
            case PromiseReply reply -> reply.promisedEpoch();
            case Announce announce -> announce.leaderEpoch();
            case TimeoutNow timeoutNow -> timeoutNow.leaderEpoch();
            default -> -1;
        };
    }

    /// Somebody tells what it knows of this replica's lives.
    private void knownLife(ReplicaId from, long life) {
        if (Life.isNew(state.life, life)) {
            outbox.send(
                    from, new KnownLife(history.promisedEpoch(), history.peers().life(from)));
        } else if (Life.isSetBack(state.life, life) && state.tellsLivesApart()) {
            roles.stepDown(Errors.KAFKA_STORAGE_ERROR, SET_BACK, false);
            List<ReplicaEvent> events = new ArrayList<>();
            state.decided(new ReplicaEvent.SetBack(life), events);
            // Its lives count on: without this the directory would come to one that nobody has heard of yet.
            outbox.persist(events, () -> {
                outbox.add(new ReplicaEffect.SetBack(Opening.setBackAlarm(state)));
                offline.accept(SET_BACK);
            });
        }
    }

    private void promiseAsked(ReplicaId from, PromiseRequest request) {
        if (!votes.isNew(from, request)) {
            return;
        }
        roles.stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "epoch " + request.leaderEpoch() + " begins", true);
        roles.refuseCampaign("epoch " + request.leaderEpoch() + " is promised to " + from);
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
        LeaderRole leader = roles.leading();
        Invariant.check(
                leader == null || announce.leaderEpoch() != leader.leaderEpoch,
                "%s and %s lead epoch %d",
                state.self,
                from,
                announce.leaderEpoch());
        boolean obeyed = announce.leaderEpoch() >= history.promisedEpoch()
                && (leader == null || announce.leaderEpoch() > leader.leaderEpoch);
        if (leader != null || roles.candidate() != null) {
            if (!obeyed) {
                return;
            }
            roles.stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "epoch " + announce.leaderEpoch() + " has begun", true);
            roles.refuseCampaign(from + " leads epoch " + announce.leaderEpoch());
        }
        follower.announced(from, announce);
    }

    private void timeoutNow(TimeoutNow message) {
        boolean blind = state.has(Mutation.TIMEOUT_NOW_LEADS_AT_ONCE);
        boolean obeyed = message.leaderEpoch() >= history.promisedEpoch() || blind;
        CandidateRole candidate = roles.candidate();
        boolean busy =
                roles.leading() != null || (candidate != null && candidate.stage() != CandidateRole.Stage.PRE_VOTE);
        if (busy || !obeyed || !state.votes() || history.suspect()) {
            return;
        }
        state.see(message.leaderEpoch());
        CandidateRole next = roles.newCandidate(null);
        if (blind) {
            next.leadWithoutPromises();
        } else {
            next.askForPromises();
        }
    }
}
