package io.sampo.actors.partition;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.AppendRequest;
import io.sampo.core.partition.DeleteRecordsRequest;
import io.sampo.core.partition.GatherRule;
import io.sampo.core.partition.ReplicaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.protocol.Errors;

/// The queue before one replica: many threads put requests in, the replica takes them out in batches. It stands in
/// for the mailbox, which is unbounded, and for the stash of a persistent actor, which drops silently. What does
/// not fit is refused at once, and every request that is taken in is answered.
///
/// After a slow round it waits a moment for the requests that its answers cause (see [GatherRule]).
///
/// Thread rule: [#offer] from any thread, [#drain], [#drained] and [#close] from the replica only.
final class ReplicaIntake {

    /// A client may repeat the request, and an idempotent one loses nothing by it.
    private static final Errors OVERFLOW_ERROR = Errors.REQUEST_TIMED_OUT;

    private final int maxRequests;
    private final long maxBytes;
    private final long gatherMaxBytes;
    private final Runnable flush;
    private final Queue<ReplicaRequest> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger requestCount = new AtomicInteger();
    private final AtomicLong byteCount = new AtomicLong();

    /// True from the moment a flush is sent until everything it drained is dealt with: at most one is outstanding.
    private final AtomicBoolean flushOutstanding = new AtomicBoolean();

    private final GatherRule gathering;
    private final Alarm alarm;

    /// A flush is sent when so many requests wait; written by the replica and by the alarm.
    private volatile int wanted = 1;

    /// Counts the drains, so that an alarm knows whether it still means the wait it was set for.
    private final AtomicInteger round = new AtomicInteger();

    private volatile Errors closedWith = Errors.NONE;

    /// Runs a task once, some time from now, on whichever thread.
    interface Alarm {
        void after(long nanos, Runnable task);
    }

    /// @param gatherMaxBytes nobody waits for more requests when so many bytes wait
    /// @param flush sends the replica the message that makes it drain
    /// @param alarm ends a wait for more requests
    ReplicaIntake(
            int maxRequests, long maxBytes, long gatherMaxBytes, GatherRule gathering, Runnable flush, Alarm alarm) {
        this.maxRequests = maxRequests;
        this.maxBytes = maxBytes;
        this.gatherMaxBytes = gatherMaxBytes;
        this.gathering = gathering;
        this.flush = flush;
        this.alarm = alarm;
    }

    void offer(ReplicaRequest request) {
        if (closedWith != Errors.NONE) {
            refuse(request, closedWith, "the replica does not serve");
            return;
        }
        long bytes = bytesOf(request);
        long bytesBefore = byteCount.getAndAdd(bytes);
        if (requestCount.getAndIncrement() >= maxRequests || (bytesBefore > 0 && bytesBefore + bytes > maxBytes)) {
            requestCount.decrementAndGet();
            byteCount.addAndGet(-bytes);
            refuse(request, OVERFLOW_ERROR, "too many requests wait for this partition");
            return;
        }
        queue.add(request);
        if (closedWith != Errors.NONE) {
            // Closed between the check above and the add: nobody else will look into the queue again.
            refuseAll();
            return;
        }
        if (isEnough()) {
            requestFlush();
        }
    }

    private boolean isEnough() {
        return requestCount.get() >= wanted || byteCount.get() >= gatherMaxBytes;
    }

    private void requestFlush() {
        if (flushOutstanding.compareAndSet(false, true)) {
            flush.run();
        }
    }

    /// Takes out what came first: at least one request if there is any, then up to the bounds. A round begins.
    List<ReplicaRequest> drain(int maxDrainRequests, long maxDrainBytes, long nowNanos) {
        round.incrementAndGet();
        List<ReplicaRequest> drained = new ArrayList<>(Math.min(maxDrainRequests, requestCount.get()));
        long bytes = 0;
        while (drained.size() < maxDrainRequests && bytes < maxDrainBytes) {
            ReplicaRequest request = queue.poll();
            if (request == null) {
                break;
            }
            bytes += bytesOf(request);
            drained.add(request);
        }
        requestCount.addAndGet(-drained.size());
        byteCount.addAndGet(-bytes);
        gathering.started(drained.size(), nowNanos);
        return drained;
    }

    /// What was drained is dealt with: the round is over. The next request, or one that waits already, causes the
    /// next flush; or as many as are expected now, or the end of the wait for them.
    void drained(long nowNanos) {
        int expected = Math.min(gathering.answered(requestCount.get(), nowNanos), maxRequests);
        wanted = expected;
        flushOutstanding.set(false);
        if (expected == 1) {
            flushIfAnyWaits();
        } else if (isEnough()) {
            requestFlush();
        } else {
            int waitingSince = round.get();
            alarm.after(gathering.waitNanos(), () -> waitedLongEnough(waitingSince));
        }
    }

    private void waitedLongEnough(int waitingSince) {
        if (waitingSince == round.get()) {
            wanted = 1;
            flushIfAnyWaits();
        }
    }

    private void flushIfAnyWaits() {
        if (!queue.isEmpty()) {
            requestFlush();
        }
    }

    /// Refuses everything from now on, and what still waits.
    void close(Errors error) {
        closedWith = error;
        refuseAll();
    }

    private void refuseAll() {
        ReplicaRequest request = queue.poll();
        while (request != null) {
            requestCount.decrementAndGet();
            byteCount.addAndGet(-bytesOf(request));
            refuse(request, closedWith, "the replica does not serve");
            request = queue.poll();
        }
    }

    static void refuse(ReplicaRequest request, Errors error, String message) {
        switch (request) {
            case AppendRequest append -> Answers.complete(append, AppendOutcome.failed(error, message));
            case DeleteRecordsRequest deletion -> Answers.complete(deletion, error, -1);
        }
    }

    private static long bytesOf(ReplicaRequest request) {
        return request instanceof AppendRequest append ? append.records().sizeInBytes() : 0;
    }
}
