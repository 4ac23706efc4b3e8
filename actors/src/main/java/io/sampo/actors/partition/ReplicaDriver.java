package io.sampo.actors.partition;

import io.sampo.core.partition.ReplicaCore;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaInput;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Gives the core of one replica its inputs, one at a time and in order, and has its effects carried out.
///
/// Inputs come from any thread. Whoever brings one while nobody works does the work, also what others bring
/// meanwhile;
/// so nobody waits for a lock, and a message of another replica needs no mailbox: an actor that persists takes no
/// messages, but a leader has to serve its followers while its own disk is busy.
///
/// What must be persisted is left in [#takePersist] for the actor; while that is under way, inputs that may not
/// come in
/// between wait here.
///
/// Thread rule: any thread.
final class ReplicaDriver {

    /// What the driver's worker tells the actor.
    interface Actor {
        /// [#takePersist] has something.
        void persistWanted();

        /// A check of the core was violated, or an effect failed.
        void failed(RuntimeException cause);

        /// When the core wants to hear of the time again, in the driver's clock; Long.MAX_VALUE: never.
        void tickAt(long atMs);
    }

    private enum Turn {
        /// Not while a persist is under way.
        QUIET,
        ANYTIME,
        /// Nothing comes after it; done also when the core has failed.
        LAST
    }

    /// What to do with the core when it is its turn.
    ///
    /// @param input gives what the core is to be told; null: nothing
    /// @param ifOver runs in its place when the replica is over before its turn
    private record Work(Turn turn, Function<ReplicaCore, @Nullable ReplicaInput> input, Runnable ifOver) {
        Work(Turn turn, Function<ReplicaCore, @Nullable ReplicaInput> input) {
            this(turn, input, () -> {});
        }
    }

    private final ReplicaCore core;
    private final LongSupplier nowMs;
    private final Function<List<ReplicaEffect>, ReplicaEffect.@Nullable Persist> effects;
    private final Actor actor;

    private final Queue<Work> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicInteger arrivedCount = new AtomicInteger();
    private final AtomicReference<ReplicaEffect.@Nullable Persist> unstarted = new AtomicReference<>();

    // ---- of whoever works ------------------------------------------------------------------------------------

    private final ArrayDeque<Work> waiting = new ArrayDeque<>();
    private final UnconsumedBatches unconsumed = new UnconsumedBatches();
    private ReplicaEffect.@Nullable Persist outstanding;
    private boolean ended;

    /// A persist was decided that the actor may not know of.
    private boolean decided;

    /// @param effects carries effects out and gives back what is to be persisted
    ReplicaDriver(
            ReplicaCore core,
            LongSupplier nowMs,
            Function<List<ReplicaEffect>, ReplicaEffect.@Nullable Persist> effects,
            Actor actor) {
        this.core = core;
        this.nowMs = nowMs;
        this.effects = effects;
        this.actor = actor;
    }

    void step(ReplicaInput input) {
        step(input, () -> {});
    }

    /// For inputs that somebody waits for an answer to.
    ///
    /// @param ifOver runs when the replica is over before it is the input's turn
    void step(ReplicaInput input, Runnable ifOver) {
        bring(new Work(input instanceof ReplicaInput.Anytime ? Turn.ANYTIME : Turn.QUIET, _ -> input, ifOver), false);
    }

    /// What another replica says, with batches of its log.
    ///
    /// @param consumed is run once, when the batches are written or dropped
    void received(ReplicaInput.Received received, Runnable consumed) {
        bring(
                new Work(
                        Turn.ANYTIME,
                        _ -> {
                            unconsumed.arrived(consumed);
                            return received;
                        },
                        consumed),
                false);
    }

    /// Decides on the input when it is its turn, no persist being under way.
    ///
    /// @param ifOver runs when the replica is over before it is the input's turn
    void step(Function<ReplicaCore, @Nullable ReplicaInput> input, Runnable ifOver) {
        bring(new Work(Turn.QUIET, input, ifOver), false);
    }

    /// Like [#step(Function, Runnable)], by the actor itself while it handles a message: it looks into [#takePersist]
    /// afterwards
    /// and need not be told.
    void stepByActor(Function<ReplicaCore, @Nullable ReplicaInput> input) {
        bring(new Work(Turn.QUIET, input), true);
    }

