package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.LogStartAdvanced;
import io.sampo.core.partition.ReplicaEvent.Recovered;
import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.Announce;
import io.sampo.core.partition.ReplicaMessage.DivergingEpoch;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaMessage.RepairReply;
import io.sampo.core.partition.ReplicaMessage.RepairRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A follower or learner: finds the leader, fetches from it, cuts what does not fit, and notices when it is gone.
///
/// At most one fetch is under way, and none while a persist is: its durable end is the acknowledgement.
final class FollowerRole {

    /// Key of a replica that wants to begin anew, whatever it holds.
    static final LogKey NOTHING = new LogKey(-1, -1);

    private static final long NEVER = Long.MIN_VALUE / 2;

    private final ReplicaState state;
    private final Outbox outbox;

    private final SuccessorLog successor;

    private @Nullable ReplicaId leader;
    private int leaderEpoch = -1;
    private long heardMs = NEVER;
    private long electionDeadlineMs;

    /// When the fetch that is under way was sent; [#NEVER] when none is.
    private long fetchSentMs = NEVER;

    /// The leader will say when something happens, and its node is alive: no fetch is repeated, no timer runs.
    private boolean resting;

    /// Highest that the leader of this epoch has told; this log may not reach it yet.
    private long leaderHighWatermark = -1;

    /// When this log last reached it.
    private long caughtUpMs = NEVER;

    /// Catching up waits for this node's quota.
    private final CatchUpThrottle throttle;

    /// When the leader was last asked whether the log may be cut; a late answer does not count.
    private long repairAskedMs = NEVER;

    private boolean wantsReset;
    private boolean publishedView;

    /// @param ended runs when this core is at its end: another one takes over the files
    FollowerRole(ReplicaState state, Outbox outbox, Runnable ended) {
        this.state = state;
        this.outbox = outbox;
        this.successor = new SuccessorLog(state, outbox, ended);
        this.throttle = new CatchUpThrottle(state.dice, state.quotas.follower());
    }

    /// The replica is in use: the first wait begins.
    void open() {
        wantsReset = state.history.lacksProducers();
        waitForLeader();
    }

