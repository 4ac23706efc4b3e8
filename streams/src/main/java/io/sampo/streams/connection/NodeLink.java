package io.sampo.streams.connection;

import io.sampo.streams.UnsupportedFeature;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/// One connection to one address, made when it is needed, and made anew when it has ended. Requests wait while it is
/// being made and leave in the order in which they came.
///
/// ```
/// resting -> connecting: a request waits, and the pause after a failure is over
/// connecting -> ready; -> resting: failed, and all that waited fails
/// ready -> resting: it ended; idle; an answer is late; the authentication is about to expire and nothing is in flight
/// any -> closed
/// ```
/// - An answer that is late ends the connection, since answers come in order: whatever is in flight fails, too.
/// - After an authentication that failed, requests fail at once until the pause is over.
///
/// Thread rule: any thread. Callers' stages never complete while the lock is held.
final class NodeLink implements AutoCloseable {

    /// A session is renewed by a new connection when this part of its lifetime is over (KIP-368: 85 % to 95 %).
    private static final double SESSION_PART = 0.85;

    private static final double SESSION_JITTER = 0.10;
    private static final long NO_TIMER = Long.MAX_VALUE;

    /// @param connector makes wires, on threads of `threads`
    /// @param threads may be blocked
    record Context(Wire.Connector connector, Executor threads, Timers timers, ConnectionSettings settings) {}

    private enum Phase {
        RESTING,
        CONNECTING,
        READY,
        CLOSED
    }

    private final Context context;
    private final Timers timers;
    private final Endpoint endpoint;
    private final Lane lane;

    private final Object lock = new Object();
    private final ArrayDeque<NodeCall> waiting = new ArrayDeque<>();
    private final Set<NodeCall> inFlight = new LinkedHashSet<>();
    private Phase phase = Phase.RESTING;
    private @Nullable Wire wire;
    private @Nullable Thread connecting;
    private @Nullable AuthenticationException refused;
    private int failures;
    private long notBeforeMs = Long.MIN_VALUE;
    private long lastUsedMs;
    private long renewAtMs = Long.MAX_VALUE;
    private long timerAtMs = NO_TIMER;
    private Runnable cancelTimer = () -> {};

    NodeLink(Context context, Endpoint endpoint, Lane lane) {
        this.context = context;
        this.timers = context.timers();
        this.endpoint = endpoint;
        this.lane = lane;
    }

    /// Takes a call, unless `onlyIfUnused` and another one is there already.
    ///
    /// @return whether it was taken; then it ends, by [#advance] or later
    boolean offer(NodeCall call, boolean onlyIfUnused) {
        synchronized (lock) {
            if (onlyIfUnused && (phase == Phase.CLOSED || busy() > 0)) {
                return false;
            }
            waiting.addLast(call);
            return true;
        }
    }

    /// Does what can be done now: connects, sends, sets the timer, fails what cannot be.
    void advance() {
        List<Runnable> afterwards = new ArrayList<>();
        synchronized (lock) {
            long nowMs = timers.nowMs();
            refuse(nowMs, afterwards);
            if (phase == Phase.READY && nowMs >= renewAtMs && inFlight.isEmpty() && !waiting.isEmpty()) {
                rest(nowMs, 0, afterwards);
            }
            if (phase == Phase.READY && nowMs < renewAtMs) {
                sendWaiting(afterwards);
            }
            if (phase == Phase.RESTING && !waiting.isEmpty() && nowMs >= notBeforeMs) {
                phase = Phase.CONNECTING;
                afterwards.add(this::beginConnecting);
            }
            armTimer(nowMs);
        }
        afterwards.forEach(Runnable::run);
    }

    /// Calls without an answer.
    int busy() {
        synchronized (lock) {
            return waiting.size() + inFlight.size();
        }
    }

    boolean isReady() {
        synchronized (lock) {
            return phase == Phase.READY;
        }
    }

    /// Milliseconds until a connection may be tried after the last one failed; 0: now, or this client was refused,
    /// which
    /// a call is told at once.
    long waitMs() {
        synchronized (lock) {
            return phase == Phase.RESTING && failures > 0 && refused == null
                    ? Math.max(0, notBeforeMs - timers.nowMs())
                    : 0;
        }
    }

