package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.ConfigForced;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// The role of an open replica, and every change of it. A replica is a follower, and beyond that at most a
/// candidate or a leader; time and requests go to whichever it is, messages through [ReplicaMessages].
final class ReplicaRoles {
    private final ReplicaState state;
    private final ReplicaHistory history;
    private final Outbox outbox;
    private final PendingRequests pending;
    private final ReplicaMessages messages;

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
        this.follower = new FollowerRole(state, outbox, ended);
        this.messages = new ReplicaMessages(state, outbox, this, follower, offline);
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

    @Nullable
    LeaderRole leading() {
        return leading;
    }

    @Nullable
    CandidateRole candidate() {
        return candidate;
    }

    void dispatch(ReplicaEnvelope envelope) {
        messages.dispatch(envelope);
    }

    boolean isActive() {
        return leading != null && leading.isActive();
    }

    boolean hasLeader() {
        return leading != null ? leading.isActive() : candidate == null && follower.hearsLeader();
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

    // ---- rest ------------------------------------------------------------------------------------------------

    boolean isResting() {
        return leading != null ? leading.isResting() : candidate == null && follower.isResting();
    }

    /// Something is to be done.
    void wake() {
        if (leading != null) {
            leading.wake();
        }
    }

    void nodeLost(int nodeId) {
        if (leading != null) {
            leading.nodeLost(nodeId);
        } else if (candidate == null) {
            follower.nodeLost(nodeId);
        }
    }

    void nodeAlive(int nodeId) {
        if (leading == null && candidate == null) {
            follower.nodeAlive(nodeId);
        }
    }

    List<ReplicaId> successors() {
        return leading == null ? List.of() : leading.successors();
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

    CandidateRole newCandidate(@Nullable VoterSet target) {
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

    /// Does what a forced configuration asks of this replica, once. Nothing is being persisted.
    void obeyForced() {
        ForcedConfig forced = state.forced;
        if (forced == null) {
            return;
        }
        ForcedConfig.Duty duty = forced.dutyOf(state.self, history.promisedEpoch(), history.lastEpoch());
        if (duty == ForcedConfig.Duty.NOTHING
                || duty == ForcedConfig.Duty.PROMISE && state.has(Mutation.FORCED_EPOCH_NOT_PROMISED)) {
            return;
        }
        loseRole("epoch " + forced.leaderEpoch() + " is forced");
        List<ReplicaEvent> events = new ArrayList<>();
        if (history.promisedEpoch() < forced.leaderEpoch()) {
            state.decided(new ConfigForced(forced.leaderEpoch(), forced.voter()), events);
        }
        if (duty == ForcedConfig.Duty.PROMISE) {
            outbox.persist(events, () -> {});
            return;
        }
        follower.standAside();
        outbox.add(new ReplicaEffect.Alarm(Suspicion.lossAlarm(
                history, state.partition, "an operator gave its other replicas up", state.self + " leads alone")));
        state.decided(
                new EpochStarted(forced.leaderEpoch(), history.logEndOffset(), state.self, VoterSet.single(state.self)),
                events);
        LeaderRole leader = new LeaderRole(state, outbox, pending, null, this::leaseNumber);
        leading = leader;
        outbox.persist(events, leader::started);
    }

    /// An epoch of a later era was heard of: whoever leads there knows which configuration holds, and nobody
    /// here does.
    void laterEraBegan(int leaderEpoch) {
        state.see(leaderEpoch);
        if (leading != null || candidate != null) {
            loseRole("a configuration was forced: epoch " + leaderEpoch + " was heard of");
        }
    }

    private void loseRole(String reason) {
        stepDown(Errors.NOT_LEADER_OR_FOLLOWER, reason, true);
        refuseCampaign(reason);
        follower.promised();
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
        // First: whoever is told that this replica does not lead finds it out of the way.
        if (servingEpoch >= 0) {
            outbox.add(new ReplicaEffect.Resigned(servingEpoch));
            servingEpoch = -1;
        }
        pending.failAll(error, message, outbox.effects());
    }

    /// Begins the next epoch: with another configuration (design 1.7), or because somebody has promised a
    /// higher one and could not follow otherwise. Appends that wait go on waiting: the log is the same, and its
    /// leader too (docs/adr/0006).
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
            // Appends that a transfer had held up may be on their way to the disk.
            if (!outbox.isPersisting() && (target != null || leading.isOutpaced())) {
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
            leading.wake();
            leading.transfer(target);
        }
    }

    void barrier(BarrierRequest request) {
        if (leading == null) {
            BarrierRounds.refuse(outbox, request);
        } else {
            leading.wake();
            leading.barrier(request);
        }
    }

    void damageFound(ReplicaInput.DamageFound damage) {
        if (leading != null) {
            leading.wake();
            leading.damageFound(damage);
        } else if (candidate == null) {
            follower.damageFound(damage);
        }
    }

    void requests(List<? extends ReplicaRequest> requests) {
        if (leading != null) {
            leading.wake();
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

    void refuseCampaign(String reason) {
        if (campaignWanted) {
            campaignWanted = false;
            outbox.add(new ReplicaEffect.CampaignRefused(reason));
        }
    }
}