    @Nullable
    ReplicaId leader() {
        return leader;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    /// Whether a leader was heard so lately that nobody should disturb it.
    boolean hearsLeader() {
        return leader != null
                && (resting || state.nowMs - heardMs < state.replication().electionTimeoutMs());
    }

    // ---- who leads -------------------------------------------------------------------------------------------

    /// Starts a new wait of random length, by place in the list of voters.
    private void waitForLeader() {
        ReplicationSettings settings = state.replication();
        int place = Math.max(0, state.history.config().voters().indexOf(state.self));
        electionDeadlineMs = state.nowMs
                + settings.electionTimeoutMs()
                + (long) place * settings.electionStaggerMs()
                + state.dice.below(settings.electionJitterMs());
    }

    private void heard() {
        heardMs = state.nowMs;
        resting = false;
        waitForLeader();
    }

    // ---- rest ------------------------------------------------------------------------------------------------

    boolean isResting() {
        return resting;
    }

    /// After [#heard()]: this replica has all that the leader has.
    private boolean mayRest(ReplicaId from, Announce announce) {
        ReplicaHistory history = state.history;
        return announce.rests()
                && (state.nodes.isAlive(from) || state.has(Mutation.RESTS_WITHOUT_LIVENESS))
                && !history.suspect()
                && history.lastEpoch() == leaderEpoch
                && state.highWatermark == announce.highWatermark()
                && state.durableOffset == announce.highWatermark()
                && history.logEndOffset() == announce.highWatermark();
    }

    /// The shell neither hears the node nor knows that it is heard, which is worth more than one's own waiting: those
    /// who vote campaign soon, one after the other. If others hear the leader they refuse.
    void nodeLost(int nodeId) {
        ReplicaId lost = leader;
        if (lost == null || lost.nodeId() != nodeId) {
            return;
        }
        heardMs = NEVER;
        ReplicationSettings settings = state.replication();
        // The others hear of it at about the same time: who asks them sooner is refused.
        long soonMs = state.nowMs
                + settings.heartbeatMs() / 4
                + placeAfter(lost) * settings.electionStaggerMs()
                + state.dice.below(settings.electionJitterMs() / 20);
        electionDeadlineMs = resting ? soonMs : Math.min(electionDeadlineMs, soonMs);
        resting = false;
    }

    /// The node of a leader that was lost is there: the leader gets the time to say that it still leads.
    void nodeAlive(int nodeId) {
        ReplicaId found = leader;
        if (found == null || found.nodeId() != nodeId || heardMs != NEVER) {
            return;
        }
        ReplicationSettings settings = state.replication();
        electionDeadlineMs = Math.max(
                electionDeadlineMs,
                state.nowMs
                        + settings.heartbeatMs()
                        + placeAfter(found) * settings.electionStaggerMs()
                        + state.dice.below(settings.electionJitterMs() / 4));
    }

    /// The place in the list of voters without the leader that is gone: two of them do not campaign at once.
    private long placeAfter(ReplicaId gone) {
        List<ReplicaId> voters = new ArrayList<>(state.history.config().voters());
        voters.remove(gone);
        return Math.max(0, voters.indexOf(state.self));
    }

    /// The leader asks for votes: it does not lead any more.
    void doubtLeader(ReplicaId from, int askedEpoch) {
        if (from.equals(leader) && askedEpoch > leaderEpoch) {
            loseLeader();
            waitForLeader();
        }
    }

    // ---- who leads, continued --------------------------------------------------------------------------------

    void announced(ReplicaId from, Announce announce) {
        boolean obeyed = announce.leaderEpoch() >= leaderEpoch
                && (announce.leaderEpoch() >= state.history.promisedEpoch() || state.has(Mutation.OLD_LEADER_OBEYED));
        if (!obeyed) {
            return;
        }
        if (!from.equals(leader) || announce.leaderEpoch() != leaderEpoch) {
            Invariant.check(
                    leader == null || announce.leaderEpoch() > leaderEpoch,
                    "%s and %s lead epoch %d",
                    String.valueOf(leader),
                    from,
                    leaderEpoch);
            follow(from, announce.leaderEpoch());
        }
        heard();
        raiseHighWatermark(announce.highWatermark());
        boolean missesSomething = announce.highWatermark() > state.history.logEndOffset()
                && state.nowMs - fetchSentMs >= state.replication().heartbeatMs();
        if (fetchSentMs == NEVER || missesSomething) {
            fetch();
        }
        resting = mayRest(from, announce);
    }

    private void follow(ReplicaId newLeader, int newEpoch) {
        leader = newLeader;
        leaderEpoch = newEpoch;
        leaderHighWatermark = -1;
        fetchSentMs = NEVER;
        state.see(newEpoch);
        withdrawView();
        outbox.add(new ReplicaEffect.LeaderChanged(newEpoch, newLeader));
    }

    /// Forgets the leader and gives a candidate the time of a full wait.
    void promised() {
        if (!state.has(Mutation.OLD_LEADER_OBEYED)) {
            loseLeader();
        }
        waitForLeader();
    }

    /// This replica campaigns itself.
    void standAside() {
        loseLeader();
    }

    private void loseLeader() {
        if (leader != null) {
            leader = null;
            outbox.add(new ReplicaEffect.LeaderChanged(leaderEpoch, null));
        }
        heardMs = NEVER;
        resting = false;
        fetchSentMs = NEVER;
        throttle.release();
        withdrawView();
    }

    /// The leader went of its own will: those who vote campaign at once, one after the other.
    void leaderResigned(ReplicaId from, int resignedEpoch) {
        if (from.equals(leader) && resignedEpoch == leaderEpoch) {
            loseLeader();
            int place = Math.max(0, state.history.config().voters().indexOf(state.self));
            electionDeadlineMs =
                    state.nowMs + (long) place * state.replication().electionStaggerMs();
        }
    }

    /// @return true when the replica should campaign
    boolean tick() {
        if (resting) {
            return false;
        }
        if (state.nowMs >= electionDeadlineMs && state.votes()) {
            loseLeader();
            waitForLeader();
            return true;
        }
        boolean isOverdue = state.nowMs - fetchSentMs >= state.replication().fetchTimeoutMs();
        if (leader != null && (isOverdue || state.nowMs >= throttle.untilMs())) {
            fetch();
        }
        return false;
    }

    long nextTickMs() {
        if (resting) {
            return Long.MAX_VALUE;
        }
        long next = state.votes() ? electionDeadlineMs : Long.MAX_VALUE;
        return leader == null
                ? next
                : Math.min(
                        Math.min(next, throttle.untilMs()),
                        fetchSentMs + state.replication().fetchTimeoutMs());
    }

    // ---- fetching --------------------------------------------------------------------------------------------

    private void fetch() {
        ReplicaId to = leader;
        if (to == null) {
            return;
        }
        fetchSentMs = state.nowMs;
        ReplicationSettings settings = state.replication();
        outbox.send(
                to,
                new Fetch(
                        leaderEpoch,
                        wantsReset ? NOTHING : state.history.key(),
                        state.durableOffset,
                        state.highWatermark,
                        state.history.logStartOffset(),
                        state.history.suspect(),
                        allowedBytes(settings.fetchMaxBytes()),
                        settings.fetchMaxWaitMs()));
    }

    /// 0 while catching up has to wait for the quota: what this replica holds is acknowledged all the same, and it is
    /// heard of.
    private int allowedBytes(int maxBytes) {
        if (state.history.logEndOffset() >= leaderHighWatermark) {
            caughtUpMs = state.nowMs;
        }
        // A majority commits: the slowest replica in sync is often a little behind.
        boolean isInSync = state.nowMs - caughtUpMs <= state.replication().replicaLagTimeMaxMs();
        if (isInSync || !state.isFollowerThrottled()) {
            throttle.release();
            return maxBytes;
        }
        return throttle.holdsBack(state.nowMs) ? 0 : throttle.answerBytes(maxBytes);
    }

    void answered(ReplicaId from, FetchReply reply) {
        if (!from.equals(leader) || reply.leaderEpoch() != leaderEpoch) {
            return;
        }
        heard();
        LogKey asked = wantsReset ? NOTHING : state.history.key();
        if (!reply.echo().equals(asked) && !state.has(Mutation.ECHO_NOT_CHECKED)) {
            return;
        }
        fetchSentMs = NEVER;
        if (reply.reset() != null) {
            successor.beginAnew(reply.reset(), leaderEpoch, this::withdrawView);
        } else if (reply.diverging() != null) {
            truncate(reply.diverging());
        } else {
            append(reply);
        }
    }

    private void append(FetchReply reply) {
        List<ReplicaEvent> events = new ArrayList<>();
        long bytes = ReplicatedTail.take(reply, state, events);
        if (bytes > 0 && state.isFollowerThrottled()) {
            state.quotas.follower().record(bytes, state.nowMs);
        }
        ReplicaHistory history = state.history;
        if (history.suspect() && reply.recoveredIncarnation() == state.life) {
            state.decided(new Recovered(leaderEpoch, history.logEndOffset()), events);
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
        if (state.history.lastEpoch() == leaderEpoch) {
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
            publishView();
            fetch();
        });
    }

    /// What the leader says holds here only once its marker is here: then this log is a prefix of the leader's.
    private void raiseHighWatermark(long to) {
        leaderHighWatermark = Math.max(leaderHighWatermark, to);
        boolean fits = state.history.lastEpoch() == leaderEpoch;
        // A follower of a new leader may be read again also when nothing was committed meanwhile.
        if (fits && (state.raiseHighWatermark(to) || !publishedView)) {
            publishView();
        }
    }

    private void publishView() {
        ReplicaHistory history = state.history;
        if (history.suspect()) {
            return;
        }
        publishedView = true;
        long lastStableOffset =
                Math.min(state.highWatermark, history.producers().firstOpenTransactionOffset());
        outbox.add(new ReplicaEffect.PublishFollowerView(new ReadView(
                leaderEpoch, history.logStartOffset(), state.highWatermark, lastStableOffset, state.durableOffset)));
    }

    private void withdrawView() {
        if (publishedView) {
            publishedView = false;
            outbox.add(new ReplicaEffect.PublishFollowerView(null));
        }
    }

    // ---- logs that do not fit --------------------------------------------------------------------------------

    private void truncate(DivergingEpoch diverging) {
        ReplicaHistory history = state.history;
        TruncateIntent intent =
                Divergence.truncation(history.markers(), history.logEndOffset(), diverging, leaderEpoch);
        if (state.has(Mutation.TRUNCATE_BELOW_HIGH_WATERMARK)) {
            intent = new TruncateIntent(history.logStartOffset(), intent.keepMarkersUpToEpoch(), leaderEpoch);
        } else {
            Invariant.check(
                    intent.toOffset() >= state.highWatermark || history.suspect(),
                    "truncation to %d below the high watermark %d",
                    intent.toOffset(),
                    state.highWatermark);
        }
        if (intent.toOffset() < history.logStartOffset() || forgetsAllMarkers(intent)) {
            wantsReset = true;
            fetch();
            return;
        }
        cut(intent);
    }

    /// Below the log start markers may have been forgotten: a log without any could be compared with nobody's.
    private boolean forgetsAllMarkers(TruncateIntent intent) {
        ReplicaHistory history = state.history;
        return history.logStartOffset() > 0
                && history.markers().stream().allMatch(marker -> Divergence.drops(intent, marker));
    }

    void cut(TruncateIntent intent) {
        successor.cut(intent, this::withdrawView);
    }

    // ---- damage ----------------------------------------------------------------------------------------------

    /// The leader decides when the log is cut; without one it is left as it is.
    void damageFound(ReplicaInput.DamageFound found) {
        if (leader != null) {
            repairAskedMs = state.nowMs;
            outbox.send(leader, new RepairRequest(leaderEpoch, found.fromOffset(), found.toOffset()));
        }
    }

    void repairAnswered(ReplicaId from, RepairReply reply) {
        boolean awaited = from.equals(leader)
                && reply.leaderEpoch() == leaderEpoch
                && state.nowMs - repairAskedMs < state.replication().fetchTimeoutMs();
        if (awaited && reply.granted()) {
            successor.cutDamage(reply.fromOffset(), this::withdrawView);
        }
    }
}
