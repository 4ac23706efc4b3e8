package io.sampo.tcp.connection;

import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestOrigin;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.jspecify.annotations.Nullable;

/// A request in flight, in the place that its answer will take among the answers of the connection. If the body
/// refers to the frame, releases it the moment it is answered.
///
/// Thread rule: answered on any thread; read by the connection.
final class PendingRequest implements ClientRequest {

    static final int WAITING = 0;
    static final int ANSWERING = 1;
    static final int RESPONSE = 2;
    static final int NOTHING = 3;
    static final int DISCONNECT = 4;

    private final RequestContext context;
    private final AbstractRequest body;
    private final RequestOrigin origin;
    private final @Nullable Frame frame;
    private final Runnable onAnswered;
    private final AtomicInteger state = new AtomicInteger(WAITING);
    private @Nullable AbstractResponse response;
    private @Nullable String reason;
    private volatile boolean abandoned;
    /// Guarded by this.
    private @Nullable Runnable onAbandoned;

    /// @param frame what the body refers to; null when it refers to none
    PendingRequest(
            RequestContext context,
            AbstractRequest body,
            RequestOrigin origin,
            @Nullable Frame frame,
            Runnable onAnswered) {
        this.context = context;
        this.body = body;
        this.origin = origin;
        this.frame = frame;
        this.onAnswered = onAnswered;
    }

    /// Whether this releases the frame that it came in.
    boolean ownsFrame() {
        return frame != null;
    }

    RequestContext context() {
        return context;
    }

    int state() {
        return state.get();
    }

    /// Only in state RESPONSE.
    AbstractResponse response() {
        AbstractResponse answered = response;
        if (answered == null) {
            throw new IllegalStateException("no response yet");
        }
        return answered;
    }

    /// Only in state DISCONNECT.
    String reason() {
        return String.valueOf(reason);
    }

    @Override
    public ApiKeys apiKey() {
        return context.header.apiKey();
    }

    @Override
    public short apiVersion() {
        return context.apiVersion();
    }

    @Override
    public AbstractRequest body() {
        return body;
    }

    @Override
    public RequestOrigin origin() {
        return origin;
    }

    @Override
    public boolean isAbandoned() {
        return abandoned;
    }

    @Override
    public void onAbandoned(Runnable task) {
        synchronized (this) {
            if (onAbandoned != null) {
                throw new IllegalStateException(this + " has such a task already");
            }
            if (!abandoned) {
                onAbandoned = task;
                return;
            }
        }
        if (state.get() == WAITING) {
            task.run();
        }
    }

    /// The connection has gone. Its thread only.
    void abandon() {
        Runnable task;
        synchronized (this) {
            abandoned = true;
            task = onAbandoned;
        }
        if (task != null && state.get() == WAITING) {
            task.run();
        }
    }

    @Override
    public void respond(AbstractResponse answer) {
        claim();
        response = answer;
        finish(RESPONSE);
    }

    @Override
    public void respondNothing() {
        claim();
        finish(NOTHING);
    }

    @Override
    public void disconnect(String why) {
        claim();
        reason = why;
        finish(DISCONNECT);
    }

    private void claim() {
        if (!state.compareAndSet(WAITING, ANSWERING)) {
            throw new IllegalStateException(this + " was answered twice");
        }
    }

    private void finish(int answered) {
        state.set(answered);
        if (frame != null) {
            frame.release();
        }
        onAnswered.run();
    }

    @Override
    public String toString() {
        return context.header.toString();
    }
}
