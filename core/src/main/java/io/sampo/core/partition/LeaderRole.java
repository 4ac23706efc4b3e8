package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.RepairReply;
import io.sampo.core.partition.ReplicaMessage.RepairRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A replica that leads one epoch: starting until its marker is committed, active from then on (design 1.5 step 8).
///
/// Decides about requests ([AppendRules]), serves followers ([FollowerFetches]), moves the high watermark
/// ([ReplicaProgress]) and sees that it still has a majority behind it. Whether it steps down is told to
/// [ReplicaCore], which alone changes roles.
final class LeaderRole {
    private final ReplicaState state;
    private final Outbox outbox;
    private final PendingRequests pending;
    private final AppendRules appendRules;
    private final ReplicaProgress progress;
    private final BarrierRounds barriers;

    final int leaderEpoch;
    final long startOffset;
    private final VoterSet config;
    private final @Nullable VoterSet previousConfig;

    /// Check-quorum goes by what was heard from then on.
    private long sinceMs;

    /// All followers have everything and know it: nobody needs to hear from this leader until something happens.
    private boolean resting;
    private final LongSupplier lease;

    private final LeaderFollowers followers;
    private final Announcements announcements;
    private final FollowerFetches fetches;
    private final LeaderRepairs repairs;
    private boolean markerDurable;
    private boolean settled;
    private boolean active;
    private @Nullable LeaderTransfer transfer;
    private long announcedMs;

    /// A change of configuration does not ask for a hand-over before.
    private long nextMoveMs;

