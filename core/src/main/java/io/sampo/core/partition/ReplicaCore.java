package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.CleanClose;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// Decides for one replica of one partition: protocol C ("quorum log") of the replication design. Deterministic: no
/// clock, no I/O, no Pekko; the same inputs give the same effects.
///
/// ```
/// Created --Open--> Follower --Campaign, election timer, TimeoutNow--> Candidate --marker written--> Leader
///                      ^--------------higher epoch, no majority, Resign--------'-----------------------'
/// Follower --log has to be cut--> Ended         any --Close--> Closed      any --StorageFailed--> Offline
/// ```
///
/// This class is the switchboard. The rules are elsewhere: [ReplicaRoles] changes roles; [CandidateRole] with
/// [Election], [LeaderRole] with [LeaderFollowers], [FollowerFetches], [LeaderCommit] (by [ReplicaProgress]),
/// [LeaderRequests] (by [AppendRules]), [Reconfiguration], [LeaderHandOver] and [BarrierRounds], [FollowerRole]
/// with [LeaderWatch], [FollowedLog], [ReplicatedTail] and [Divergence], [Votes], [Opening] with [Suspicion],
/// [Inbox] with [Peers], [ForcedConfig].
///
/// State changes in two steps. What is persisted changes only in [#apply]: `step` applies each event as it decides
/// it (so the next decision sees it), and recovery applies what it reads back. What the outside may see changes
/// only when the events are durable, in the step of [ReplicaInput.Persisted].
///
/// At most one persist is outstanding. Meanwhile
/// - a leader goes on serving fetches, with records whose own persist is still under way: it counts itself only
///     when
///   they are durable, so a commit costs one network round trip and one group commit side by side. Nothing is
///   visible here beyond what is written here;
/// - questions that change nothing (pre-vote, barrier) are answered;
/// - all other messages wait their turn, in order; beyond `maxQueuedMessages` they are dropped, as a network may;
/// - time stands still: a leader whose disk hangs falls silent, and another one is elected.
///
/// Not thread-safe: one caller at a time.
public final class ReplicaCore {

    private enum Phase {
        CREATED,
        OPEN,
        /// The files are to be cut or replaced; another core takes over.
        ENDED,
        CLOSED,
        OFFLINE
    }

    private final ReplicaState state;
    private final ReplicaHistory history;
    private final Outbox outbox;
    private final Inbox inbox;
    private final ReplicaRoles roles;
    private Phase phase = Phase.CREATED;

    /// @param partition which this replica holds
    /// @param self identity of its directory
    public ReplicaCore(PartitionId partition, ReplicaId self, ReplicaSettings settings) {
        this(partition, self, settings, new ReplicationQuotas());
    }

    /// @param quotas of the node, shared by all its replicas
    public ReplicaCore(PartitionId partition, ReplicaId self, ReplicaSettings settings, ReplicationQuotas quotas) {
        this(partition, self, settings, partition.hashCode() * 31L + self.hashCode(), Mutations.ofNewCores(), quotas);
    }

    /// @param seed of the dice for election timeouts
    ReplicaCore(
            PartitionId partition,
            ReplicaId self,
            ReplicaSettings settings,
            long seed,
            Mutations mutations,
            ReplicationQuotas quotas) {
        this.state = new ReplicaState(partition, self, settings, seed, mutations, quotas);
        this.history = state.history;
        this.outbox = new Outbox(state);
        this.inbox = new Inbox(state, outbox);
        this.roles = new ReplicaRoles(state, outbox, this::end, this::goOffline);
    }

    // ---- persisted state -------------------------------------------------------------------------------------

    /// Takes an event over: the only place where persisted state changes. Recovery calls it for each event after
    /// the checkpoint; live, `step` has done so already for the events of a Persist.
    ///
    /// After a truncation, recovery gives all control events but only the batches that are left, each control event
    /// no later than the batches that followed it.
    public void apply(ReplicaEvent event) {
        history.apply(event, state.settings);
    }

    /// The persisted state as of the newest decision. To be stored only when no Persist is outstanding.
    public Checkpoint checkpoint() {
        Invariant.check(!outbox.isPersisting(), "checkpoint while a persist is outstanding");
        Invariant.check(phase != Phase.ENDED, "checkpoint of a log that is to be cut or replaced");
        return history.checkpoint(state.highWatermark);
    }

    /// Starts recovery from a checkpoint, on a core that is still blank.
    public void restore(Checkpoint checkpoint) {
        history.restore(checkpoint);
    }

