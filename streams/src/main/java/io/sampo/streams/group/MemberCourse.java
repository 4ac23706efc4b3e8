package io.sampo.streams.group;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/// A member's way from phase to phase (see [MemberPhase]), and what it gives up on each of them.
///
/// Everything that is held is given up as lost when the coordinator has not been heard of for
/// `session.timeout.ms`, or when it says that it went on without this member.
final class MemberCourse {
    private final GroupSettings settings;
    private final Assignors assignors;
    private final Backoff backoff;
    private final Outbox outbox;
    private final Seat seat;
    private final TopicWatch watch;
    private final Joining joining;
    private final Heartbeats heartbeats;
    private final Handover handover;
    private final Leaving leaving;

    private MemberPhase phase = MemberPhase.NEW;
    private boolean closing;

    MemberCourse(MemberParts parts) {
        this.settings = parts.settings();
        this.assignors = parts.assignors();
        this.backoff = parts.backoff();
        this.outbox = parts.outbox();
        this.seat = parts.seat();
        this.watch = parts.watch();
        this.joining = parts.joining();
        this.heartbeats = parts.heartbeats();
        this.handover = parts.handover();
        this.leaving = parts.leaving();
    }

    MemberPhase phase() {
        return phase;
    }

    /// The topics that the member reads are named for the first time.
    void prepare() {
        phase = MemberPhase.PREPARING;
        watch.refresh(watch.topics());
    }

    // A rebalance.

    /// Joins again when the last join named other topics, or the assignment would be another one now.
    void rejoinIfStale() {
        if (phase != MemberPhase.STABLE || closing) {
            return;
        }
        if (!joining.hasJoinedFor(watch.topics())) {
            rejoin("the subscription changed", 0);
        } else if (watch.isOutdated()) {
            rejoin("topics or partitions of the group changed", 0);
        }
    }

    /// Gives up what must be given up before, then joins.
    void rejoin(String why, long delayMs) {
        Set<TopicPartition> mustGo = new HashSet<>(handover.granted());
        if (assignors.cooperative()) {
            mustGo.removeIf(partition -> watch.topics().contains(partition.topic()));
        }
        if (!closing) {
            handover.drain(mustGo);
        }
        handover.renounce(mustGo);
        if (handover.isDraining() && !closing) {
            phase = MemberPhase.DRAINING;
            joining.because(why);
        } else {
            join(why, delayMs);
        }
    }

    /// Nothing must be given up before.
    void join(String why, long delayMs) {
        phase = MemberPhase.JOINING;
        joining.because(why);
        joinLater(delayMs);
    }

    private void joinLater(long delayMs) {
        phase = MemberPhase.JOINING;
        joining.plan(delayMs);
        heartbeats.abandon();
        handover.abandonLookup();
    }

    /// The member is in a new generation, and may have to assign.
    void lead(JoinGroupResponseData answer) {
        if (!answer.leader().equals(seat.memberId())) {
            watch.follow();
            sync();
        } else if (answer.skipAssignment()) {
            // A static member came back: the assignment stays, the watch over the topics is its own.
            watch.lead(joining.groupTopics());
            sync();
        } else {
            Set<String> unheardOf = watch.unheardOf(joining.groupTopics());
            if (unheardOf.isEmpty()) {
                assign();
            } else {
                phase = MemberPhase.ASSIGNING;
                watch.refresh(unheardOf);
            }
        }
    }

    /// As the leader.
    void assign() {
        phase = MemberPhase.SYNCING;
        joining.syncAsLeader(watch);
    }

    private void sync() {
        phase = MemberPhase.SYNCING;
        joining.sync(List.of());
    }

    /// The member has its assignment.
    void settle(Set<TopicPartition> assignment) {
        phase = MemberPhase.STABLE;
        heartbeats.assigned();
        Set<TopicPartition> mustGo = handover.grant(assignment);
        if (closing) {
            return;
        }
        handover.drain(mustGo);
        handover.handOut();
        if (handover.isDraining()) {
            phase = MemberPhase.DRAINING;
            joining.because("gave up " + mustGo.size() + " partitions that others are to get");
        } else if (!joining.isClaimMet(assignment)) {
            // The listener never had them; those who are to get them wait all the same (simulation, seed 18).
            join("gave up partitions that others are to get", 0);
        } else {
            rejoinIfStale();
        }
    }

    void drained(long revocationId) {
        if (handover.drained(revocationId)) {
            if (closing) {
                leave();
            } else if (phase == MemberPhase.DRAINING) {
                joinLater(0);
            }
        }
    }

    // What the coordinator says of the membership.

    /// @param why a new join would be told to have
    void heard(Verdict verdict, Errors error, String why) {
        switch (verdict) {
            case REJOIN -> {
                if (phase == MemberPhase.STABLE && !closing) {
                    rejoin(why, 0);
                }
            }
            case GENERATION_LOST, MEMBER_LOST -> outOfGroup(error);
            case FATAL -> fail(error);
            case NONE, RETRY, REDISCOVER -> {}
        }
    }

    /// The group went on without this member.
    void outOfGroup(Errors error) {
        lose("the coordinator says " + error.name());
        if (Verdict.of(error) == Verdict.MEMBER_LOST) {
            seat.forgotten();
        }
        if (closing) {
            leave();
        } else {
            rejoin("was out of the group: " + error.name(), backoff.nextMs());
        }
    }

    private void lose(String why) {
        seat.lost();
        watch.follow();
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
            phase = MemberPhase.LEAVING;
            seat.leaves();
            joining.abandon();
            leaving.begin();
        } else {
            closed();
        }
    }

    /// It left, or need not.
    void closed() {
        lose("closed");
        phase = MemberPhase.CLOSED;
        outbox.add(new Effect.Closed());
    }

    void fail(Errors error) {
        fail(error.exception("Group " + settings.groupId() + ": " + error.message()));
    }

    void fail(Throwable cause) {
        lose("the membership failed");
        phase = MemberPhase.FAILED;
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
            } else if (phase != MemberPhase.JOINING) {
                rejoin("the session timed out", 0);
            }
        }
    }

    /// Whether new partitions may be given to the listener.
    boolean handsOut() {
        return phase.assigned() && !closing && heartbeats.confirmed();
    }

    /// A request that waits at the coordinator keeps the session alive, if it arrived.
    long sessionEndMs() {
        boolean waits = phase == MemberPhase.SYNCING || (phase == MemberPhase.JOINING && joining.isJoinHeld());
        boolean counts = seat.isInGeneration() && !waits && phase != MemberPhase.LEAVING;
        return counts ? heartbeats.sessionEndMs() : Membership.NEVER;
    }
}
