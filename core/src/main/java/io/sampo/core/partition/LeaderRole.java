package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.RepairReply;
import io.sampo.core.partition.ReplicaMessage.RepairRequest;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A replica that leads one epoch: starting until its marker is committed, active from then on (design 1.5 step 8).
///
/// Decides in which order its parts act when something comes or time passes: [LeaderCommit], [LeaderRequests],
/// [FollowerFetches] with [LeaderFollowers], [Announcements], [LeaderHandOver], [LeaderRepairs], [BarrierRounds]; and
/// when its configuration is to change. Whether it steps down is told to [ReplicaCore], which alone changes roles.
final class LeaderRole {
    private final ReplicaState state;
    private final Outbox outbox;

    final int leaderEpoch;
    final long startOffset;
    private final VoterSet config;

    private final LeaderFollowers followers;
    private final Announcements announcements;
    private final FollowerFetches fetches;
    private final LeaderCommit commit;
    private final LeaderHandOver handOver;
    private final LeaderRequests requests;
    private final LeaderRepairs repairs;
    private final BarrierRounds barriers;
    private boolean markerDurable;

    /// Somebody who should follow has promised a higher epoch to a candidate that did not make it.
    private boolean outpaced;

    /// The marker has been decided: it is the last of the history.
    ///
    /// @param previousConfig null when the epoch goes on with the configuration before it
    /// @param lease number of the newest campaign
    LeaderRole(
            ReplicaState state,
            Outbox outbox,
            PendingRequests pending,
            @Nullable VoterSet previousConfig,
            LongSupplier lease) {
        this.state = state;
        this.outbox = outbox;
        this.leaderEpoch = state.history.lastEpoch();
        this.startOffset = state.history.markers().getLast().startOffset();
        this.config = state.history.config();
        ReplicaProgress progress = new ReplicaProgress(startOffset, config, previousConfig, state.mutations);
        this.followers = new LeaderFollowers(state, previousConfig);
        this.announcements = new Announcements(state, outbox, followers);
        this.fetches = new FollowerFetches(state, outbox, progress, followers, announcements);
        this.commit = new LeaderCommit(state, outbox, pending, progress, followers, previousConfig, lease);
        this.handOver = new LeaderHandOver(state, outbox, progress, followers);
        this.barriers = new BarrierRounds(state, outbox, leaderEpoch, config);
        this.requests = new LeaderRequests(state, outbox, pending, commit, handOver, followers, fetches, barriers);
        this.repairs = new LeaderRepairs(state, config, followers);
    }

    boolean isActive() {
        return commit.isActive();
    }

    VoterSet config() {
        return config;
    }

    /// The marker is durable here: tell the others.
    void started() {
        markerDurable = true;
        announcements.announce();
        requests.persisted();
    }

    /// What may be read here and now: nothing that is not written yet.
    ReadView view() {
        return commit.view();
    }

    void decide(List<? extends ReplicaRequest> asked) {
        requests.decide(asked);
    }

    // ---- followers -------------------------------------------------------------------------------------------

    void fetched(ReplicaId from, long incarnation, Fetch fetch) {
        FollowerProgress follower = markerDurable ? fetches.fetched(from, incarnation, fetch) : null;
        if (follower == null) {
            if (followers.audience().contains(from)) {
                wake();
            }
            return;
        }
        boolean moved = commit.advance();
        fetches.answer(follower, fetch);
        if (moved) {
            commit.publishView();
        }
        if (commit.isActive()) {
            commit.publishInSync();
            proceedWithHandOver();
            requests.completeDeletions();
        }
        if (announcements.isResting() && mayRest()) {
            // It had not heard, or its fetch was repeated.
            announcements.announceRest(from);
        } else {
            wake();
        }
    }

    // ---- rest ------------------------------------------------------------------------------------------------

    boolean isResting() {
        return announcements.isResting();
    }

    /// Something happened, or may have.
    void wake() {
        announcements.wake();
    }

    void nodeLost(int nodeId) {
        followers.nodeLost(nodeId);
        if (announcements.isResting()
                && followers.audience().stream().anyMatch(replica -> replica.nodeId() == nodeId)) {
            wake();
        }
    }

    private boolean mayRest() {
        List<ReplicaId> desired = state.desired;
        boolean isWanted =
                desired.isEmpty() || desired.size() == config.voters().size() && desired.containsAll(config.voters());
        return commit.isActive()
                && commit.isSettled()
                && isWanted
                && !handOver.isUnderWay()
                && !outpaced
                && !barriers.isUnderWay()
                && state.durableOffset == state.history.logEndOffset()
                && state.highWatermark == state.history.logEndOffset()
                && followers.allHaveEverything();
    }