    /// False until the first [ReplicaInput.Open] or a recovered history.
    public boolean exists() {
        return history.exists();
    }

    // ---- what it is now --------------------------------------------------------------------------------------

    public long logEndOffset() {
        return history.logEndOffset();
    }

    public long logStartOffset() {
        return history.logStartOffset();
    }

    /// Exclusive end of what is as durable here as the topic asks.
    public long durableOffset() {
        return state.durableOffset;
    }

    public long highWatermark() {
        return state.highWatermark;
    }

    public int promisedEpoch() {
        return history.promisedEpoch();
    }

    public long incarnation() {
        return history.incarnation();
    }

    /// What others know this replica by since it was opened ([Life]).
    long life() {
        return state.life;
    }

    public LogKey key() {
        return history.key();
    }

    /// Oldest first.
    public List<EpochStart> epochStarts() {
        return List.copyOf(history.markers());
    }

    /// The configuration of the last marker here, committed or not.
    public VoterSet config() {
        return history.config();
    }

    public boolean isSuspect() {
        return history.suspect();
    }

    public ReplicaRole role() {
        return phase == Phase.OPEN ? roles.role() : ReplicaRole.OFFLINE;
    }

    /// What this replica knows of all replicas while it leads, itself included; empty when it does not lead.
    /// Times are those of the last step.
    public List<ReplicaStatus> replicas() {
        return roles.statuses();
    }

    public boolean isActive() {
        return roles.isActive();
    }

    /// It leads, or hears a leader, as of the last step.
    public boolean hasLeader() {
        return phase == Phase.OPEN && roles.hasLeader();
    }

    /// Who could take leadership over from this replica at once: voters that are in sync and were heard just
    /// now, as of the last step. Empty while this replica does not lead.
    public List<ReplicaId> successors() {
        return roles.successors();
    }

    /// Nothing happens and nothing is owed to anybody: no messages, no ticks.
    public boolean isResting() {
        return phase == Phase.OPEN && roles.isResting();
    }

    /// Newest lease; 0 before the first campaign.
    public long leaseNumber() {
        return roles.leaseNumber();
    }

    /// When the next [ReplicaInput.Tick] is due, in the time of `nowMs`; Long.MAX_VALUE: never.
    public long nextTickMs() {
        return phase != Phase.OPEN || outbox.isPersisting() ? Long.MAX_VALUE : roles.nextTickMs();
    }

    /// For planted bugs of the test's shell.
    ReplicaHistory history() {
        return history;
    }

    // ---- decisions -------------------------------------------------------------------------------------------

    /// @param nowMs a clock that never goes back, milliseconds; only for waiting and expiry
    /// @return what to do, in order
    /// @throws RuntimeException a bug, or [Invariant.Violated]: nothing that this step had decided leaves, and the
    ///     replica is to be ended by [ReplicaInput.StorageFailed]
    public List<ReplicaEffect> step(ReplicaInput input, long nowMs) {
        boolean completed = false;
        try {
            Invariant.check(
                    !outbox.isPersisting() || input instanceof ReplicaInput.Anytime,
                    "%s while a persist is outstanding",
                    input);
            state.nowMs = nowMs;
            decide(input);
            for (ReplicaEnvelope next = inbox.next(); next != null; next = inbox.next()) {
                roles.dispatch(next);
            }
            roles.noteServing();
            if (phase == Phase.OPEN) {
                checkOrder();
            }
            completed = true;
        } finally {
            if (!completed) {
                outbox.breakOff();
            }
        }
        return outbox.take();
    }

    private void checkOrder() {
        Invariant.check(
                state.highWatermark <= history.logEndOffset() || state.has(Mutation.HIGH_WATERMARK_BEYOND_LOG_END),
                "high watermark %d beyond log end %d",
                state.highWatermark,
                history.logEndOffset());
        Invariant.check(
                history.logStartOffset() <= state.highWatermark || state.has(Mutation.LOG_START_BEYOND_HIGH_WATERMARK),
                "log start %d beyond high watermark %d",
                history.logStartOffset(),
                state.highWatermark);
        Invariant.check(
                state.durableOffset <= history.logEndOffset(),
                "durable up to %d, log end %d",
                state.durableOffset,
                history.logEndOffset());
    }

