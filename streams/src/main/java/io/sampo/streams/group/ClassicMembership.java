package io.sampo.streams.group;

import io.sampo.streams.connection.ClusterView;
import io.sampo.streams.connection.Failures;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;

/// A member in the classic protocol, in which one of the members computes the assignment. Hears what comes in,
/// has it read by the part that asked, and tells [MemberCourse] what it means; says when time is up for which
/// part.
///
/// While a request waits at the coordinator (JOINING, SYNCING), no other request is sent: brokers answer one
/// connection's requests in order, so that it would wait too.
final class ClassicMembership implements Membership {
    private final Backoff backoff;
    private final Outbox outbox;
    private final Seat seat;
    private final TopicWatch watch;
    private final Joining joining;
    private final Heartbeats heartbeats;
    private final Handover handover;
    private final Leaving leaving;
    private final MemberCourse course;

    /// @param requestIds gives numbers that no other request of this member has
    ClassicMembership(GroupSettings settings, LongSupplier requestIds, RandomGenerator random) {
        MemberParts parts = MemberParts.create(settings, requestIds, random);
        this.backoff = parts.backoff();
        this.outbox = parts.outbox();
        this.seat = parts.seat();
        this.watch = parts.watch();
        this.joining = parts.joining();
        this.heartbeats = parts.heartbeats();
        this.handover = parts.handover();
        this.leaving = parts.leaving();
        this.course = new MemberCourse(parts);
    }

    @Override
    public Standing standing() {
        return new Standing(
                seat.memberId(),
                seat.generationId(),
                seat.isInGeneration() && course.phase().assigned(),
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
            // An assignor, or an answer that cannot be read.
            course.fail(e);
        }
        return outbox.effects();
    }

