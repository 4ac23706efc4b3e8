package io.sampo.core.partition;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.protocol.Errors;

/// Requests whose records are in the log and that wait to become durable (acks 0 and 1) or committed (acks all), in
/// log order; repeated batches wait beside them for their originals, and deletions for all replicas that should
/// move their log start.
final class PendingRequests {
    private static final AppendOutcome TIMED_OUT =
            AppendOutcome.failed(Errors.REQUEST_TIMED_OUT, "too few replicas confirmed it in time");
    private static final AppendOutcome TOO_FEW = AppendOutcome.failed(
            Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND, "it is written, and too few replicas are in sync to commit it");

    private record PendingAppend(
            AppendRequest request, long baseOffset, long lastOffset, long logAppendTimeMs, long deadlineMs) {
        boolean isDone(long durableOffset, long highWatermark) {
            return (request.acks() == -1 ? highWatermark : durableOffset) > lastOffset;
        }

        boolean isWritten(long durableOffset) {
            return lastOffset < durableOffset;
        }
    }

    /// @param beforeOffset exclusive end of what is deleted
    private record PendingDeletion(DeleteRecordsRequest request, long beforeOffset, long deadlineMs) {}

    /// True only with a planted bug.
    private final boolean acknowledgesBeforeCommit;

    private final ArrayDeque<PendingAppend> appends = new ArrayDeque<>();
    private final ArrayDeque<PendingAppend> duplicates = new ArrayDeque<>();
    private final ArrayDeque<PendingDeletion> deletions = new ArrayDeque<>();

    /// Not decided yet: they came while leadership was on its way to another replica.
    private final ArrayDeque<AppendRequest> held = new ArrayDeque<>();

    PendingRequests(Mutations mutations) {
        this.acknowledgesBeforeCommit = mutations.has(Mutation.ACK_BEFORE_COMMIT);
    }

    void addAppend(AppendRequest request, long baseOffset, long lastOffset, long logAppendTimeMs, long nowMs) {
        appends.addLast(pending(request, baseOffset, lastOffset, logAppendTimeMs, nowMs));
    }

    void addDuplicate(AppendRequest request, long baseOffset, long lastOffset, long logAppendTimeMs, long nowMs) {
        duplicates.addLast(pending(request, baseOffset, lastOffset, logAppendTimeMs, nowMs));
    }

    private static PendingAppend pending(
            AppendRequest request, long baseOffset, long lastOffset, long logAppendTimeMs, long nowMs) {
        return new PendingAppend(
                request, baseOffset, lastOffset, logAppendTimeMs, nowMs + Math.max(0, request.timeoutMs()));
    }

    /// Fails what has waited too long for other replicas. What is still being written here is left alone: its
    /// bytes are in use.
    void expire(long nowMs, long durableOffset, List<ReplicaEffect> effects) {
        fail(appends, append -> append.isWritten(durableOffset) && append.deadlineMs <= nowMs, TIMED_OUT, effects);
        fail(duplicates, append -> append.isWritten(durableOffset) && append.deadlineMs <= nowMs, TIMED_OUT, effects);
        deletions.removeIf(deletion -> {
            boolean overdue = deletion.deadlineMs <= nowMs;
            if (overdue) {
                effects.add(new ReplicaEffect.DeleteCompleted(deletion.request, Errors.REQUEST_TIMED_OUT, -1));
            }
            return overdue;
        });
    }

    /// Fails what clients have written while enough replicas were in sync, and now they are too few: the client
    /// need not wait for its timeout to hear that. Coordinators do wait: only the log tells them what became of it.
    void failForLackOfReplicas(long durableOffset, List<ReplicaEffect> effects) {
        fail(appends, append -> append.request.fromClient() && append.isWritten(durableOffset), TOO_FEW, effects);
        fail(duplicates, append -> append.request.fromClient() && append.isWritten(durableOffset), TOO_FEW, effects);
    }