    private List<ReplicaId> publishedInSync = List.of();

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
        this.lease = lease;
        this.outbox = outbox;
        this.pending = pending;
        this.appendRules = new AppendRules(state, pending);
        this.leaderEpoch = state.history.lastEpoch();
        this.startOffset = state.history.markers().getLast().startOffset();
        this.config = state.history.config();
        this.previousConfig = previousConfig;
        this.progress = new ReplicaProgress(startOffset, config, previousConfig, state.mutations);
        this.followers = new LeaderFollowers(state, previousConfig);
        this.announcements = new Announcements(state, outbox, followers);
        this.fetches = new FollowerFetches(state, outbox, progress, followers, announcements);
        this.repairs = new LeaderRepairs(state, config, followers);
        this.barriers = new BarrierRounds(state, outbox, leaderEpoch, config);
        this.sinceMs = state.nowMs;
        this.announcedMs = state.nowMs;
    }

    boolean isActive() {
        return active;
    }

    VoterSet config() {
        return config;
    }

    // ---- own log ---------------------------------------------------------------------------------------------

    /// The marker is durable here: tell the others.
    void started() {
        markerDurable = true;
        announce();
        persisted();
    }

    /// Everything that was decided is durable here.
    private void persisted() {
        if (progress.counts(state.self)) {
            progress.matched(state.self, state.durableOffset);
        }
        boolean wasActive = active;
        advance();
        if (wasActive) {
            outbox.add(new ReplicaEffect.PublishView(view()));
            complete();
        }
        completeDeletions();
        decideHeld();
    }

    /// Only what is durable counts: nothing is decided that is not written yet.
    private void completeDeletions() {
        if (pending.hasDeletions() && !outbox.isPersisting()) {
            pending.completeDeletions(followers.lowWatermark(), outbox.effects());
        }
    }

    /// A transfer was given up: appends that waited for its end go on here.
    private void decideHeld() {
        if (active && transfer == null && pending.holdsSome() && !outbox.isPersisting()) {
            decide(List.of());
        }
    }

    /// The commit rule: moves the high watermark as far as enough voters hold the log, and this replica itself.
    ///
    /// @return whether the high watermark moved while active
    private boolean advance() {
        settle();
        long committed = progress.committedOffset(state.settings.minInSyncReplicas());
        boolean moved = committed >= 0 && state.raiseHighWatermark(committed);
        boolean markerCommitted = committed >= startOffset && state.durableOffset >= startOffset;
        if (!active && (markerCommitted || state.has(Mutation.ACTIVE_BEFORE_COMMIT))) {
            active = true;
            outbox.add(new ReplicaEffect.BecameActive(leaderEpoch, lease.getAsLong(), view()));
            publishInSync();
            complete();
            return false;
        }
        return active && moved;
    }

    /// Notices that the configuration of this epoch can not be undone any more.
    private void settle() {
        if (settled || !progress.isMarkerSettled()) {
            return;
        }
        settled = true;
        progress.configCommitted();
        followers.configCommitted();
        if (previousConfig != null) {
            outbox.add(new ReplicaEffect.ConfigCommitted(leaderEpoch, config));
        }
    }

    private void complete() {
        pending.completeAppends(
                state.durableOffset, state.highWatermark, state.history.logStartOffset(), outbox.effects());
    }

    /// What may be read here and now: nothing that is not written yet.
    ReadView view() {
        ReplicaHistory history = state.history;
        Invariant.check(!history.suspect() || state.has(Mutation.SUSPECT_COUNTED), "a suspect replica serves no reads");
        long lastStableOffset =
                Math.min(state.highWatermark, history.producers().firstOpenTransactionOffset());
        return new ReadView(
                leaderEpoch, history.logStartOffset(), state.highWatermark, lastStableOffset, state.durableOffset);
    }

    // ---- requests --------------------------------------------------------------------------------------------

    void decide(List<? extends ReplicaRequest> requests) {
        List<ReplicaEvent> events = new ArrayList<>();
        if (transfer == null) {
            decide(pending.takeHeld(), events);
        }
        decide(requests, events);
        if (!events.isEmpty()) {
            outbox.persist(events, this::persisted);
            fetches.answerParked();
        }
        completeDeletions();
    }

    private void decide(List<? extends ReplicaRequest> requests, List<ReplicaEvent> events) {
        for (ReplicaRequest request : requests) {
            switch (request) {
                case AppendRequest append -> {
                    if (!active) {
                        AppendRules.refuse(append, Errors.NOT_LEADER_OR_FOLLOWER, null, outbox.effects());
                    } else if (transfer != null) {
                        pending.hold(append);
                    } else {
                        appendRules.append(append, followers.missingInSync(), startOffset, events, outbox.effects());
                    }
                }
                case DeleteRecordsRequest deletion -> {
                    if (!active) {
                        outbox.add(new ReplicaEffect.DeleteCompleted(deletion, Errors.NOT_LEADER_OR_FOLLOWER, -1));
                    } else {
                        appendRules.delete(deletion, events, outbox.effects());
                    }
                }
            }
        }
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
        boolean moved = advance();
        fetches.answer(follower, fetch);
        if (moved) {
            outbox.add(new ReplicaEffect.PublishView(view()));
            complete();
        }
        if (active) {
            publishInSync();
            proceedWithTransfer();
            completeDeletions();
        }
        if (resting && mayRest()) {
            // It had not heard, or its fetch was repeated.
            announcements.announceRest(from);
        } else {
            wake();
        }
    }

    // ---- rest ------------------------------------------------------------------------------------------------

    boolean isResting() {
        return resting;
    }

    /// The next tick announces this leader again. Whoever was there all the time counts as heard.
    void wake() {
        if (resting) {
            resting = false;
            sinceMs = state.nowMs;
            followers.keptUpWhileResting();
            announcedMs = state.nowMs - state.replication().heartbeatMs();
        }
    }

    void nodeLost(int nodeId) {
        followers.nodeLost(nodeId);
        if (resting && followers.audience().stream().anyMatch(replica -> replica.nodeId() == nodeId)) {
            wake();
        }
    }

    private boolean mayRest() {
        List<ReplicaId> desired = state.desired;
        boolean isWanted =
                desired.isEmpty() || desired.size() == config.voters().size() && desired.containsAll(config.voters());
        return active
                && settled
                && isWanted
                && transfer == null
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
        boolean granted = repairs.ask(from, incarnation, request, active && settled && transfer == null);
        outbox.send(from, new RepairReply(leaderEpoch, request.fromOffset(), granted));
    }

    /// Whoever has less damage should lead.
    void damageFound(ReplicaInput.DamageFound damage) {
        ReplicaId successor = active && transfer == null ? repairs.damagedHere(damage.toOffset()) : null;
        if (successor != null) {
            transfer(successor);
        }
    }

    List<ReplicaStatus> statuses() {
        return followers.statuses();
    }

    private void announce() {
        announcedMs = state.nowMs;
        announcements.announce();
    }

    private void publishInSync() {
        List<ReplicaId> inSync = followers.inSync();
        if (!inSync.equals(publishedInSync)) {
            publishedInSync = inSync;
            outbox.add(new ReplicaEffect.ReplicasChanged(leaderEpoch, config.voters(), inSync));
        }
    }

    // ---- time ------------------------------------------------------------------------------------------------

    /// @return a change of configuration that is to begin now, or null
    @Nullable
    VoterSet tick() {
        if (resting) {
            return null;
        }
        boolean announces = state.nowMs - announcedMs >= state.replication().heartbeatMs();
        if (announces && mayRest()) {
            resting = true;
            announcements.announceRest();
            return null;
        }
        fetches.answerOverdue();
        decideHeld();
        pending.expire(state.nowMs, state.durableOffset, outbox.effects());
        if (announces) {
            announce();
            barriers.repeat();
        }
        if (active) {
            publishInSync();
            proceedWithTransfer();
            completeDeletions();
            if (followers.isSettledIn() && followers.missingInSync() > 0) {
                pending.failForLackOfReplicas(state.durableOffset, outbox.effects());
            }
        }
        boolean mayChange = settled || state.has(Mutation.RECONFIGURE_WITHOUT_OLD_MAJORITY);
        return mayChange && transfer == null && !outbox.isPersisting() ? reconfigure() : null;
    }

    /// Check-quorum: false when no majority fetched for too long.
    boolean hasQuorum() {
        if (state.has(Mutation.NO_CHECK_QUORUM) || resting) {
            return true;
        }
        long since = state.nowMs - state.replication().checkQuorumMs();
        return sinceMs >= since || followers.majorityFetchedSince(since);
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
                if (!active || state.nowMs < nextMoveMs) {
                    yield null;
                }
                // Appends pause meanwhile: a move that fails is not tried again at once.
                nextMoveMs = state.nowMs + 10L * state.replication().transferTimeoutMs();
                transfer =
                        new LeaderTransfer(to, state.nowMs + state.replication().transferTimeoutMs());
                proceedWithTransfer();
                yield null;
            }
            case null -> null;
        };
    }

    /// When something will have to be done without any message.
    long nextTickMs() {
        long next = Math.min(announcedMs + state.replication().heartbeatMs(), fetches.nextOverdueMs());
        boolean alone = config.voters().size() == 1 && followers.audience().size() == 1;
        return resting || alone ? Long.MAX_VALUE : next;
    }

    // ---- transfer, barriers, end -----------------------------------------------------------------------------

    List<ReplicaId> successors() {
        return active ? followers.successors() : List.of();
    }

    void transfer(ReplicaId target) {
        @Nullable String problem = null;
        if (!active) {
            problem = "the replica does not lead yet";
        } else if (transfer != null) {
            problem = "leadership is on its way to " + transfer.target();
        } else if (target.equals(state.self)) {
            problem = "it leads already";
        } else if (!config.voters().contains(target) || !followers.isInSync(target)) {
            problem = "the target is not in sync";
        }
        if (problem != null) {
            outbox.add(new ReplicaEffect.TransferEnded(target, false, problem));
            return;
        }
        transfer = new LeaderTransfer(target, state.nowMs + state.replication().transferTimeoutMs());
        proceedWithTransfer();
    }

    private void proceedWithTransfer() {
        LeaderTransfer current = transfer;
        if (current == null) {
            return;
        }
        if (current.isOverdue(state.nowMs)) {
            transfer = null;
            outbox.add(new ReplicaEffect.TransferEnded(current.target(), false, "it took too long"));
            decideHeld();
            return;
        }
        current.proceed(
                state, outbox, leaderEpoch, progress.matchOffset(current.target()), state.history.logEndOffset());
    }

    void barrier(BarrierRequest request) {
        if (active) {
            barriers.ask(request);
        } else {
            BarrierRounds.refuse(outbox, request);
        }
    }

    void barrierAnswered(ReplicaId from, long id) {
        barriers.answered(from, id);
    }

    /// Leadership is over, or paused for a change of configuration: nobody may wait for this epoch any more.
    /// Appends
    /// are not failed here.
    ///
    /// @param moved somebody with a higher epoch is there
    void end(boolean moved) {
        barriers.failAll();
        if (transfer != null) {
            outbox.add(new ReplicaEffect.TransferEnded(
                    transfer.target(), moved, moved ? "a higher epoch has begun" : "leadership ended"));
            transfer = null;
        }
    }

    /// Everybody who should know that this leader goes.
    List<ReplicaId> others() {
        return followers.audience();
    }
}
