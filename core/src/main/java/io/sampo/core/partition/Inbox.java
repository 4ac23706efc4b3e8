package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.PeerHeard;
import io.sampo.core.partition.ReplicaMessage.Barrier;
import io.sampo.core.partition.ReplicaMessage.BarrierReply;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.KnownLife;
import io.sampo.core.partition.ReplicaMessage.PreVote;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The door for messages of other replicas: who is meant, who may speak, and what waits while a persist is
/// outstanding.
///
/// A sender is heard in its newest life only, and not before that life is on disk here: what is counted of it must
/// not be forgotten. That costs one persist at the first message after a start of the sender.
final class Inbox {
    private final ReplicaState state;
    private final Outbox outbox;
    private final Peers peers;
    private final ArrayDeque<ReplicaEnvelope> waiting = new ArrayDeque<>();

    Inbox(ReplicaState state, Outbox outbox) {
        this.state = state;
        this.outbox = outbox;
        this.peers = state.history.peers();
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
        if (isOutlived(envelope)) {
            outbox.send(envelope.from(), new KnownLife(state.history.promisedEpoch(), peers.life(envelope.from())));
            return false;
        }
        return true;
    }

    private boolean isOutlived(ReplicaEnvelope envelope) {
        return Life.isSetBack(envelope.incarnation(), peers.life(envelope.from())) && state.tellsLivesApart();
    }

    private boolean beginsLife(ReplicaEnvelope envelope) {
        return Life.isNew(envelope.incarnation(), peers.life(envelope.from()));
    }

    /// @return true when it can be handled now; else it waits, or is dropped when too many do
    boolean isItsTurn(ReplicaEnvelope envelope) {
        boolean beginsLife = beginsLife(envelope);
        if (!beginsLife && (!outbox.isPersisting() || changesNothingHere(envelope.message()))) {
            return true;
        }
        if (waiting.size() < state.replication().maxQueuedMessages()) {
            waiting.addLast(envelope);
        }
        if (!outbox.isPersisting()) {
            rememberLives();
        }
        return false;
    }

    private static boolean changesNothingHere(ReplicaMessage message) {
        return message instanceof Fetch
                || message instanceof PreVote
                || message instanceof Barrier
                || message instanceof BarrierReply;
    }

    /// Of all that wait at once.
    private void rememberLives() {
        List<ReplicaEvent> events = new ArrayList<>();
        for (ReplicaEnvelope envelope : waiting) {
            if (beginsLife(envelope)) {
                state.decided(new PeerHeard(envelope.from(), envelope.incarnation()), events);
            }
        }
        outbox.persist(events, () -> {});
    }

    /// The next one that waited; null when a persist is outstanding or nobody waits.
    @Nullable
    ReplicaEnvelope next() {
        while (!outbox.isPersisting() && !waiting.isEmpty()) {
            if (beginsLife(waiting.getFirst())) {
                rememberLives();
            } else {
                ReplicaEnvelope envelope = waiting.removeFirst();
                if (!isOutlived(envelope)) {
                    return envelope;
                }
            }
        }
        return null;
    }

    void clear() {
        waiting.clear();
    }
}
