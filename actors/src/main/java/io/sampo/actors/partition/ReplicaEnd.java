package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaInput;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Why a replica ends, and what follows from it: nobody is left waiting, nobody finds it any more, and
/// [LocalReplicas] hears whether it failed, or how its files are to be changed.
///
/// Thread rule: the replica's actor; the last word is said when the driver has ended.
final class ReplicaEnd {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

    private final PartitionId id;
    private final ReplicaSpec spec;
    private final ReplicaHost host;
    private final ReplicaIntake intake;
    private final ReplicaEffects effects;
    private final ReplicaTimer timer;
    private @Nullable Throwable failure;
    private ReplicaEffect.@Nullable Replication renewal;
    private boolean reported;
    private boolean deleting;

    ReplicaEnd(
            PartitionId id,
            ReplicaSpec spec,
            ReplicaHost host,
            ReplicaIntake intake,
            ReplicaEffects effects,
            ReplicaTimer timer) {
        this.id = id;
        this.spec = spec;
        this.host = host;
        this.intake = intake;
        this.effects = effects;
        this.timer = timer;
    }

    void failed(Throwable cause) {
        failure = cause;
    }

    /// The files are to be changed before another replica takes over.
    void renew(ReplicaEffect.Replication change) {
        renewal = change;
    }

    void deleting() {
        deleting = true;
    }

    /// Pekko ends an actor whose checkpoint could not be loaded without a PostStop: said here, or nobody hears of it.
    void recoveryFailed(Throwable cause) {
        failure = cause;
        reported = true;
        say(cause);
        intake.close(Errors.KAFKA_STORAGE_ERROR);
        host.report(new LocalReplicas.ReplicaEnded(id, cause, null));
    }

    /// Whatever ended the actor.
    ///
    /// @param running null when it has not recovered
    /// @param inOrder it was stopping when it ended
    void stopped(@Nullable RunningReplica running, boolean inOrder) {
        boolean withItsNode = failure == null && !deleting && !inOrder && renewal == null;
        if (withItsNode) {
            failure = new IllegalStateException("the replica was stopped from outside");
            LOG.warn("{}-{} ({}) ends with its actor system", spec.topic(), id.partition(), id);
        }
        Throwable cause = failure;
        ReplicaInput last = null;
        if (cause != null) {
            if (!withItsNode && !reported) {
                say(cause);
            }
            last = new ReplicaInput.StorageFailed(String.valueOf(cause.getMessage()));
        } else if (deleting) {
            last = new ReplicaInput.StorageFailed("the partition is deleted");
        }
        if (running == null) {
            over(null, cause);
        } else {
            running.driver().end(last, () -> over(running, cause));
        }
    }

    /// What comes from outside is said by [LocalReplicas], which knows whether it is the first time.
    private void say(Throwable cause) {
        if (!ReopenRule.isFromOutside(cause)) {
            LOG.error("{}-{} ({}) is offline: {}", spec.topic(), id.partition(), id, cause.getMessage(), cause);
        }
    }

    private void over(@Nullable RunningReplica running, @Nullable Throwable cause) {
        timer.end();
        effects.end();
        intake.close(cause == null ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.KAFKA_STORAGE_ERROR);
        if (running != null) {
            host.ended(id, running);
        }
        if (!reported) {
            host.report(new LocalReplicas.ReplicaEnded(id, cause, renewal));
        }
    }
}
