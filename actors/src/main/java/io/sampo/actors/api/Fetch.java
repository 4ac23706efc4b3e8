package io.sampo.actors.api;

import io.sampo.actors.partition.ReadHandle;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.fetch.FetchBudget;
import io.sampo.core.fetch.FetchContext;
import io.sampo.core.fetch.FetchRules;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;

/// One fetch from its request to its answer. While it waits it is this object: registered as a waiter in the
/// replicas of its partitions and with one deadline, without a thread or an actor.
///
/// ```
/// start -> pass over the partitions -> enough, an error, or no time left: answer
///                      ^                -> else register in the replicas, look again, wait
///          +---- woken by a replica, the deadline or the client's going ----+
/// ```
///
/// Thread rule: wake-ups come from any thread and at once; `signals` lets one thread at a time take a step, and
/// that thread takes the steps of those that came meanwhile. All other fields belong to the step.
final class Fetch implements Runnable {
    private final FetchHandler handler;
    private final ClientRequest request;
    private final FetchSessionShards.Opened opened;
    private final PartitionReader reader;
    private final int maxBytes;
    private final int minBytes;
    private final boolean readCommitted;
    private final long deadlineMs;

    private final AtomicInteger signals = new AtomicInteger();
    private volatile boolean expired;

    private final @Nullable PartitionData[] answers;
    /// Where this fetch waits, by partition; null where it does not.
    private final @Nullable ReadHandle[] handles;
    /// What could be read when the partition was looked at last, exclusive.
    private final long[] seenUpperOffsets;
    private @Nullable Runnable cancelDeadline;
    private boolean answered;
    private boolean responded;

    Fetch(FetchHandler handler, ClientRequest request, FetchRequestData data, FetchSessionShards.Opened opened) {
        this.handler = handler;
        this.request = request;
        this.opened = opened;
        this.maxBytes = Math.min(data.maxBytes(), handler.settings.maxBytes());
        this.minBytes = Math.min(data.minBytes(), maxBytes);
        this.readCommitted = FetchRules.isReadCommitted(data.isolationLevel());
        this.reader = new PartitionReader(
                handler.partitions, handler.topicSettings, handler.readReplicas, request, data.rackId(), readCommitted);
        int waitMs = Math.min(data.maxWaitMs(), handler.settings.maxWaitMs());
        this.expired = waitMs <= 0;
        this.deadlineMs = handler.nowMs.getAsLong() + waitMs;
        int count = opened.context().partitionCount();
        this.answers = new PartitionData[count];
        this.handles = new ReadHandle[count];
        this.seenUpperOffsets = new long[count];
    }

    void start() {
        run();
    }

    /// Something happened: a replica moved on or ended, time is up, or the client has gone.
    @Override
    public void run() {
        if (signals.getAndIncrement() != 0) {
            return;
        }
        int handled = 1;
        do {
            step();
            handled = signals.addAndGet(-handled);
        } while (handled != 0);
    }

    private void expire() {
        expired = true;
        run();
    }

    private void step() {
        if (answered) {
            return;
        }
        try {
            stopWaiting();
            if (pass()) {
                answer();
            } else {
                startWaiting();
            }
        } catch (RuntimeException failure) {
            if (responded) {
                throw failure;
            }
            stopWaiting();
            finish();
            GuardedHandler.fail(request, failure);
        }
    }

    /// Reads what is there now.
    ///
    /// @return true when that is the answer
    private boolean pass() {
        FetchContext context = opened.context();
        FetchBudget budget = new FetchBudget(maxBytes);
        boolean isUrgent = expired || request.isAbandoned() || answers.length == 0;
        MetadataImage image = handler.partitions.image();
        for (int i = 0; i < answers.length; i++) {
            answers[i] = reader.read(image, context.partition(i), budget);
            handles[i] = reader.handle();
            seenUpperOffsets[i] = reader.upperOffset();
            isUrgent |= reader.mustAnswer();
        }
        return isUrgent || budget.takenBytes() >= minBytes;
    }

    private void startWaiting() {
        if (cancelDeadline == null) {
            long leftMs = Math.max(0, deadlineMs - handler.nowMs.getAsLong());
            cancelDeadline = handler.deadlines.after(leftMs, this::expire);
            request.onAbandoned(this);
        }
        for (ReadHandle handle : handles) {
            if (handle != null) {
                handle.onNextAdvance(this);
            }
        }
        // What moved between reading and registering woke nobody: look again.
        FetchContext context = opened.context();
        for (int i = 0; i < handles.length; i++) {
            ReadHandle handle = handles[i];
            if (handle != null
                    && (FetchRules.upperOffset(handle.view(), readCommitted) != seenUpperOffsets[i]
                            || !reader.stillServes(handle, context.partition(i)))) {
                signals.incrementAndGet();
                return;
            }
        }
    }

    private void stopWaiting() {
        for (int i = 0; i < handles.length; i++) {
            ReadHandle handle = handles[i];
            if (handle != null) {
                handle.removeWaiter(this);
                handles[i] = null;
            }
        }
    }

    private void answer() {
        finish();
        int sessionId = FetchSessionShards.close(opened, answers, handler.nowMs.getAsLong());
        responded = true;
        if (sessionId < 0) {
            request.respond(
                    FetchResponse.of(new FetchResponseData().setErrorCode(Errors.INVALID_FETCH_SESSION_EPOCH.code())));
            return;
        }
        handler.partitions.whenLeadersKnown(
                misdirected(),
                () -> request.respond(FetchResponse.of(
                        FetchAnswer.of(handler.partitions, request, opened.context(), answers, sessionId))));
    }

    private List<PartitionId> misdirected() {
        List<PartitionId> misdirected = List.of();
        for (int i = 0; i < answers.length; i++) {
            PartitionData answer = answers[i];
            if (answer != null && answer.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code()) {
                PartitionId id =
                        reader.idOf(handler.partitions.image(), opened.context().partition(i));
                if (id != null) {
                    misdirected = misdirected.isEmpty() ? new ArrayList<>() : misdirected;
                    misdirected.add(id);
                }
            }
        }
        return misdirected;
    }

    private void finish() {
        answered = true;
        Arrays.fill(handles, null);
        if (cancelDeadline != null) {
            cancelDeadline.run();
        }
    }
}
