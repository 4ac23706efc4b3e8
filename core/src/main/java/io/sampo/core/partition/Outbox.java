package io.sampo.core.partition;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Collects the effects of one step, and remembers what is to follow when the outstanding persist is done.
final class Outbox {
    private static final AppendOutcome BROKEN_OFF =
            AppendOutcome.failed(Errors.KAFKA_STORAGE_ERROR, "the replica failed while it decided");

    private final ReplicaState state;
    private List<ReplicaEffect> effects = new ArrayList<>();
    private @Nullable Runnable afterPersist;

    Outbox(ReplicaState state) {
        this.state = state;
    }

    List<ReplicaEffect> take() {
        List<ReplicaEffect> taken = effects;
        effects = new ArrayList<>();
        return taken;
    }

    /// The step broke off: what it had decided does not leave. Whoever was to be told that something is done hears
    /// with the next step that it may not be; what was refused stays so.
    void breakOff() {
        List<ReplicaEffect> decided = take();
        for (ReplicaEffect effect : decided) {
            switch (effect) {
                case ReplicaEffect.AppendCompleted done ->
                    effects.add(
                            done.outcome().error() != Errors.NONE
                                    ? done
                                    : new ReplicaEffect.AppendCompleted(done.request(), BROKEN_OFF));
                case ReplicaEffect.DeleteCompleted done ->
                    effects.add(
                            done.error() != Errors.NONE
                                    ? done
                                    : new ReplicaEffect.DeleteCompleted(
                                            done.request(), Errors.KAFKA_STORAGE_ERROR, -1));
                case ReplicaEffect.BarrierCompleted done ->
                    effects.add(
                            done.error() != Errors.NONE
                                    ? done
                                    : new ReplicaEffect.BarrierCompleted(
                                            done.request(), Errors.NOT_LEADER_OR_FOLLOWER, -1));
                default -> {}
            }
        }
    }

    void add(ReplicaEffect.Immediate effect) {
        effects.add(effect);
    }

    /// For those who add several.
    List<ReplicaEffect> effects() {
        return effects;
    }

    boolean isPersisting() {
        return afterPersist != null;
    }

    /// @param events decided already ([ReplicaState#decided])
    /// @param whenDurable runs in the step of [ReplicaInput.Persisted]; everything that depends on the events
    ///     belongs there
    void persist(List<ReplicaEvent> events, Runnable whenDurable) {
        Invariant.check(afterPersist == null, "%s while a persist is outstanding", events);
        afterPersist = whenDurable;
        effects.add(new ReplicaEffect.Persist(events, !state.has(Mutation.MARKER_BEFORE_LOG_SYNC)));
    }

    void persisted() {
        Runnable next = Invariant.present(afterPersist, "outstanding persist");
        afterPersist = null;
        next.run();
    }

    /// Nothing more will be persisted.
    void forgetPersist() {
        afterPersist = null;
    }

    void send(ReplicaId to, ReplicaMessage message) {
        effects.add(new ReplicaEffect.Send(envelope(to, message)));
    }

    /// To all of them but this replica itself.
    void sendAll(List<ReplicaId> receivers, ReplicaMessage message) {
        for (ReplicaId receiver : receivers) {
            if (!receiver.equals(state.self)) {
                send(receiver, message);
            }
        }
    }

    /// Tells them of the life of this replica, and asks for theirs.
    void greet(List<ReplicaId> receivers) {
        for (ReplicaId receiver : receivers) {
            if (!receiver.equals(state.self)) {
                send(
                        receiver,
                        new ReplicaMessage.KnownLife(
                                state.history.promisedEpoch(),
                                state.history.peers().life(receiver)));
            }
        }
    }

    /// With the batches of [fromOffset, upToOffset), or at once when there are none.
    void sendTail(ReplicaId to, ReplicaMessage.TailMessage message, long fromOffset, long upToOffset, int maxBytes) {
        if (fromOffset >= upToOffset) {
            send(to, message);
        } else {
            effects.add(new ReplicaEffect.SendTail(
                    envelope(to, message),
                    fromOffset,
                    upToOffset,
                    maxBytes,
                    message instanceof ReplicaMessage.FetchReply && state.isLeaderThrottled()));
        }
    }

    private ReplicaEnvelope envelope(ReplicaId to, ReplicaMessage message) {
        return new ReplicaEnvelope(state.partition, state.self, state.life, to, message);
    }
}
