package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaMessage.Barrier;
import io.sampo.core.partition.ReplicaMessage.BarrierReply;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.PreVote;
import io.sampo.core.partition.ReplicaMessage.StaleIdentity;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The door for messages of other replicas: who is meant, who may speak, and what waits while a persist is
/// outstanding.
final class Inbox {
    private final ReplicaState state;
    private final Outbox outbox;
    private final Peers peers = new Peers();
    private final ArrayDeque<ReplicaEnvelope> waiting = new ArrayDeque<>();

    Inbox(ReplicaState state, Outbox outbox) {
        this.state = state;
        this.outbox = outbox;
    }

    /// Whether the message is for this replica, from another one in its newest life. A sender whose later life was
    /// heard of is told so: if its message was merely late it knows better.
    boolean admits(ReplicaEnvelope envelope) {
        boolean forThisReplica = envelope.partition().equals(state.partition)
                && envelope.to().equals(state.self)
                && !envelope.from().equals(state.self);
        if (!forThisReplica) {
            return false;
        }
        boolean newest = peers.accept(envelope.from(), envelope.incarnation())
                || state.has(Mutation.OLD_INCARNATION_COUNTED)
                || state.has(Mutation.IDENTITY_IS_NODE);
        if (!newest) {
            outbox.send(
                    envelope.from(),
                    new StaleIdentity(state.history.promisedEpoch(), peers.incarnation(envelope.from())));
        }
        return newest;
    }

    /// @return true when it can be handled now; else it waits, or is dropped when too many do
    boolean isItsTurn(ReplicaEnvelope envelope) {
        if (!outbox.isPersisting() || changesNothingHere(envelope.message())) {
            return true;
        }
        if (waiting.size() < state.replication().maxQueuedMessages()) {
            waiting.addLast(envelope);
        }
        return false;
    }

    private static boolean changesNothingHere(ReplicaMessage message) {
        return message instanceof Fetch
                || message instanceof PreVote
                || message instanceof Barrier
                || message instanceof BarrierReply;
    }

    /// The next one that waited; null when a persist is outstanding or nobody waits.
    @Nullable
    ReplicaEnvelope next() {
        return outbox.isPersisting() ? null : waiting.pollFirst();
    }

    void clear() {
        waiting.clear();
    }
}
