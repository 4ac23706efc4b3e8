package io.sampo.streams.group;

import java.util.List;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/// Tells the coordinator that a member goes, so that others need not wait for the end of its session. Tried for
/// `request.timeout.ms` at most. A static member just goes: it is expected back.
final class Leaving {
    private final Outbox outbox;
    private final GroupSettings settings;
    private final Seat seat;
    private final Backoff backoff;

    private long requestId = Outbox.NONE;
    private long sendAtMs = Membership.NEVER;
    private long untilMs = Membership.NEVER;

    Leaving(Outbox outbox, GroupSettings settings, Seat seat, Backoff backoff) {
        this.outbox = outbox;
        this.settings = settings;
        this.seat = seat;
        this.backoff = backoff;
    }

    /// Whether there is something to be told.
    boolean isNeeded() {
        return !seat.memberId().isEmpty() && settings.groupInstanceId().isEmpty();
    }

    void begin() {
        untilMs = outbox.nowMs() + settings.times().requestTimeoutMs();
        send("the consumer is being closed");
    }

    void send(String why) {
        sendAtMs = Membership.NEVER;
        requestId = outbox.send(
                new LeaveGroupRequestData()
                        .setGroupId(settings.groupId())
                        .setMembers(List.of(new MemberIdentity()
                                .setMemberId(seat.memberId())
                                .setReason(why))),
                settings.times().requestTimeoutMs());
    }

    boolean isWaitingFor(long id) {
        return id == requestId;
    }

    /// @return whether the member is gone; otherwise it is tried again
    boolean answered(LeaveGroupResponseData answer) {
        Verdict verdict = Verdict.of(Errors.forCode(answer.errorCode()));
        if (verdict == Verdict.REDISCOVER) {
            outbox.add(new Effect.ForgetCoordinator());
        }
        if (verdict == Verdict.REDISCOVER || verdict == Verdict.RETRY) {
            notAnswered();
            return false;
        }
        return true;
    }

    void notAnswered() {
        requestId = Outbox.NONE;
        sendAtMs = outbox.nowMs() + backoff.nextMs();
    }

    /// @return whether it has been tried for long enough
    boolean elapse() {
        if (sendAtMs <= outbox.nowMs()) {
            send("the consumer is being closed");
        }
        return untilMs <= outbox.nowMs();
    }

    long wakeAtMs() {
        return Math.min(sendAtMs, untilMs);
    }
}
