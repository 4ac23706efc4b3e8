package io.sampo.actors.partition;

import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/// What [LocalReplicas] knows of one replica of this node.
///
/// Thread rule: the actor of [LocalReplicas].
final class LocalReplica {

    enum Phase {
        WAITING,
        STARTING,
        OPEN,
        /// It leads, or follows a leader.
        SETTLED,
        /// Its files are being changed.
        RENEWING,
        OFFLINE
    }

    ReplicaSpec spec;

    /// It runs whatever the images say.
    final boolean pinned;

    Phase phase = Phase.WAITING;

    /// Null while none is open.
    @Nullable
    ActorRef<Replica.Command> replica;

    /// When it was last asked to start, opened, or heard of a leader.
    long sinceMs;

    /// In a row.
    int failures;

    /// The log says that it is offline, and not yet that it is back.
    boolean saidOffline;

    boolean deleting;
    boolean stopping;

    LocalReplica(ReplicaSpec spec, boolean pinned) {
        this.spec = spec;
        this.pinned = pinned;
    }

    /// As the log names it.
    @Override
    public String toString() {
        return spec.topic() + "-" + spec.id().partition() + " (" + spec.id() + ")";
    }
}
