package io.sampo.streams.group;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// The one request of the consumer protocol: it joins, keeps the member in the group, tells what changed,
/// says what was given up, leaves. One is under way at a time. After one without a good answer the next tells
/// everything: the coordinator then repeats the assignment, which may have been in the answer that was lost.
final class ConsumerHeartbeats implements Leaving.Farewell {
    private static final int JOIN_EPOCH = 0;
    private static final int LEAVE_EPOCH = -1;
    private static final int LEAVE_FOR_A_WHILE_EPOCH = -2;

    /// What the coordinator is to know of the member.
    private record Report(Set<String> topics, Map<Uuid, SortedSet<Integer>> owned) {}

    private final Outbox outbox;
    private final GroupSettings settings;
    private final Seat seat;
    private final Backoff backoff;
    private final TopicWatch watch;
    private final Handover handover;
    private final ConsumerAssignment assignment;

    private int epoch = JOIN_EPOCH;
    private long requestId = Outbox.NONE;
    private long sentMs;
    private long dueAtMs = Membership.NEVER;
    /// What changes is told at once, but not before this.
    private long pausedUntilMs;
    private long lastAliveMs;
    private boolean joinSent;
    /// So long an earlier join of this very member may hold its `group.instance.id`.
    private long instanceHeldUntilMs;

    /// Null: the next request tells everything.
    private @Nullable Report known;

    private Report told = new Report(Set.of(), Map.of());

    ConsumerHeartbeats(
            Outbox outbox,
            GroupSettings settings,
            Seat seat,
            Backoff backoff,
            TopicWatch watch,
            Handover handover,
            ConsumerAssignment assignment) {
        this.outbox = outbox;
        this.settings = settings;
        this.seat = seat;
        this.backoff = backoff;
        this.watch = watch;
        this.handover = handover;
        this.assignment = assignment;
    }

    /// The next one joins, with nothing.
    void join(long delayMs) {
        epoch = JOIN_EPOCH;
        tellAll(delayMs);
    }

    /// The member gave everything up by its own clock. The coordinator may know it all the same, and gives it
    /// back.
    void reclaim() {
        tellAll(0);
    }

    private void tellAll(long delayMs) {
        requestId = Outbox.NONE;
        known = null;
        pausedUntilMs = outbox.nowMs() + delayMs;
    }

    /// What is under way is of no interest any more.
    void abandon() {
        requestId = Outbox.NONE;
    }

    boolean isWaitingFor(long id) {
        return id == requestId;
    }

    void elapse() {
        if (wakeAtMs() <= outbox.nowMs()) {
            told = report();
            sentMs = outbox.nowMs();
            joinSent = true;
            requestId = outbox.send(request(told), settings.times().heartbeatTimeoutMs());
        }
    }

    long wakeAtMs() {
        if (requestId != Outbox.NONE) {
            return Membership.NEVER;
        }
        return report().equals(known) ? dueAtMs : pausedUntilMs;
    }

    private Report report() {
        return new Report(watch.topics(), assignment.owned(handover.held()));
    }

    private ConsumerGroupHeartbeatRequestData request(Report report) {
        ConsumerGroupHeartbeatRequestData request = toCoordinator(epoch);
        Report before = known;
        if (before == null) {
            request.setRackId(settings.rack().orElse(null))
                    .setRebalanceTimeoutMs(settings.times().rebalanceTimeoutMs())
                    .setServerAssignor(settings.remoteAssignor().orElse(null));
        }
        if (before == null || !before.topics().equals(report.topics())) {
            request.setSubscribedTopicNames(report.topics().stream().sorted().toList());
        }
        if (before == null || !before.owned().equals(report.owned())) {
            request.setTopicPartitions(report.owned().entrySet().stream()
                    .map(one ->
                            new TopicPartitions().setTopicId(one.getKey()).setPartitions(List.copyOf(one.getValue())))
                    .toList());
        }
        return request;
    }

    private ConsumerGroupHeartbeatRequestData toCoordinator(int memberEpoch) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(settings.groupId())
                .setMemberId(seat.memberId())
                .setMemberEpoch(memberEpoch)
                .setInstanceId(settings.groupInstanceId().orElse(null));
    }

    /// @return what it says to the member; RETRY and REDISCOVER are done already
    Verdict answered(ConsumerGroupHeartbeatResponseData answer) {
        Verdict verdict = verdict(Errors.forCode(answer.errorCode()));
        switch (verdict) {
            case NONE -> succeeded(answer);
            case RETRY, REJOIN -> again();
            case REDISCOVER -> {
                outbox.add(new Effect.ForgetCoordinator());
                again();
            }
            case GENERATION_LOST, MEMBER_LOST, FATAL -> requestId = Outbox.NONE;
        }
        return verdict;
    }

    private Verdict verdict(Errors error) {
        if (error == Errors.NONE && sentMs + settings.times().sessionTimeoutMs() <= outbox.nowMs()) {
            // The process was suspended: the coordinator has given up this member since, perhaps.
            return Verdict.RETRY;
        }
        if (error == Errors.GROUP_ID_NOT_FOUND && epoch == JOIN_EPOCH) {
            // Whoever joins makes the group: it is one of another kind.
            return Verdict.FATAL;
        }
        if (error == Errors.UNRELEASED_INSTANCE_ID && outbox.nowMs() < instanceHeldUntilMs) {
            return Verdict.RETRY;
        }
        return Verdict.of(error);
    }

    private void succeeded(ConsumerGroupHeartbeatResponseData answer) {
        requestId = Outbox.NONE;
        backoff.succeeded();
        epoch = Math.max(JOIN_EPOCH, answer.memberEpoch());
        lastAliveMs = sentMs;
        dueAtMs = sentMs + Math.max(1, answer.heartbeatIntervalMs());
        pausedUntilMs = outbox.nowMs();
        instanceHeldUntilMs = outbox.nowMs() + settings.times().sessionTimeoutMs();
        if (epoch == JOIN_EPOCH) {
            // Known to the coordinator, which has no place for it yet.
            known = null;
            pausedUntilMs = dueAtMs;
        } else {
            known = told;
        }
    }

    /// It may have arrived.
    void notAnswered() {
        instanceHeldUntilMs = outbox.nowMs() + settings.times().sessionTimeoutMs();
        again();
    }

    private void again() {
        tellAll(backoff.nextMs());
    }

    /// When the member cannot be sure any more, exclusive.
    long sessionEndMs() {
        return lastAliveMs + settings.times().sessionTimeoutMs();
    }

    @Override
    public boolean isNeeded() {
        return joinSent;
    }

    /// A static member is expected back, and keeps what it has until then.
    @Override
    public ApiMessage request(String why) {
        return toCoordinator(settings.groupInstanceId().isPresent() ? LEAVE_FOR_A_WHILE_EPOCH : LEAVE_EPOCH);
    }
}