    /// Fails what waits when there is no use in waiting: the link is closed, too many wait, or this client was
    /// refused a moment ago.
    private void refuse(long nowMs, List<Runnable> afterwards) {
        AuthenticationException lately = phase == Phase.RESTING && nowMs < notBeforeMs ? refused : null;
        if (phase == Phase.CLOSED || lately != null) {
            failWaiting(lately == null ? new UnreachableException("this client is closed") : lately, afterwards);
        }
        while (busy() > context.settings().maxWaitingRequests()) {
            NodeCall tooMany = waiting.removeLast();
            afterwards.add(() -> tooMany.fail(new TimeoutException(
                    context.settings().maxWaitingRequests() + " requests wait for " + endpoint + " already")));
        }
    }

    private void sendWaiting(List<Runnable> afterwards) {
        Wire ready = wire;
        while (ready != null && !waiting.isEmpty()) {
            NodeCall call = waiting.removeFirst();
            try {
                CompletionStage<Answer> answer = call.sendTo(ready);
                if (answer == null) {
                    afterwards.add(() -> call.tellVersions(ready.versions()));
                    continue;
                }
                inFlight.add(call);
                afterwards.add(() -> observe(call, answer));
            } catch (UnsupportedVersionException e) {
                afterwards.add(() -> call.fail(new UnsupportedFeature(call.name(), String.valueOf(e.getMessage()))));
            } catch (RuntimeException e) {
                afterwards.add(() -> call.fail(e));
            }
        }
    }

    private void observe(NodeCall call, CompletionStage<Answer> answer) {
        var _ = answer.whenComplete((body, failure) -> {
            synchronized (lock) {
                inFlight.remove(call);
                lastUsedMs = timers.nowMs();
            }
            if (failure == null) {
                call.complete(body);
            } else {
                call.fail(Failures.cause(failure));
            }
            advance();
        });
    }

    private void beginConnecting() {
        context.threads().execute(() -> {
            int before;
            synchronized (lock) {
                if (phase != Phase.CONNECTING) {
                    return;
                }
                connecting = Thread.currentThread();
                before = failures;
            }
            try {
                Wire made = context.connector().connect(endpoint, lane, before);
                onConnected(made);
            } catch (InterruptedIOException | RuntimeException e) {
                onConnectFailed(e);
            } catch (Error e) {
                onConnectFailed(e);
                throw e;
            }
        });
    }

    private void onConnected(Wire made) {
        synchronized (lock) {
            connecting = null;
            if (phase != Phase.CONNECTING) {
                made.close();
                return;
            }
            phase = Phase.READY;
            wire = made;
            failures = 0;
            refused = null;
            lastUsedMs = timers.nowMs();
            long lifetimeMs = made.sessionLifetimeMs();
            renewAtMs = lifetimeMs <= 0
                    ? Long.MAX_VALUE
                    : lastUsedMs + (long) (lifetimeMs * (SESSION_PART + SESSION_JITTER * timers.random()));
        }
        var _ = made.closed().whenComplete((_, _) -> onClosed(made));
        advance();
    }

    private void onConnectFailed(Throwable failure) {
        List<Runnable> afterwards = new ArrayList<>();
        synchronized (lock) {
            connecting = null;
            if (phase != Phase.CONNECTING) {
                return;
            }
            failures++;
            refused = failure instanceof AuthenticationException authentication ? authentication : null;
            rest(timers.nowMs(), failures, afterwards);
            failWaiting(failure, afterwards);
        }
        afterwards.forEach(Runnable::run);
        advance();
    }

    private void onClosed(Wire ended) {
        List<Runnable> afterwards = new ArrayList<>();
        synchronized (lock) {
            if (!isCurrent(ended)) {
                return;
            }
            failures = 1;
            rest(timers.nowMs(), failures, afterwards);
        }
        afterwards.forEach(Runnable::run);
        advance();
    }

