package io.sampo.core.metadata;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.Mutation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// The controller during one leadership of its replica, in one leader epoch: each command is decided against
/// everything that was decided before, committed or not; its records become one batch, and once that is
/// committed the image is published and the answer given. So commands are pipelined, and nobody sees what is
/// not committed.
///
/// When an append fails, the tenure is over: what became of the records only the log can tell (replication.md
/// 3.1). The shell then reads the log again and begins another tenure, in the same epoch or in the next.
///
/// Deterministic; one thread.
///
/// @param <Q> whom to answer, as the shell knows them
public final class ControllerTenure<Q> {

    /// What the shell has to do, in this order.
    public sealed interface Effect<Q> {

        /// Append the batch in the epoch of this tenure and in no other, behind those before; then [#appended].
        record Append<Q>(MemoryRecords batch) implements Effect<Q> {}

        /// The image is committed.
        record Publish<Q>(MetadataImage image) implements Effect<Q> {}

        /// @param response of the command's own type
        record Answer<Q>(Q question, Object response) implements Effect<Q> {}

        /// @param error NOT_CONTROLLER: the outcome is unknown. Else nothing was decided
        record Refuse<Q>(Q question, Errors error, String message) implements Effect<Q> {}

        /// What the cluster's operator should know, for the log.
        record Warn<Q>(String warning) implements Effect<Q> {}

        /// The tenure is over; while the replica still leads, read the log again.
        record ReadAgain<Q>(String reason) implements Effect<Q> {}
    }

    /// One command on its way to its commit.
    ///
    /// @param image after it; null when it changes nothing
    private record Pending<Q>(
            Q question, Object response, @Nullable MetadataImage image) {}

    private final ControllerCore core;
    private final int maxPendingCommands;
    private final int maxBatchBytes;
    private final Set<Mutation> planted;
    private final ArrayDeque<Pending<Q>> pending = new ArrayDeque<>();
    private MetadataImage newest;
    private MetadataImage committed;
    private boolean over;

    /// @param loaded with everything that is in the log, which is committed up to its end
    /// @param maxPendingCommands commands that may wait for their commit
    /// @param maxBatchBytes largest batch of one command
    public ControllerTenure(ControllerCore core, MetadataImage loaded, int maxPendingCommands, int maxBatchBytes) {
        this(core, loaded, maxPendingCommands, maxBatchBytes, Set.of());
    }

    ControllerTenure(
            ControllerCore core,
            MetadataImage loaded,
            int maxPendingCommands,
            int maxBatchBytes,
            Set<Mutation> planted) {
        this.core = core;
        this.newest = loaded;
        this.committed = loaded;
        this.maxPendingCommands = maxPendingCommands;
        this.maxBatchBytes = maxBatchBytes;
        this.planted = planted;
    }

    /// With everything that was decided, committed or not.
    public MetadataImage newest() {
        return newest;
    }

    public boolean isIdle() {
        return pending.isEmpty();
    }

    public boolean isOver() {
        return over;
    }

    /// @param liveNodes ids of the nodes that are up, as far as is known
    /// @throws RuntimeException when the rules fail; nothing was decided then
    public List<Effect<Q>> submit(Q question, ControllerCommand<?> command, SortedSet<Integer> liveNodes, long nowMs) {
        if (over) {
            return List.of(outcomeUnknown(question));
        }
        if (pending.size() >= maxPendingCommands) {
            return List.of(new Effect.Refuse<>(
                    question, Errors.THROTTLING_QUOTA_EXCEEDED, "Too many changes of metadata wait; try again."));
        }
        MetadataImage before = planted.contains(Mutation.CONTROLLER_DECIDES_ON_COMMITTED_IMAGE) ? committed : newest;
        Decision<?> decision = core.decide(before, command, liveNodes);
        List<Effect<Q>> effects = new ArrayList<>();
        decision.warnings().forEach(warning -> effects.add(new Effect.Warn<>(warning)));
        if (decision.records().isEmpty()) {
            answerUnchanged(question, decision.response(), effects);
            return effects;
        }
        MemoryRecords batch = MetadataRecordCodec.toBatch(decision.records(), newest.offset() + 1, nowMs);
        if (batch.sizeInBytes() > maxBatchBytes) {
            effects.add(new Effect.Refuse<>(
                    question, Errors.POLICY_VIOLATION, "The request changes too much at once; divide it."));
            return effects;
        }
        newest = MetadataDelta.apply(
                newest, decision.records(), newest.offset() + decision.records().size());
        pending.add(new Pending<>(question, decision.response(), newest));
        effects.add(new Effect.Append<>(batch));
        if (planted.contains(Mutation.CONTROLLER_ANSWERS_BEFORE_COMMIT)) {
            effects.add(new Effect.Answer<>(question, decision.response()));
        }
        return effects;
    }

    /// An answer that changes nothing may still rest on what is not committed: it waits for that.
    private void answerUnchanged(Q question, Object response, List<Effect<Q>> effects) {
        if (pending.isEmpty()) {
            effects.add(new Effect.Answer<>(question, response));
        } else {
            pending.add(new Pending<>(question, response, null));
        }
    }

    /// The oldest batch that is under way has its outcome.
    public List<Effect<Q>> appended(AppendOutcome outcome) {
        if (over) {
            return List.of();
        }
        MetadataImage image = pending.element().image();
        if (outcome.error() != Errors.NONE || image == null || image.offset() != outcome.lastOffset()) {
            // A batch that landed behind one that failed is as lost as that: readers leave it out (isInPlace).
            List<Effect<Q>> effects = end();
            effects.add(new Effect.ReadAgain<>(outcome.error() + " " + outcome.message()));
            return effects;
        }
        List<Effect<Q>> effects = new ArrayList<>();
        committed = image;
        effects.add(new Effect.Publish<>(image));
        do {
            Pending<Q> done = pending.remove();
            effects.add(new Effect.Answer<>(done.question(), done.response()));
        } while (!pending.isEmpty() && pending.element().image() == null);
        return effects;
    }

    /// Leadership ended, or is about to be loaded anew: all that waits fails, its outcome is unknown.
    public List<Effect<Q>> end() {
        over = true;
        List<Effect<Q>> effects = new ArrayList<>();
        pending.forEach(waiting -> effects.add(outcomeUnknown(waiting.question())));
        pending.clear();
        return effects;
    }

    private static <Q> Effect<Q> outcomeUnknown(Q question) {
        return new Effect.Refuse<>(
                question, Errors.NOT_CONTROLLER, "Leadership of the metadata ended; the outcome is not known.");
    }
}
