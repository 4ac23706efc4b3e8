package io.sampo.core.partition;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// Requests whose records are in the log and that wait to become durable (acks 0 and 1) or committed (acks all), in
/// log order; repeated batches wait beside them for their originals.
final class PendingRequests {

    private record PendingAppend(
            AppendRequest request, long baseOffset, long lastOffset, long logAppendTimeMs, long deadlineMs) {
        boolean isDone(long durableOffset, long highWatermark) {
            return (request.acks() == -1 ? highWatermark : durableOffset) > lastOffset;
        }
    }

    /// True only with a planted bug.
    private final boolean acknowledgesBeforeCommit;

    private final ArrayDeque<PendingAppend> appends = new ArrayDeque<>();
    private final ArrayDeque<PendingAppend> duplicates = new ArrayDeque<>();
    private final ArrayDeque<DeleteRecordsRequest> deletions = new ArrayDeque<>();

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

    /// Fails what has waited too long for other replicas. What is still being written here is left alone: its bytes
    /// are
    /// in use.
    void expire(long nowMs, long durableOffset, List<ReplicaEffect> effects) {
        expire(appends, nowMs, durableOffset, effects);
        expire(duplicates, nowMs, durableOffset, effects);
    }

    private static void expire(
            ArrayDeque<PendingAppend> waiting, long nowMs, long durableOffset, List<ReplicaEffect> effects) {
        waiting.removeIf(append -> {
            boolean overdue =
                    append.request.acks() == -1 && append.lastOffset < durableOffset && append.deadlineMs <= nowMs;
            if (overdue) {
                effects.add(new ReplicaEffect.AppendCompleted(
                        append.request,
                        AppendOutcome.failed(Errors.REQUEST_TIMED_OUT, "too few replicas confirmed it in time")));
            }
            return overdue;
        });
    }

    void addDeletion(DeleteRecordsRequest request) {
        deletions.addLast(request);
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
    void completeDeletions(long logStartOffset, List<ReplicaEffect> effects) {
        while (!deletions.isEmpty()) {
            effects.add(new ReplicaEffect.DeleteCompleted(deletions.removeFirst(), Errors.NONE, logStartOffset));
        }
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
        while (!deletions.isEmpty()) {
            effects.add(new ReplicaEffect.DeleteCompleted(deletions.removeFirst(), error, -1));
        }
    }
}