    /// Lets go of the connection; the next one may begin after the pause that so many failures in a row ask for.
    /// It is closed after all that was to be done before: a call that fails for a reason of its own must not hear
    /// of the close first.
    private void rest(long nowMs, int failuresInARow, List<Runnable> afterwards) {
        Wire old = wire;
        phase = Phase.RESTING;
        wire = null;
        renewAtMs = Long.MAX_VALUE;
        notBeforeMs = failuresInARow == 0
                ? nowMs
                : nowMs + context.settings().reconnect().delayMs(failuresInARow, timers.random());
        if (old != null) {
            afterwards.add(old::close);
        }
    }

    private void failWaiting(Throwable failure, List<Runnable> afterwards) {
        for (NodeCall call : waiting) {
            afterwards.add(() -> call.fail(failure));
        }
        waiting.clear();
    }

    private void onTimer() {
        List<Runnable> afterwards = new ArrayList<>();
        synchronized (lock) {
            timerAtMs = NO_TIMER;
            long nowMs = timers.nowMs();
            for (Iterator<NodeCall> calls = waiting.iterator(); calls.hasNext(); ) {
                NodeCall call = calls.next();
                if (call.deadlineMs() <= nowMs) {
                    calls.remove();
                    afterwards.add(() -> call.fail(new TimeoutException(
                            call.name() + ": no connection to " + endpoint + " within " + call.timeoutMs() + " ms")));
                }
            }
            List<NodeCall> late =
                    inFlight.stream().filter(call -> call.deadlineMs() <= nowMs).toList();
            if (!late.isEmpty()) {
                // What comes now must not be taken for the answer to another request.
                late.forEach(call -> afterwards.add(() -> call.fail(new TimeoutException(
                        call.name() + ": no answer from " + endpoint + " within " + call.timeoutMs() + " ms"))));
                inFlight.stream()
                        .filter(call -> call.deadlineMs() > nowMs)
                        .forEach(call -> afterwards.add(() -> call.fail(new DisconnectException(
                                "closed the connection to " + endpoint + ", as an earlier answer is late"))));
                inFlight.clear();
                failures = 1;
                rest(nowMs, failures, afterwards);
            } else if (idleAtMs() <= nowMs) {
                rest(nowMs, 0, afterwards);
            }
        }
        afterwards.forEach(Runnable::run);
        advance();
    }

    /// One timer, for whatever comes first.
    private void armTimer(long nowMs) {
        long atMs = phase == Phase.CLOSED ? NO_TIMER : idleAtMs();
        if (phase == Phase.RESTING && !waiting.isEmpty()) {
            atMs = Math.min(atMs, notBeforeMs);
        }
        for (NodeCall call : waiting) {
            atMs = Math.min(atMs, call.deadlineMs());
        }
        for (NodeCall call : inFlight) {
            atMs = Math.min(atMs, call.deadlineMs());
        }
        if (atMs == NO_TIMER || atMs >= timerAtMs) {
            return;
        }
        cancelTimer.run();
        timerAtMs = atMs;
        cancelTimer = timers.after(Math.max(0, atMs - nowMs), this::onTimer);
    }

    private long idleAtMs() {
        long idleMs = context.settings().connectionsMaxIdleMs();
        return phase == Phase.READY && idleMs >= 0 && waiting.isEmpty() && inFlight.isEmpty()
                ? lastUsedMs + idleMs
                : NO_TIMER;
    }

    @SuppressWarnings("ReferenceEquality")
    private boolean isCurrent(Wire other) {
        return wire == other;
    }

    /// Ends the connection; whatever has no answer fails, and so does what comes later.
    @Override
    public void close() {
        List<Runnable> afterwards = new ArrayList<>();
        synchronized (lock) {
            if (phase == Phase.CLOSED) {
                return;
            }
            phase = Phase.CLOSED;
            cancelTimer.run();
            if (connecting != null) {
                connecting.interrupt();
            }
            Wire last = wire;
            wire = null;
            if (last != null) {
                last.close();
            }
            failWaiting(new UnreachableException("the connection to " + endpoint + " was closed"), afterwards);
            inFlight.forEach(call -> afterwards.add(
                    () -> call.fail(new DisconnectException("the connection to " + endpoint + " was closed"))));
            inFlight.clear();
        }
        afterwards.forEach(Runnable::run);
    }
}
