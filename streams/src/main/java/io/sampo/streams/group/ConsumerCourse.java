package io.sampo.streams.group;

import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;

/// A member's way from phase to phase (see [ConsumerPhase]), what it takes of its assignment, and what it
/// gives up.
///
/// A partition that the coordinator takes back is drained, and counts as owned until that is done: the
/// coordinator gives it to nobody before a heartbeat has said that it is not owned any more. All other
/// partitions go on.
final class ConsumerCourse {
    private final GroupSettings settings;
    private final Backoff backoff;
    private final Outbox outbox;
    private final Seat seat;
    private final TopicWatch watch;
    private final ConsumerAssignment assignment;
    private final ConsumerHeartbeats heartbeats;
    private final Handover handover;
    private final Leaving leaving;

    private ConsumerPhase phase = ConsumerPhase.NEW;
    private boolean closing;

    ConsumerCourse(ConsumerParts parts) {
        this.settings = parts.settings();
        this.backoff = parts.backoff();
        this.outbox = parts.outbox();
        this.seat = parts.seat();
        this.watch = parts.watch();
        this.assignment = parts.assignment();
        this.heartbeats = parts.heartbeats();
        this.handover = parts.handover();
        this.leaving = parts.leaving();
    }

    ConsumerPhase phase() {
        return phase;
    }

    /// The topics that the member reads are named for the first time.
    void prepare() {
        phase = ConsumerPhase.PREPARING;
        watch.refresh(watch.topics());
    }

    void join(long delayMs) {
        phase = ConsumerPhase.JOINING;
        heartbeats.join(delayMs);
    }

    /// The coordinator has the member in its group.
    void confirmed(ConsumerGroupHeartbeatResponseData answer) {
        if (answer.memberEpoch() <= 0) {
            return;
        }
        seat.joined(seat.memberId(), answer.memberEpoch());
        phase = ConsumerPhase.JOINED;
        if (answer.assignment() != null && !closing) {
            assignment.become(answer.assignment());
            settle();
            if (assignment.isUnresolved()) {
                watch.refresh(watch.topics());
            }
        }
    }

    /// Takes what was given and is not taken yet, and gives back what was taken away.
    void settle() {
        if (phase != ConsumerPhase.JOINED || closing) {
            return;
        }
        Set<TopicPartition> before = handover.granted();
        Set<TopicPartition> granted = assignment.resolve(watch.view(), handover.held());
        handover.drain(handover.grant(granted));
        if (!granted.equals(before)) {
            // An offset that was asked for before may be older than the member's right to the partition.
            handover.abandonLookup();
            handover.handOut();
        }
    }

    void drained(long revocationId) {
        boolean last = handover.drained(revocationId);
        if (!closing) {
            settle();
        } else if (last) {
            leave();
        }
    }

    /// The group went on without this member.
    void outOfGroup(Errors error) {
        lose("the coordinator says " + error.name());
        if (closing) {
            leave();
        } else {
            join(backoff.nextMs());
        }
    }

    private void lose(String why) {
        seat.lost();
        assignment.forget();
        handover.loseAll(why);
    }

    // The end.

    void close() {
        if (closing) {
            return;
        }
        closing = true;
        handover.abandonLookup();
        handover.drain(handover.held());
        if (!handover.isDraining()) {
            leave();
        }
    }

    private void leave() {
        if (leaving.isNeeded()) {
            phase = ConsumerPhase.LEAVING;
            seat.leaves();
            heartbeats.abandon();
            leaving.begin();
        } else {
            closed();
        }
    }

    /// It left, or need not.
    void closed() {
        lose("closed");
        phase = ConsumerPhase.CLOSED;
        outbox.add(new Effect.Closed());
    }

    void fail(Errors error, String message) {
        fail(error.exception("Group " + settings.groupId() + ": " + message));
    }

    void fail(Throwable cause) {
        lose("the membership failed");
        phase = ConsumerPhase.FAILED;
        outbox.add(new Effect.Failed(cause));
        if (closing) {
            outbox.add(new Effect.Closed());
        }
    }

    // Time.

    void expireSession() {
        if (sessionEndMs() <= outbox.nowMs()) {
            lose("no heartbeat was answered for " + settings.times().sessionTimeoutMs() + " ms");
            if (closing) {
                leave();
            } else {
                phase = ConsumerPhase.JOINING;
                heartbeats.reclaim();
            }
        }
    }

    long sessionEndMs() {
        return phase == ConsumerPhase.JOINED ? heartbeats.sessionEndMs() : Membership.NEVER;
    }

    /// Whether new partitions may be given to the listener.
    boolean handsOut() {
        return phase == ConsumerPhase.JOINED && !closing;
    }
}