    private void decide(ReplicaInput input) {
        switch (input) {
            case ReplicaInput.Open open -> open(open);
            case ReplicaInput.Persisted _ -> persisted();
            case ReplicaInput.StorageFailed failed -> goOffline(failed.reason());
            case ReplicaInput.Received received -> received(received.envelope());
            case ReplicaInput.Tick _ -> tick();
            case ReplicaInput.Campaign _ -> campaign();
            case ReplicaInput.Resign resign -> roles.resign(resign);
            case ReplicaInput.TransferLeadership transfer -> roles.transfer(transfer.target());
            case ReplicaInput.DesiredReplicas desired -> {
                state.desired = desired.replicas();
                state.observers = desired.observers();
                state.forced = desired.forced();
                roles.wake();
                if (phase == Phase.OPEN) {
                    roles.obeyForced();
                }
            }
            case ReplicaInput.ReadBarrier barrier -> roles.barrier(barrier.request());
            case ReplicaInput.Requests requests -> roles.requests(requests.requests());
            case ReplicaInput.DamageFound damage -> {
                if (phase == Phase.OPEN) {
                    roles.damageFound(damage);
                }
            }
            case ReplicaInput.Close _ -> close();
            case ReplicaInput.Expire _ ->
                history.producers().expire(state.nowMs, state.settings.producerIdExpirationMs());
            case ReplicaInput.SettingsChanged changed -> {
                state.settings = changed.settings();
                roles.wake();
            }
            case ReplicaInput.NodeAlive node -> {
                state.nodes.alive(node.nodeId());
                roles.nodeAlive(node.nodeId());
            }
            case ReplicaInput.NodeLost node -> {
                state.nodes.lost(node.nodeId());
                roles.nodeLost(node.nodeId());
            }
        }
    }

    private void persisted() {
        if (phase == Phase.OFFLINE) {
            return;
        }
        state.durableOffset = history.logEndOffset();
        outbox.persisted();
        if (state.nowMs >= nextTickMs()) {
            // Else a partition that writes all the time would never come to it: the next persist begins at once.
            tick();
        }
    }

    // ---- opening and closing ---------------------------------------------------------------------------------

    private void open(ReplicaInput.Open open) {
        Invariant.check(phase == Phase.CREATED, "opened as %s", phase);
        Opening opening = Opening.of(state, open);
        outbox.persist(opening.events(), () -> {
            phase = Phase.OPEN;
            roles.open();
            for (String alarm : opening.alarms()) {
                outbox.add(new ReplicaEffect.Alarm(alarm));
            }
            outbox.add(new ReplicaEffect.Opened(history.incarnation()));
            if (history.laterLife() != Life.NONE) {
                outbox.add(new ReplicaEffect.SetBack(Opening.setBackAlarm(state)));
                goOffline(ReplicaMessages.SET_BACK);
            } else {
                outbox.greet(history.config().voters());
                roles.obeyForced();
            }
        });
    }

    private void close() {
        if (phase == Phase.CLOSED) {
            return;
        }
        if (phase == Phase.OFFLINE) {
            // Nothing more is written; but whoever stops the node waits for the word.
            outbox.add(new ReplicaEffect.Closed());
            return;
        }
        boolean wasOpen = phase == Phase.OPEN;
        roles.sayResigned();
        roles.stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "the node stops", false);
        phase = Phase.CLOSED;
        if (wasOpen) {
            List<ReplicaEvent> events = new ArrayList<>();
            state.decided(new CleanClose(history.logEndOffset(), history.bootId()), events);
            outbox.persist(events, () -> outbox.add(new ReplicaEffect.Closed()));
        } else {
            outbox.add(new ReplicaEffect.Closed());
        }
    }

    private void goOffline(String reason) {
        roles.sayResigned();
        roles.stepDown(Errors.KAFKA_STORAGE_ERROR, reason, false);
        phase = Phase.OFFLINE;
        inbox.clear();
        outbox.forgetPersist();
    }

    private void end() {
        roles.stepDown(Errors.NOT_LEADER_OR_FOLLOWER, "the log is cut", false);
        phase = Phase.ENDED;
        inbox.clear();
    }

    // ---- messages and time -----------------------------------------------------------------------------------

    private void received(ReplicaEnvelope envelope) {
        if (phase == Phase.OPEN && inbox.admits(envelope) && inbox.isItsTurn(envelope)) {
            roles.dispatch(envelope);
        }
    }

    private void tick() {
        if (phase == Phase.OPEN && !outbox.isPersisting()) {
            roles.tick();
        }
    }

    private void campaign() {
        if (phase == Phase.OPEN) {
            roles.campaign();
        } else {
            outbox.add(new ReplicaEffect.CampaignRefused("the replica is not open"));
        }
    }
}
