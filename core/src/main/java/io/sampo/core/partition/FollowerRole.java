package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.TruncateIntent;
import io.sampo.core.partition.ReplicaMessage.Announce;
import io.sampo.core.partition.ReplicaMessage.FetchReply;
import io.sampo.core.partition.ReplicaMessage.RepairReply;
import org.jspecify.annotations.Nullable;

/// A follower or learner: decides whom it follows, and when it stops. [LeaderWatch] knows the leader and notices when
/// it is gone, [FollowedLog] fetches from it, [FollowerView] is what may be read here, [FollowerRepair] mends damage.
final class FollowerRole {
    private final ReplicaState state;
    private final Outbox outbox;
    private final LeaderWatch watch;
    private final FollowerView view;
    private final SuccessorLog successor;
    private final FollowedLog log;
    private final FollowerRepair repair;

    /// @param ended runs when this core is at its end: another one takes over the files
    FollowerRole(ReplicaState state, Outbox outbox, Runnable ended) {
        this.state = state;
        this.outbox = outbox;
        this.watch = new LeaderWatch(state);
        this.view = new FollowerView(state, outbox);
        this.successor = new SuccessorLog(state, outbox, ended);
        this.log = new FollowedLog(state, outbox, watch, view, successor);
        this.repair = new FollowerRepair(state, outbox, watch, view, successor);
    }

    /// The replica is in use: the first wait begins.
    void open() {
        watch.waitForLeader();
    }

    @Nullable
    ReplicaId leader() {
        return watch.leader();
    }

    int leaderEpoch() {
        return watch.leaderEpoch();
    }

    /// Whether a leader was heard so lately that nobody should disturb it.
    boolean hearsLeader() {
        return watch.hearsLeader();
    }

    // ---- who leads -------------------------------------------------------------------------------------------

    void announced(ReplicaId from, Announce announce) {
        boolean obeyed = announce.leaderEpoch() >= watch.leaderEpoch()
                && (announce.leaderEpoch() >= state.history.promisedEpoch() || state.has(Mutation.OLD_LEADER_OBEYED));
        if (!obeyed) {
            return;
        }
        if (!watch.follows(from, announce.leaderEpoch())) {
            Invariant.check(
                    watch.leader() == null || announce.leaderEpoch() > watch.leaderEpoch(),
                    "%s and %s lead epoch %d",
                    String.valueOf(watch.leader()),
                    from,
                    watch.leaderEpoch());
            follow(from, announce.leaderEpoch());
        }
        watch.heard();
        log.announced(announce.highWatermark());
        if (mayRest(from, announce)) {
            watch.rest();
        }
    }

    private void follow(ReplicaId newLeader, int newEpoch) {
        watch.follow(newLeader, newEpoch);
        log.beginEpoch();
        state.see(newEpoch);
        view.withdraw();
        outbox.add(new ReplicaEffect.LeaderChanged(newEpoch, newLeader));
    }

    /// The leader asks for votes: it does not lead any more.
    void doubtLeader(ReplicaId from, int askedEpoch) {
        if (watch.isLeader(from) && askedEpoch > watch.leaderEpoch()) {
            loseLeader();
            watch.waitForLeader();
        }
    }

    /// Forgets the leader and gives a candidate the time of a full wait.
    void promised() {
        if (!state.has(Mutation.OLD_LEADER_OBEYED)) {
            loseLeader();
        }
        watch.waitForLeader();
    }

    /// This replica campaigns itself.
    void standAside() {
        loseLeader();
    }

    private void loseLeader() {
        if (watch.leader() != null) {
            outbox.add(new ReplicaEffect.LeaderChanged(watch.leaderEpoch(), null));
        }
        watch.lost();
        log.leaderLost();
        view.withdraw();
    }

    void leaderResigned(ReplicaId from, int resignedEpoch) {
        if (watch.follows(from, resignedEpoch)) {
            loseLeader();
            watch.leaderResigned();
        }
    }

    void nodeLost(int nodeId) {
        watch.nodeLost(nodeId);
    }

    void nodeAlive(int nodeId) {
        watch.nodeAlive(nodeId);
    }

    // ---- time ------------------------------------------------------------------------------------------------

    /// @return true when the replica should campaign
    boolean tick() {
        if (watch.isResting()) {
            return false;
        }
        if (watch.shouldCampaign()) {
            loseLeader();
            watch.waitForLeader();
            return true;
        }
        if (watch.leader() != null) {
            log.tick();
        }
        return false;
    }

    long nextTickMs() {
        if (watch.isResting()) {
            return Long.MAX_VALUE;
        }
        long next = watch.campaignMs();
        return watch.leader() == null ? next : Math.min(next, log.nextTickMs());
    }

    boolean isResting() {
        return watch.isResting();
    }

    /// This replica has all that the leader has.
    private boolean mayRest(ReplicaId from, Announce announce) {
        ReplicaHistory history = state.history;
        return announce.rests()
                && (state.nodes.isAlive(from) || state.has(Mutation.RESTS_WITHOUT_LIVENESS))
                && !history.suspect()
                && history.lastEpoch() == watch.leaderEpoch()
                && state.highWatermark == announce.highWatermark()
                && state.durableOffset == announce.highWatermark()
                && history.logEndOffset() == announce.highWatermark();
    }

    // ---- the log ---------------------------------------------------------------------------------------------

    void answered(ReplicaId from, FetchReply reply) {
        log.answered(from, reply);
    }

    void cut(TruncateIntent intent) {
        successor.cut(intent, view::withdraw);
    }

    void damageFound(ReplicaInput.DamageFound found) {
        repair.damageFound(found);
    }

    void repairAnswered(ReplicaId from, RepairReply reply) {
        repair.answered(from, reply);
    }
}
