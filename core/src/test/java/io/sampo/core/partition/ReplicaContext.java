package io.sampo.core.partition;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// A core with a shell around it that persists at once, or holds a persist back.
final class ReplicaContext {
    static final PartitionId PARTITION = new PartitionId(new Uuid(7, 7), 0);
    static final ReplicaId SELF = new ReplicaId(1, new Uuid(1, 2));

    record TestAppend(MemoryRecords records, boolean fromClient, short acks, int timeoutMs) implements AppendRequest {
        TestAppend(MemoryRecords records, boolean fromClient, short acks) {
            this(records, fromClient, acks, Integer.MAX_VALUE);
        }
    }

    record TestDeletion(long beforeOffset, int timeoutMs) implements DeleteRecordsRequest {
        TestDeletion(long beforeOffset) {
            this(beforeOffset, Integer.MAX_VALUE);
        }
    }

    final ReplicaCore core;

    /// Everything that was persisted, in order; what a journal would give back, but with the batches' bytes.
    final List<ReplicaEvent> journal = new ArrayList<>();

    final List<ReplicaEffect.Immediate> effects = new ArrayList<>();
    long nowMs = 1_000_000;
    private boolean holding;
    private List<ReplicaEvent> held = List.of();

    ReplicaContext() {
        this(ReplicaSettings.DEFAULTS);
    }

    ReplicaContext(ReplicaSettings settings) {
        core = new ReplicaCore(PARTITION, SELF, settings);
    }

    static ReplicaContext active() {
        return new ReplicaContext().open("boot-1", true).campaign();
    }

    ReplicaContext open(String bootId, boolean syncedBeforeAcknowledged) {
        step(new ReplicaInput.Open("orders", VoterSet.single(SELF), bootId, syncedBeforeAcknowledged));
        return this;
    }

    ReplicaContext campaign() {
        step(new ReplicaInput.Campaign());
        return this;
    }

    /// The next persists stay outstanding until [#release()].
    void hold() {
        holding = true;
    }

    void release() {
        holding = false;
        releaseOne();
    }

    /// Completes the outstanding persist; the next one is held back again.
    void releaseOne() {
        List<ReplicaEvent> events = held;
        held = List.of();
        journal.addAll(events);
        carryOut(core.step(new ReplicaInput.Persisted(), nowMs));
    }

    void step(ReplicaInput input) {
        carryOut(core.step(input, nowMs));
    }

    private void carryOut(List<ReplicaEffect> todo) {
        for (ReplicaEffect effect : todo) {
            switch (effect) {
                case ReplicaEffect.Immediate immediate -> effects.add(immediate);
                case ReplicaEffect.Persist persist -> {
                    if (holding) {
                        held = persist.events();
                    } else {
                        journal.addAll(persist.events());
                        carryOut(core.step(new ReplicaInput.Persisted(), nowMs));
                    }
                }
            }
        }
    }

    TestAppend append(MemoryRecords records) {
        TestAppend append = new TestAppend(records, true, (short) -1);
        step(new ReplicaInput.Requests(List.of(append)));
        return append;
    }

    /// Appends one batch and gives its outcome, which must have come.
    AppendOutcome outcomeOf(MemoryRecords records) {
        return outcomeOf(append(records));
    }

    AppendOutcome outcomeOf(AppendRequest request) {
        return outcomes(request).getFirst();
    }

    List<AppendOutcome> outcomes(AppendRequest request) {
        return effects.stream()
                .filter(ReplicaEffect.AppendCompleted.class::isInstance)
                .map(ReplicaEffect.AppendCompleted.class::cast)
                .filter(completed -> isSame(completed.request(), request))
                .map(ReplicaEffect.AppendCompleted::outcome)
                .toList();
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(AppendRequest left, AppendRequest right) {
        return left == right;
    }

    ReplicaEffect.DeleteCompleted delete(long beforeOffset) {
        step(new ReplicaInput.Requests(List.of(new TestDeletion(beforeOffset))));
        return last(ReplicaEffect.DeleteCompleted.class);
    }

    <E extends ReplicaEffect.Immediate> E last(Class<E> type) {
        return all(type).getLast();
    }

    <E extends ReplicaEffect.Immediate> List<E> all(Class<E> type) {
        return effects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    ReadView view() {
        ReadView view = last(ReplicaEffect.BecameActive.class).view();
        for (ReplicaEffect.PublishView published : all(ReplicaEffect.PublishView.class)) {
            view = published.view();
        }
        return view;
    }

    void expect(Errors error, MemoryRecords records) {
        AppendOutcome outcome = outcomeOf(records);
        org.junit.jupiter.api.Assertions.assertEquals(error, outcome.error(), () -> String.valueOf(outcome));
    }

    /// What a new process would make of the journal so far.
    ReplicaContext recovered() {
        ReplicaContext recovered = new ReplicaContext();
        for (ReplicaEvent event : journal) {
            recovered.core.apply(withoutBytes(event));
            recovered.journal.add(event);
        }
        return recovered;
    }

    static ReplicaEvent withoutBytes(ReplicaEvent event) {
        return event instanceof ReplicaEvent.BatchAppended appended
                ? new ReplicaEvent.BatchAppended(appended.header(), null)
                : event;
    }
}
