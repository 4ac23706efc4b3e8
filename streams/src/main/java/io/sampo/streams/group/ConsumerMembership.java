package io.sampo.streams.group;

import io.sampo.streams.UnsupportedFeature;
import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Failures;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;

/// A member in the consumer protocol (KIP-848), in which the coordinator computes the assignment and moves
/// partitions one by one. Hears what comes in, has it read by the part that asked, and tells [ConsumerCourse]
/// what it means; says when time is up for which part.
///
/// No request waits at the coordinator, so commits go on all the time.
final class ConsumerMembership implements Membership {
    private final Backoff topicBackoff;
    private final Outbox outbox;
    private final Seat seat;
    private final TopicWatch watch;
    private final ConsumerAssignment assignment;
    private final ConsumerHeartbeats heartbeats;
    private final Handover handover;
    private final Leaving leaving;
    private final ConsumerCourse course;

    /// @param memberId names this member for all its life
    /// @param requestIds gives numbers that no other request of this member has
    ConsumerMembership(GroupSettings settings, String memberId, LongSupplier requestIds, RandomGenerator random) {
        ConsumerParts parts = ConsumerParts.create(settings, memberId, requestIds, random);
        this.topicBackoff = parts.topicBackoff();
        this.outbox = parts.outbox();
        this.seat = parts.seat();
        this.watch = parts.watch();
        this.assignment = parts.assignment();
        this.heartbeats = parts.heartbeats();
        this.handover = parts.handover();
        this.leaving = parts.leaving();
        this.course = new ConsumerCourse(parts);
    }

    @Override
    public Standing standing() {
        return new Standing(
                seat.memberId(),
                seat.generationId(),
                course.phase() == ConsumerPhase.JOINED,
                handover.held(),
                course.phase().over());
    }

    @Override
    public List<Effect> step(Input input, long nowMs) {
        outbox.begin(nowMs);
        if (course.phase().over()) {
            if (input instanceof Input.Close) {
                outbox.add(new Effect.Closed());
            }
            return outbox.effects();
        }
        try {
            // First: what an answer gives must not be taken by a member whose time is over.
            course.expireSession();
            if (!course.phase().over()) {
                take(input);
                elapse();
            }
        } catch (RuntimeException e) {
            // An answer that cannot be read.
            course.fail(e);
        }
        return outbox.effects();
    }

    private void take(Input input) {
        switch (input) {
            case Input.Start start -> {
                if (course.phase() == ConsumerPhase.NEW) {
                    watch.read(start.topics());
                    course.prepare();
                }
            }
            // The next heartbeat tells it.
            case Input.Subscribed subscribed -> watch.read(subscribed.topics());
            case Input.Seen seen -> seen(seen.view());
            case Input.NotRefreshed not -> notRefreshed(not.failure());
            case Input.Answered answered -> answered(answered.requestId(), answered.response());
            case Input.NotAnswered not -> notAnswered(not.requestId(), not.failure());
            case Input.Drained drained -> course.drained(drained.revocationId());
            case Input.CommitRefused refused -> {
                if (seat.is(refused.memberId(), refused.generationId())) {
                    heard(
                            Verdict.of(refused.error()),
                            refused.error(),
                            refused.error().message());
                }
            }
            case Input.ListenerBroke broke -> {
                if (leaving.isNeeded()) {
                    leaving.send("the listener failed");
                }
                course.fail(broke.failure());
            }
            case Input.Close _ -> course.close();
            case Input.Tick _ -> {}
            case Input.Commit _, Input.Rewound _ -> throw new IllegalArgumentException("not for the membership");
        }
    }

    // What it reads.

    private void seen(ClusterView view) {
        Optional<Throwable> forbidden = watch.seen(view);
        if (forbidden.isPresent()) {
            course.fail(forbidden.get());
            return;
        }
        if (course.phase() == ConsumerPhase.PREPARING) {
            course.join(0);
        }
        course.settle();
        if (assignment.isUnresolved()) {
            // Younger than what this broker knows, or deleted.
            watch.notSeen();
        } else {
            topicBackoff.succeeded();
        }
    }

