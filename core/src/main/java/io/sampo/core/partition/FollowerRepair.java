package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.RepairReply;
import io.sampo.core.partition.ReplicaMessage.RepairRequest;

/// Asks the leader whether the damaged log of a follower may be cut ([LeaderRepairs] decides), and cuts it then.
final class FollowerRepair {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final ReplicaState state;
    private final Outbox outbox;
    private final LeaderWatch watch;
    private final FollowerView view;
    private final SuccessorLog successor;

    /// When the leader was last asked; a late answer does not count.
    private long askedMs = NEVER;

    FollowerRepair(ReplicaState state, Outbox outbox, LeaderWatch watch, FollowerView view, SuccessorLog successor) {
        this.state = state;
        this.outbox = outbox;
        this.watch = watch;
        this.view = view;
        this.successor = successor;
    }

    /// Without a leader the log is left as it is.
    void damageFound(ReplicaInput.DamageFound found) {
        ReplicaId leader = watch.leader();
        if (leader != null) {
            askedMs = state.nowMs;
            outbox.send(leader, new RepairRequest(watch.leaderEpoch(), found.fromOffset(), found.toOffset()));
        }
    }

    void answered(ReplicaId from, RepairReply reply) {
        boolean awaited = watch.follows(from, reply.leaderEpoch())
                && state.nowMs - askedMs < state.replication().fetchTimeoutMs();
        if (awaited && reply.granted()) {
            successor.cutDamage(reply.fromOffset(), view::withdraw);
        }
    }
}