    // ---- more about followers --------------------------------------------------------------------------------

    /// A replica cannot follow: it has promised a higher epoch.
    void refused(ReplicaId by, int promisedEpoch) {
        outpaced |= promisedEpoch > leaderEpoch && followers.audience().contains(by);
    }

    /// The leader has to begin an epoch that everybody can follow.
    boolean isOutpaced() {
        return outpaced && markerDurable;
    }

    void repairAsked(ReplicaId from, long incarnation, RepairRequest request) {
        boolean granted = repairs.ask(
                from, incarnation, request, commit.isActive() && commit.isSettled() && !handOver.isUnderWay());
        outbox.send(from, new RepairReply(leaderEpoch, request.fromOffset(), granted));
    }

    /// Whoever has less damage should lead.
    void damageFound(ReplicaInput.DamageFound damage) {
        ReplicaId successor =
                commit.isActive() && !handOver.isUnderWay() ? repairs.damagedHere(damage.toOffset()) : null;
        if (successor != null) {
            transfer(successor);
        }
    }

    List<ReplicaStatus> statuses() {
        return followers.statuses();
    }

    // ---- time ------------------------------------------------------------------------------------------------

    /// @return a change of configuration that is to begin now, or null
    @Nullable
    VoterSet tick() {
        if (announcements.isResting()) {
            return null;
        }
        boolean announces = announcements.isDue();
        if (announces && mayRest()) {
            announcements.rest();
            return null;
        }
        fetches.answerOverdue();
        requests.decideHeld();
        requests.expire();
        if (announces) {
            announcements.announce();
            barriers.repeat();
        }
        if (commit.isActive()) {
            commit.publishInSync();
            proceedWithHandOver();
            requests.completeDeletions();
            requests.failForLackOfReplicas();
        }
        boolean mayChange = commit.isSettled() || state.has(Mutation.RECONFIGURE_WITHOUT_OLD_MAJORITY);
        return mayChange && !handOver.isUnderWay() && !outbox.isPersisting() ? reconfigure() : null;
    }

    /// Check-quorum: false when no majority fetched for too long.
    boolean hasQuorum() {
        return announcements.hasQuorum();
    }

    private @Nullable VoterSet reconfigure() {
        if (state.has(Mutation.MANY_VOTERS_AT_ONCE)) {
            boolean wanted = !state.desired.isEmpty()
                    && !state.desired.equals(config.voters())
                    && state.desired.contains(state.self);
            return wanted ? new VoterSet(state.desired, List.of()) : null;
        }
        List<ReplicaId> wanted =
                state.has(Mutation.OBSERVERS_VOTE) ? ReplicaState.union(state.desired, state.observers) : state.desired;
        return switch (Reconfiguration.next(config, wanted, state.self, followers::mayVote, followers::isInSync)) {
            case Reconfiguration.Step.Change(VoterSet target) -> target;
            case Reconfiguration.Step.MoveLeadership(ReplicaId to) -> {
                if (commit.isActive() && handOver.beginMove(to)) {
                    proceedWithHandOver();
                }
                yield null;
            }
            case null -> null;
        };
    }

    /// When something will have to be done without any message.
    long nextTickMs() {
        long next = Math.min(announcements.dueMs(), fetches.nextOverdueMs());
        boolean alone = config.voters().size() == 1 && followers.audience().size() == 1;
        return announcements.isResting() || alone ? Long.MAX_VALUE : next;
    }

    // ---- transfer, barriers, end -----------------------------------------------------------------------------

    List<ReplicaId> successors() {
        return commit.isActive() ? followers.successors() : List.of();
    }

    void transfer(ReplicaId target) {
        if (handOver.begin(target, commit.isActive())) {
            proceedWithHandOver();
        }
    }

    private void proceedWithHandOver() {
        if (handOver.proceed()) {
            requests.decideHeld();
        }
    }

    void barrier(BarrierRequest request) {
        if (commit.isActive()) {
            barriers.ask(request);
        } else {
            BarrierRounds.refuse(outbox, request);
        }
    }

    void barrierAnswered(ReplicaId from, long id) {
        barriers.answered(from, id);
    }

    /// Leadership is over, or paused for a change of configuration: nobody may wait for this epoch any more.
    /// Appends are not failed here.
    ///
    /// @param moved somebody with a higher epoch is there
    void end(boolean moved) {
        barriers.failAll();
        handOver.end(moved);
    }

    /// Everybody who should know that this leader goes.
    List<ReplicaId> others() {
        return followers.audience();
    }
}
