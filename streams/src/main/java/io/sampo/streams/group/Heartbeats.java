package io.sampo.streams.group;

import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;

/// Keeps a member in its generation, and knows how long it is sure to be in it: `session.timeout.ms` from the
/// sending of the last heartbeat that was answered well, or from the answer to its join or sync, by the
/// member's own clock.
final class Heartbeats {
    private final Outbox outbox;
    private final GroupSettings settings;
    private final GroupSettings.Times times;
    private final Seat seat;

    private long requestId = Outbox.NONE;
    private long sentMs;
    private long sendAtMs = Membership.NEVER;
    /// When the member was last sure to be in the group.
    private long lastAliveMs;
    /// A heartbeat was answered since the last assignment came. That one may have been on its way for long, to a
    /// member that was suspended: nothing is handed out on its word alone.
    private boolean confirmed;
    private boolean doubted;

    Heartbeats(Outbox outbox, GroupSettings settings, Seat seat) {
        this.outbox = outbox;
        this.settings = settings;
        this.times = settings.times();
        this.seat = seat;
    }

    /// A generation begins.
    void joined() {
        lastAliveMs = outbox.nowMs();
        sendAtMs = outbox.nowMs() + times.heartbeatIntervalMs();
    }

    /// An assignment came; a heartbeat is to confirm it at once.
    void assigned() {
        lastAliveMs = outbox.nowMs();
        confirmed = false;
        doubted = false;
        sendAtMs = outbox.nowMs();
    }

    /// The coordinator may be another one now.
    void doubt() {
        doubted = true;
    }

    /// Whether a heartbeat may have been answered by a coordinator that was loading the group: it answers each
    /// one well, and knows nothing (simulation, cooperative-sticky, seeds 21 and 30).
    boolean doubted() {
        return doubted;
    }

    /// A heartbeat is to confirm the assignment anew: the coordinator has loaded the group.
    void confirmAnew() {
        doubted = false;
        confirmed = false;
        requestId = Outbox.NONE;
        sendAtMs = outbox.nowMs();
    }

    boolean confirmed() {
        return confirmed;
    }

    /// What is under way is of no interest any more.
    void abandon() {
        requestId = Outbox.NONE;
    }

    boolean isWaitingFor(long id) {
        return id == requestId;
    }

    void elapse() {
        if (sendAtMs > outbox.nowMs()) {
            return;
        }
        sendAtMs = outbox.nowMs() + times.heartbeatIntervalMs();
        if (requestId == Outbox.NONE) {
            sentMs = outbox.nowMs();
            requestId = outbox.send(
                    new HeartbeatRequestData()
                            .setGroupId(settings.groupId())
                            .setGenerationId(seat.generationId())
                            .setMemberId(seat.memberId())
                            .setGroupInstanceId(settings.groupInstanceId().orElse(null)),
                    times.heartbeatTimeoutMs());
        }
    }

    /// @return what it says to the member; RETRY and REDISCOVER are done already
    Verdict answered(HeartbeatResponseData answer) {
        requestId = Outbox.NONE;
        Verdict verdict = Verdict.of(Errors.forCode(answer.errorCode()));
        switch (verdict) {
            case NONE, REJOIN -> {
                lastAliveMs = sentMs;
                confirmed = true;
            }
            case RETRY -> retry();
            case REDISCOVER -> {
                outbox.add(new Effect.ForgetCoordinator());
                doubt();
                retry();
            }
            case GENERATION_LOST, MEMBER_LOST, FATAL -> {}
        }
        return verdict;
    }

    void notAnswered() {
        requestId = Outbox.NONE;
        doubt();
        retry();
    }

    private void retry() {
        sendAtMs = outbox.nowMs() + times.retryBackoffMs();
    }

    long wakeAtMs() {
        return sendAtMs;
    }

    /// When the member cannot be sure any more, exclusive.
    long sessionEndMs() {
        return lastAliveMs + times.sessionTimeoutMs();
    }
}