    private static void fail(
            ArrayDeque<PendingAppend> waiting,
            Predicate<PendingAppend> which,
            AppendOutcome outcome,
            List<ReplicaEffect> effects) {
        waiting.removeIf(append -> {
            boolean fails = append.request.acks() == -1 && which.test(append);
            if (fails) {
                effects.add(new ReplicaEffect.AppendCompleted(append.request, outcome));
            }
            return fails;
        });
    }

    /// Keeps an append until it is known whether leadership moves: then it is refused, with the name of the new
    /// leader, or decided here after all.
    void hold(AppendRequest request) {
        held.addLast(request);
    }

    boolean holdsSome() {
        return !held.isEmpty();
    }

    /// In the order in which they came.
    List<AppendRequest> takeHeld() {
        List<AppendRequest> taken = List.copyOf(held);
        held.clear();
        return taken;
    }

    void addDeletion(DeleteRecordsRequest request, long beforeOffset, long nowMs) {
        deletions.addLast(new PendingDeletion(request, beforeOffset, nowMs + Math.max(0, request.timeoutMs())));
    }

    /// Completes the appends that are done now.
    ///
    /// @param durableOffset exclusive end of what the leader itself holds as durably as the topic asks
    void completeAppends(long durableOffset, long highWatermark, long logStartOffset, List<ReplicaEffect> effects) {
        long acknowledged = acknowledgesBeforeCommit ? durableOffset : highWatermark;
        completeFrom(appends, true, durableOffset, acknowledged, logStartOffset, effects);
        completeDuplicates(durableOffset, highWatermark, logStartOffset, effects);
    }

    /// Call it when everything decided is durable.
    ///
    /// @param lowWatermark lowest log start of this replica and of all that are waited for
    void completeDeletions(long lowWatermark, List<ReplicaEffect> effects) {
        deletions.removeIf(deletion -> {
            boolean done = deletion.beforeOffset <= lowWatermark;
            if (done) {
                effects.add(new ReplicaEffect.DeleteCompleted(deletion.request, Errors.NONE, lowWatermark));
            }
            return done;
        });
    }

    boolean hasDeletions() {
        return !deletions.isEmpty();
    }

    /// Only repeated batches; their originals may be done long ago.
    void completeDuplicates(long durableOffset, long highWatermark, long logStartOffset, List<ReplicaEffect> effects) {
        completeFrom(duplicates, false, durableOffset, highWatermark, logStartOffset, effects);
    }

    private static void completeFrom(
            ArrayDeque<PendingAppend> waiting,
            boolean inLogOrder,
            long durableOffset,
            long highWatermark,
            long logStartOffset,
            List<ReplicaEffect> effects) {
        Iterator<PendingAppend> iterator = waiting.iterator();
        while (iterator.hasNext()) {
            PendingAppend append = iterator.next();
            if (append.isDone(durableOffset, highWatermark)) {
                // acks=all is answered above the high watermark never, whatever path led here.
                Invariant.check(
                        append.request.acks() != -1 || highWatermark > append.lastOffset,
                        "acks=all of offset %d at high watermark %d",
                        append.lastOffset,
                        highWatermark);
                effects.add(new ReplicaEffect.AppendCompleted(
                        append.request,
                        AppendOutcome.appended(
                                append.baseOffset, append.lastOffset, append.logAppendTimeMs, logStartOffset)));
                iterator.remove();
            } else if (inLogOrder && append.lastOffset >= durableOffset) {
                return;
            }
        }
    }

    /// Answers everything with an error: leadership or the disk is gone.
    void failAll(Errors error, String message, List<ReplicaEffect> effects) {
        List<PendingAppend> failed = new ArrayList<>(appends);
        failed.addAll(duplicates);
        appends.clear();
        duplicates.clear();
        for (PendingAppend append : failed) {
            effects.add(new ReplicaEffect.AppendCompleted(append.request, AppendOutcome.failed(error, message)));
        }
        takeHeld().forEach(append -> AppendRules.refuse(append, error, message, effects));
        while (!deletions.isEmpty()) {
            effects.add(new ReplicaEffect.DeleteCompleted(deletions.removeFirst().request, error, -1));
        }
    }
}
