package io.sampo.streams.group;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.kafka.common.protocol.ApiMessage;

/// What one step of a member gathers: when it takes place, and what is to be done, in order.
final class Outbox {
    /// No request has this number.
    static final long NONE = -1;

    private final LongSupplier requestIds;
    private List<Effect> effects = new ArrayList<>();
    private long nowMs;

    /// @param requestIds gives numbers that no other request of this member has
    Outbox(LongSupplier requestIds) {
        this.requestIds = requestIds;
    }

    /// A step begins.
    void begin(long stepMs) {
        nowMs = stepMs;
        effects = new ArrayList<>();
    }

    long nowMs() {
        return nowMs;
    }

    List<Effect> effects() {
        return effects;
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    /// @return the number under which the answer comes
    long send(ApiMessage request, long timeoutMs) {
        long requestId = requestIds.getAsLong();
        effects.add(new Effect.Send(requestId, request, timeoutMs));
        return requestId;
    }
}