    /// Decides on the input when it is its turn, whatever is under way; null: on nothing.
    void stepAnytime(Supplier<? extends ReplicaInput.@Nullable Anytime> input) {
        bring(new Work(Turn.ANYTIME, _ -> input.get()), false);
    }

    /// Runs something that belongs to the replica's thread, whatever is under way.
    void run(Runnable task) {
        bring(
                new Work(Turn.ANYTIME, _ -> {
                    task.run();
                    return null;
                }),
                false);
    }

    /// Looks at the core, whatever is under way.
    ///
    /// @param ifOver runs when the replica is over before it is its turn
    void look(Consumer<ReplicaCore> reader, Runnable ifOver) {
        bring(
                new Work(
                        Turn.ANYTIME,
                        looked -> {
                            reader.accept(looked);
                            return null;
                        },
                        ifOver),
                false);
    }

    /// The actor has persisted what it took.
    ///
    /// @param before runs first: what is released to clients in the step of the core may not be used after it
    /// @param afterwards runs when the core knows, before anything that waits
    void persisted(Runnable before, Consumer<ReplicaCore> afterwards) {
        bring(
                new Work(Turn.ANYTIME, _ -> {
                    outstanding = null;
                    unconsumed.persisted();
                    before.run();
                    stepOnce(new ReplicaInput.Persisted());
                    afterwards.accept(core);
                    return null;
                }),
                false);
    }

    /// The replica is over. What comes later is dropped.
    ///
    /// @param last what the core is told at the end, or null
    void end(@Nullable ReplicaInput last, Runnable afterwards) {
        bring(
                new Work(Turn.LAST, _ -> {
                    try {
                        if (last != null) {
                            stepOnce(last);
                        }
                    } finally {
                        over();
                        afterwards.run();
                    }
                    return null;
                }),
                false);
    }

    /// What the actor has to persist now; null when there is nothing, or another message has taken it.
    ReplicaEffect.@Nullable Persist takePersist() {
        return unstarted.getAndSet(null);
    }

    /// On the replica's thread.
    boolean isPersisting() {
        return outstanding != null;
    }

    private void bring(Work work, boolean byActor) {
        arrived.add(work);
        if (arrivedCount.getAndIncrement() != 0) {
            return;
        }
        int taken = 1;
        do {
            for (int i = 0; i < taken; i++) {
                guarded(Objects.requireNonNull(arrived.poll()));
                resume();
                if (outstanding == null || ended) {
                    unconsumed.idle();
                }
            }
            guarded(() -> tellActor(byActor));
            taken = arrivedCount.addAndGet(-taken);
        } while (taken != 0);
    }

    private void tellActor(boolean byActor) {
        if (decided) {
            decided = false;
            if (!byActor) {
                actor.persistWanted();
            }
        }
        if (!ended) {
            actor.tickAt(core.nextTickMs());
        }
    }

    private void resume() {
        while (outstanding == null && !ended && !waiting.isEmpty()) {
            guarded(waiting.removeFirst());
        }
    }

    private void guarded(Work work) {
        if (ended && work.turn() != Turn.LAST) {
            Answers.guarded(work.ifOver());
            return;
        }
        if (outstanding != null && work.turn() == Turn.QUIET) {
            waiting.addLast(work);
            return;
        }
        guarded(() -> {
            ReplicaInput input = work.input().apply(core);
            if (input != null) {
                stepOnce(input);
            }
        });
    }

    /// Whatever is thrown, an Error too, ends the replica and not the work: nobody else takes it over from this
    /// thread.
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            over();
            actor.failed(e);
        } catch (Error e) {
            over();
            actor.failed(new IllegalStateException("the replica's code failed: " + e, e));
        }
    }

    private void over() {
        ended = true;
        unstarted.set(null);
        while (!waiting.isEmpty()) {
            Answers.guarded(waiting.removeFirst().ifOver());
        }
    }

    private void stepOnce(ReplicaInput input) {
        ReplicaEffect.Persist persist = effects.apply(core.step(input, nowMs.getAsLong()));
        if (persist != null) {
            outstanding = persist;
            unconsumed.persistBegins();
            unstarted.set(persist);
            decided = true;
        }
    }
}
