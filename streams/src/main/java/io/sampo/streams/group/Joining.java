package io.sampo.streams.group;

import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/// A member's part in one rebalance: its join with what it reads and owns, the leader's assignment, the sync that
/// brings the own one. The joins and syncs that failed are asked again later, with a growing pause.
final class Joining {
    private static final String PROTOCOL_TYPE = "consumer";

    private final Outbox outbox;
    private final GroupSettings settings;
    private final GroupSettings.Times times;
    private final Assignors assignors;
    private final Seat seat;
    private final Backoff backoff;

    /// Of the join or sync that is under way.
    private long requestId = Outbox.NONE;

    private long joinAtMs = Membership.NEVER;
    private String reason = "";
    /// Those that the last join named.
    private Set<String> joinedTopics = Set.of();
    /// What the last join said that it owns. Others wait for what of this is not assigned again.
    private Set<TopicPartition> claimed = Set.of();
    /// A join got no answer since the last one that did: the coordinator may not have it.
    private boolean doubtful;

    private String assignorName = "";
    /// Whom the leader assigns to; empty when another member leads.
    private List<JoinGroupResponseMember> members = List.of();

    Joining(Outbox outbox, GroupSettings settings, Assignors assignors, Seat seat, Backoff backoff) {
        this.outbox = outbox;
        this.settings = settings;
        this.times = settings.times();
        this.assignors = assignors;
        this.seat = seat;
        this.backoff = backoff;
    }

    /// The next join tells this to whoever reads the coordinator's log.
    void because(String why) {
        reason = why;
    }

    void plan(long delayMs) {
        requestId = Outbox.NONE;
        joinAtMs = outbox.nowMs() + delayMs;
    }

    void abandon() {
        requestId = Outbox.NONE;
        joinAtMs = Membership.NEVER;
    }

    boolean isWaitingFor(long id) {
        return id == requestId;
    }

    /// Whether the coordinator has a join of this member, as far as that can be known.
    boolean isJoinHeld() {
        return requestId != Outbox.NONE && !doubtful;
    }

    boolean hasJoinedFor(Set<String> topics) {
        return joinedTopics.equals(topics);
    }

    /// Whether the member keeps all that it said it owns. Otherwise others wait until it joins without the rest.
    boolean isClaimMet(Set<TopicPartition> assignment) {
        return assignment.containsAll(claimed);
    }

    long joinAtMs() {
        return joinAtMs;
    }

    void join(Set<String> topics, Set<TopicPartition> owned) {
        joinAtMs = Membership.NEVER;
        joinedTopics = topics;
        claimed = owned;
        requestId = outbox.send(
                new JoinGroupRequestData()
                        .setGroupId(settings.groupId())
                        .setSessionTimeoutMs(times.sessionTimeoutMs())
                        .setRebalanceTimeoutMs(times.rebalanceTimeoutMs())
                        .setMemberId(seat.memberId())
                        .setGroupInstanceId(settings.groupInstanceId().orElse(null))
                        .setProtocolType(PROTOCOL_TYPE)
                        .setProtocols(assignors.protocols(topics, owned, seat.claimGenerationId(), settings.rack()))
                        .setReason(reason),
                (long) times.rebalanceTimeoutMs() + times.requestTimeoutMs());
    }

    /// @return what the answer says; NONE: the member is in a new generation. What is to be asked again is planned
    Verdict joined(JoinGroupResponseData answer) {
        requestId = Outbox.NONE;
        Errors error = Errors.forCode(answer.errorCode());
        if (error == Errors.MEMBER_ID_REQUIRED) {
            seat.named(answer.memberId());
            joinAtMs = outbox.nowMs();
            return Verdict.RETRY;
        }
        Verdict verdict = Verdict.of(error);
        switch (verdict) {
            case NONE -> {
                backoff.succeeded();
                doubtful = false;
                seat.joined(answer.memberId(), answer.generationId());
                assignorName = answer.protocolName();
                members = answer.members();
            }
            case RETRY, REJOIN -> refused();
            case REDISCOVER -> {
                outbox.add(new Effect.ForgetCoordinator());
                refused();
            }
            case GENERATION_LOST, MEMBER_LOST, FATAL -> {}
        }
        return verdict;
    }

    /// By an answer: joins arrive, so the next one will be held again.
    private void refused() {
        notJoined();
        doubtful = false;
    }

    void notJoined() {
        doubtful = true;
        requestId = Outbox.NONE;
        joinAtMs = outbox.nowMs() + backoff.nextMs();
    }

    // Leading.

    /// All topics that somebody in the group reads. Known to the leader, until it syncs.
    Set<String> groupTopics() {
        return Assignors.topics(members);
    }

    /// Who gets what, by what is known of the topics.
    void syncAsLeader(TopicWatch watch) {
        watch.lead(groupTopics());
        sync(assignors.assign(assignorName, members, watch.view()));
    }

    /// @param assignments of the leader; empty from everybody else
    void sync(List<SyncGroupRequestAssignment> assignments) {
        members = List.of();
        requestId = outbox.send(
                new SyncGroupRequestData()
                        .setGroupId(settings.groupId())
                        .setGenerationId(seat.generationId())
                        .setMemberId(seat.memberId())
                        .setGroupInstanceId(settings.groupInstanceId().orElse(null))
                        .setProtocolType(PROTOCOL_TYPE)
                        .setProtocolName(assignorName)
                        .setAssignments(assignments),
                (long) times.rebalanceTimeoutMs() + times.requestTimeoutMs());
    }

    /// @return what the answer says; NONE: it holds an assignment
    Verdict synced(SyncGroupResponseData answer) {
        requestId = Outbox.NONE;
        Verdict verdict = Verdict.of(Errors.forCode(answer.errorCode()));
        if (verdict == Verdict.NONE) {
            backoff.succeeded();
        } else if (verdict == Verdict.REDISCOVER) {
            outbox.add(new Effect.ForgetCoordinator());
            doubtful = true;
        }
        return verdict;
    }

    void notSynced() {
        doubtful = true;
    }

    /// What the member is to own, by an answer that was [Verdict#NONE].
    Set<TopicPartition> assignment(SyncGroupResponseData answer) {
        return assignors.assigned(
                assignorName, answer.assignment(), settings.groupId(), seat.generationId(), seat.memberId());
    }
}