    private void take(Input input) {
        switch (input) {
            case Input.Start start -> start(start.topics());
            case Input.Subscribed subscribed -> {
                watch.read(subscribed.topics());
                course.rejoinIfStale();
            }
            case Input.Seen seen -> seen(seen.view());
            case Input.NotRefreshed not -> notRefreshed(not.failure());
            case Input.Answered answered -> answered(answered.requestId(), answered.response());
            case Input.NotAnswered not -> notAnswered(not.requestId(), not.failure());
            case Input.Drained drained -> course.drained(drained.revocationId());
            case Input.CommitRefused refused -> {
                if (seat.is(refused.memberId(), refused.generationId())) {
                    course.heard(
                            Verdict.of(refused.error()), refused.error(), "a commit was refused: the group rebalances");
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

    private void start(Set<String> topics) {
        if (course.phase() == MemberPhase.NEW) {
            watch.read(topics);
            course.prepare();
        }
    }

    private void seen(ClusterView view) {
        Optional<Throwable> forbidden = watch.seen(view);
        if (forbidden.isPresent()) {
            course.fail(forbidden.get());
            return;
        }
        switch (course.phase()) {
            case PREPARING -> course.join("", 0);
            case ASSIGNING -> course.assign();
            default -> course.rejoinIfStale();
        }
    }

    private void notRefreshed(Throwable failure) {
        if (Verdict.of(failure) == Verdict.FATAL) {
            course.fail(Failures.cause(failure));
            return;
        }
        watch.notSeen();
        if (course.phase() == MemberPhase.ASSIGNING) {
            // With what is known; the rest brings another rebalance when it is seen.
            course.assign();
        }
    }

    // A rebalance.

    private void joined(JoinGroupResponseData answer) {
        Verdict verdict = joining.joined(answer);
        switch (verdict) {
            case NONE -> {
                heartbeats.joined();
                course.lead(answer);
            }
            case GENERATION_LOST, MEMBER_LOST -> course.outOfGroup(Errors.forCode(answer.errorCode()));
            case FATAL -> course.fail(Errors.forCode(answer.errorCode()));
            case RETRY, REDISCOVER, REJOIN -> {}
        }
    }

    private void synced(SyncGroupResponseData answer) {
        Errors error = Errors.forCode(answer.errorCode());
        switch (joining.synced(answer)) {
            case NONE -> course.settle(joining.assignment(answer));
            case REJOIN -> course.rejoin("the group rebalances again", 0);
            case RETRY, REDISCOVER -> course.rejoin("no assignment: " + error.name(), backoff.nextMs());
            case GENERATION_LOST, MEMBER_LOST -> course.outOfGroup(error);
            case FATAL -> course.fail(error);
        }
    }

    // Answers.

    private void answered(long id, Message response) {
        if (heartbeats.isWaitingFor(id) && response instanceof HeartbeatResponseData answer) {
            course.heard(heartbeats.answered(answer), Errors.forCode(answer.errorCode()), "the group rebalances");
        } else if (handover.isWaitingFor(id) && response instanceof OffsetFetchResponseGroup answer) {
            found(answer);
        } else if (joining.isWaitingFor(id) || leaving.isWaitingFor(id)) {
            switch (response) {
                case JoinGroupResponseData answer -> joined(answer);
                case SyncGroupResponseData answer -> synced(answer);
                case LeaveGroupResponseData answer -> {
                    if (leaving.answered(Errors.forCode(answer.errorCode()))) {
                        course.closed();
                    }
                }
                default -> throw new IllegalStateException("An answer that nobody asked for: " + response);
            }
        }
    }

    private void found(OffsetFetchResponseGroup answer) {
        boolean loaded = answer.errorCode() == Errors.NONE.code();
        if (loaded && heartbeats.doubted()) {
            heartbeats.confirmAnew();
            handover.lookUpAnew();
            return;
        }
        Errors fatal = handover.found(answer);
        if (fatal != Errors.NONE) {
            course.fail(fatal);
        } else if (!loaded) {
            heartbeats.doubt();
        }
    }

    private void notAnswered(long id, Throwable failure) {
        boolean joins = joining.isWaitingFor(id);
        boolean leaves = leaving.isWaitingFor(id);
        if (!joins && !leaves && !heartbeats.isWaitingFor(id) && !handover.isWaitingFor(id)) {
            return;
        }
        if (course.phase() != MemberPhase.LEAVING && Verdict.of(failure) == Verdict.FATAL) {
            course.fail(Failures.cause(failure));
            return;
        }
        outbox.add(new Effect.ForgetCoordinator());
        if (heartbeats.isWaitingFor(id)) {
            heartbeats.notAnswered();
        } else if (handover.isWaitingFor(id)) {
            handover.notFound();
            heartbeats.doubt();
        } else if (leaves) {
            leaving.notAnswered();
        } else if (course.phase() == MemberPhase.JOINING) {
            joining.notJoined();
        } else {
            joining.notSynced();
            course.rejoin("the assignment did not arrive", backoff.nextMs());
        }
    }

    // Time.

    private void elapse() {
        if (course.phase().over()) {
            return;
        }
        for (Optional<Long> late = handover.overdue(); late.isPresent(); late = handover.overdue()) {
            course.drained(late.get());
        }
        course.expireSession();
        if (course.phase() == MemberPhase.JOINING && joining.joinAtMs() <= outbox.nowMs()) {
            joining.join(watch.topics(), handover.granted());
        }
        if (course.phase() == MemberPhase.LEAVING && leaving.elapse()) {
            course.closed();
        }
        if (course.phase().beats()) {
            heartbeats.elapse();
        }
        if (course.handsOut()) {
            handover.lookUpWhenDue(seat.memberId(), -1);
        }
        if (course.phase() != MemberPhase.LEAVING) {
            watch.elapse();
        }
    }

    @Override
    public long wakeAtMs() {
        if (course.phase().over()) {
            return NEVER;
        }
        long wakeAtMs = Math.min(course.sessionEndMs(), handover.drainDeadlineMs());
        if (course.phase() == MemberPhase.LEAVING) {
            return Math.min(wakeAtMs, leaving.wakeAtMs());
        }
        wakeAtMs = Math.min(wakeAtMs, Math.min(joining.joinAtMs(), watch.wakeAtMs()));
        wakeAtMs = course.phase().beats() ? Math.min(wakeAtMs, heartbeats.wakeAtMs()) : wakeAtMs;
        return course.handsOut() ? Math.min(wakeAtMs, handover.lookupAtMs()) : wakeAtMs;
    }
}