    private void notRefreshed(Throwable failure) {
        if (Verdict.of(failure) == Verdict.FATAL) {
            course.fail(Failures.cause(failure));
        } else {
            watch.notSeen();
        }
    }

    // Answers.

    private void answered(long id, Message response) {
        if (heartbeats.isWaitingFor(id) && response instanceof ConsumerGroupHeartbeatResponseData answer) {
            beaten(answer);
        } else if (handover.isWaitingFor(id) && response instanceof OffsetFetchResponseGroup answer) {
            Errors fatal = handover.found(answer);
            if (fatal != Errors.NONE) {
                course.fail(fatal, fatal.message());
            }
        } else if (leaving.isWaitingFor(id)
                && response instanceof ConsumerGroupHeartbeatResponseData answer
                && leaving.answered(Errors.forCode(answer.errorCode()))) {
            course.closed();
        }
    }

    private void beaten(ConsumerGroupHeartbeatResponseData answer) {
        Errors error = Errors.forCode(answer.errorCode());
        Verdict verdict = heartbeats.answered(answer);
        if (verdict == Verdict.NONE) {
            course.confirmed(answer);
        } else if (error == Errors.UNSUPPORTED_VERSION) {
            course.fail(unsupported("it has the consumer protocol switched off"));
        } else {
            String message = answer.errorMessage();
            heard(verdict, error, message == null ? error.message() : message);
        }
    }

    private void heard(Verdict verdict, Errors error, String message) {
        switch (verdict) {
            case GENERATION_LOST, MEMBER_LOST -> course.outOfGroup(error);
            case FATAL -> course.fail(error, message);
            case NONE, RETRY, REDISCOVER, REJOIN -> {}
        }
    }

    private void notAnswered(long id, Throwable failure) {
        boolean beats = heartbeats.isWaitingFor(id);
        boolean leaves = leaving.isWaitingFor(id);
        if (!beats && !leaves && !handover.isWaitingFor(id)) {
            return;
        }
        Throwable cause = Failures.cause(failure);
        if (beats && (cause instanceof UnsupportedFeature || cause instanceof UnsupportedVersionException)) {
            course.fail(unsupported("it does not offer ConsumerGroupHeartbeat (KIP-848)"));
            return;
        }
        if (!leaves && Verdict.of(failure) == Verdict.FATAL) {
            course.fail(cause);
            return;
        }
        outbox.add(new Effect.ForgetCoordinator());
        if (beats) {
            heartbeats.notAnswered();
        } else if (leaves) {
            leaving.notAnswered();
        } else {
            handover.notFound();
        }
    }

    private static UnsupportedFeature unsupported(String why) {
        return new UnsupportedFeature("group.protocol=consumer", why + "; set group.protocol=classic");
    }

    // Time.

    private void elapse() {
        if (course.phase().over()) {
            return;
        }
        for (Optional<Long> late = handover.overdue(); late.isPresent(); late = handover.overdue()) {
            course.drained(late.get());
        }
        if (course.phase() == ConsumerPhase.LEAVING) {
            if (leaving.elapse()) {
                course.closed();
            }
            return;
        }
        if (course.phase().beats()) {
            heartbeats.elapse();
        }
        if (course.handsOut()) {
            handover.lookUpWhenDue(seat.memberId(), seat.generationId());
        }
        watch.elapse();
    }

    @Override
    public long wakeAtMs() {
        if (course.phase().over()) {
            return NEVER;
        }
        long wakeAtMs = Math.min(course.sessionEndMs(), handover.drainDeadlineMs());
        if (course.phase() == ConsumerPhase.LEAVING) {
            return Math.min(wakeAtMs, leaving.wakeAtMs());
        }
        wakeAtMs = Math.min(wakeAtMs, watch.wakeAtMs());
        wakeAtMs = course.phase().beats() ? Math.min(wakeAtMs, heartbeats.wakeAtMs()) : wakeAtMs;
        return course.handsOut() ? Math.min(wakeAtMs, handover.lookupAtMs()) : wakeAtMs;
    }
}
