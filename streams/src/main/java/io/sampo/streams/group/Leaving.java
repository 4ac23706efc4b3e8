package io.sampo.streams.group;

import java.util.List;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/// Tells the coordinator that a member goes, so that others need not wait for the end of its session. Tried for
/// `request.timeout.ms` at most.
final class Leaving {
    /// How a protocol says that a member goes.
    interface Farewell {
        /// Whether there is something to be told.
        boolean isNeeded();

        /// @param why for whoever reads the coordinator's log
        ApiMessage request(String why);
    }

    private final Outbox outbox;
    private final GroupSettings.Times times;
    private final Backoff backoff;
    private final Farewell farewell;

    private long requestId = Outbox.NONE;
    private long sendAtMs = Membership.NEVER;
    private long untilMs = Membership.NEVER;

    Leaving(Outbox outbox, GroupSettings.Times times, Backoff backoff, Farewell farewell) {
        this.outbox = outbox;
        this.times = times;
        this.backoff = backoff;
        this.farewell = farewell;
    }

    /// In the classic protocol. A static member just goes: it is expected back.
    static Farewell classic(GroupSettings settings, Seat seat) {
        return new Farewell() {
            @Override
            public boolean isNeeded() {
                return !seat.memberId().isEmpty() && settings.groupInstanceId().isEmpty();
            }

            @Override
            public ApiMessage request(String why) {
                return new LeaveGroupRequestData()
                        .setGroupId(settings.groupId())
                        .setMembers(List.of(new MemberIdentity()
                                .setMemberId(seat.memberId())
                                .setReason(why)));
            }
        };
    }

    boolean isNeeded() {
        return farewell.isNeeded();
    }

    void begin() {
        untilMs = outbox.nowMs() + times.requestTimeoutMs();
        send("the consumer is being closed");
    }

    void send(String why) {
        sendAtMs = Membership.NEVER;
        requestId = outbox.send(farewell.request(why), times.requestTimeoutMs());
    }

    boolean isWaitingFor(long id) {
        return id == requestId;
    }

    /// @return whether the member is gone; otherwise it is tried again
    boolean answered(Errors error) {
        Verdict verdict = Verdict.of(error);
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
