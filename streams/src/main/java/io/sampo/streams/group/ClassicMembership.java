package io.sampo.streams.group;

import io.sampo.streams.connection.ClusterView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.jspecify.annotations.Nullable;

/// A member in the classic protocol, in which one of the members computes the assignment.
///
/// ```
/// NEW -> PREPARING -> JOINING -> (ASSIGNING ->) SYNCING -> STABLE -> LEAVING -> CLOSED
///                        ^                         |         |
///                        +-------- DRAINING <------+---------+        any -> FAILED
/// ```
///
/// While a request waits at the coordinator (JOINING, SYNCING), no other request is sent: brokers answer one
/// connection's requests in order, so that it would wait too.
///
/// Everything that is held is given up as lost when the coordinator has not been heard of for
/// `session.timeout.ms`, or when it says that it went on without this member.
final class ClassicMembership implements Membership {
    private static final String PROTOCOL_TYPE = "consumer";
    private static final long NONE = -1;

    private enum Phase {
        NEW,
        /// Finds out about its topics.
        PREPARING,
        /// Has a join request at the coordinator, or is about to.
        JOINING,
        /// Leads, and finds out about the other members' topics.
        ASSIGNING,
        SYNCING,
        STABLE,
        /// Joins when the listener has given up what it must.
        DRAINING,
        LEAVING,
        CLOSED,
        FAILED
    }

    /// What a leader remembers of its assignment.
    ///
    /// @param partitionCounts by topic that somebody reads; 0: there is none
    private record Led(Map<String, Integer> partitionCounts) {}

    private final GroupSettings settings;
    private final GroupSettings.Times times;
    private final Assignors assignors;
    private final LongSupplier requestIds;
    private final Backoff backoff;
    private final Ownership ownership = new Ownership();

    private Phase phase = Phase.NEW;
    private boolean closing;
    private Set<String> topics = Set.of();
    /// Those that the last join named.
    private Set<String> joinedTopics = Set.of();
    /// What the last join said that it owns. Others wait for what of this is not assigned again.
    private Set<TopicPartition> claimed = Set.of();

    private ClusterView view = ClusterView.EMPTY;
    private long refreshAtMs = NEVER;

    private String memberId = "";
    private int generationId = -1;
    /// In which it last said what it owns.
    private int claimGenerationId = -1;

    private String assignorName = "";
    private List<JoinGroupResponseMember> members = List.of();
    private @Nullable Led led;

    /// Of the join, sync or leave that is under way.
    private long requestId = NONE;

    private long sendAtMs = NEVER;
    private String reason = "";
    /// A join got no answer since the last one that did: the coordinator may not have it.
    private boolean doubtful;

    private long leaveUntilMs = NEVER;

    private long heartbeatId = NONE;
    private long heartbeatSentMs;
    private long heartbeatAtMs = NEVER;
    /// When it was last sure to be in the group.
    private long lastAliveMs;

    /// A heartbeat was answered since the last assignment came. That one may have been on its way for long, to a
    /// member that was suspended: nothing is handed out on its word alone.
    private boolean confirmed;

    private long lookupId = NONE;
    private long lookupAtMs = NEVER;

    private long nowMs;
    private List<Effect> effects = new ArrayList<>();

    /// @param requestIds gives numbers that no other request of this member has
    ClassicMembership(GroupSettings settings, LongSupplier requestIds, RandomGenerator random) {
        this.settings = settings;
        this.times = settings.times();
        this.assignors = new Assignors(settings.assignors());
        this.requestIds = requestIds;
        this.backoff = new Backoff(times, random);
    }

    @Override
    public Standing standing() {
        return new Standing(
                memberId,
                generationId,
                generationId >= 0 && (phase == Phase.STABLE || phase == Phase.DRAINING),
                ownership.held(),
                phase == Phase.CLOSED || phase == Phase.FAILED);
    }

    @Override
    public List<Effect> step(Input input, long nowMs) {
        this.nowMs = nowMs;
        this.effects = new ArrayList<>();
        if (phase == Phase.CLOSED || phase == Phase.FAILED) {
            if (input instanceof Input.Close) {
                effects.add(new Effect.Closed());
            }
            return effects;
        }
        try {
            // First: what an answer gives must not be taken by a member whose time is over.
            expireSession();
            if (!standing().over()) {
                take(input);
                elapse();
            }
        } catch (RuntimeException e) {
            // An assignor, or an answer that cannot be read.
            fail(e);
        }
        return effects;
    }

    private void take(Input input) {
        switch (input) {
            case Input.Start start -> start(start.topics());
            case Input.Subscribed subscribed -> subscribed(subscribed.topics());
            case Input.Seen seen -> seen(seen.view());
            case Input.NotRefreshed not -> notRefreshed(not.failure());
            case Input.Answered answered -> answered(answered.requestId(), answered.response());
            case Input.NotAnswered not -> notAnswered(not.requestId(), not.failure());
            case Input.Drained drained -> drained(drained.revocationId());
            case Input.CommitRefused refused -> commitRefused(refused);
            case Input.ListenerBroke broke -> broke(broke.failure());
            case Input.Close _ -> close();
            case Input.Tick _ -> {}
            case Input.Commit _, Input.Rewound _ -> throw new IllegalArgumentException("not for the membership");
        }
    }

    // What it reads.

    private void start(Set<String> names) {
        if (phase == Phase.NEW) {
            topics = Set.copyOf(names);
            phase = Phase.PREPARING;
            refresh(topics);
        }
    }

    private void subscribed(Set<String> names) {
        topics = Set.copyOf(names);
        rejoinIfStale();
    }

    private void refresh(Set<String> names) {
        refreshAtMs = NEVER;
        effects.add(new Effect.Refresh(names));
    }

    private void seen(ClusterView newView) {
        view = newView;
        refreshAtMs = nowMs + Math.max(1, Math.max(times.metadataMaxAgeMs(), times.retryBackoffMs()));
        for (String name : topics) {
            Errors error = view.topic(name).map(ClusterView.Topic::error).orElse(Errors.NONE);
            if (Verdict.of(error) == Verdict.FATAL) {
                fail(error.exception("Topic " + name + ": " + error.message()));
                return;
            }
        }
        switch (phase) {
            case PREPARING -> join("", 0);
            case ASSIGNING -> assign();
            default -> rejoinIfStale();
        }
    }

    private void notRefreshed(Throwable failure) {
        if (Verdict.of(failure) == Verdict.FATAL) {
            fail(Verdict.cause(failure));
            return;
        }
        refreshAtMs = nowMs + Math.max(1, backoff.nextMs());
        if (phase == Phase.ASSIGNING) {
            // With what is known; the rest brings another rebalance when it is seen.
            assign();
        }
    }

    private void rejoinIfStale() {
        if (phase != Phase.STABLE || closing) {
            return;
        }
        if (!joinedTopics.equals(topics)) {
            rejoin("the subscription changed", 0);
        } else if (led != null
                && !counts(led.partitionCounts().keySet(), led.partitionCounts())
                        .equals(led.partitionCounts())) {
            rejoin("topics or partitions of the group changed", 0);
        }
    }

    /// @param before is believed of topics about which nothing is known now
    private Map<String, Integer> counts(Set<String> names, Map<String, Integer> before) {
        Map<String, Integer> counts = new HashMap<>();
        for (String name : names) {
            ClusterView.Topic topic = view.topics().get(name);
            if (topic != null && (topic.error() == Errors.NONE || topic.error() == Errors.UNKNOWN_TOPIC_OR_PARTITION)) {
                counts.put(name, topic.partitions().size());
            } else {
                counts.put(name, before.getOrDefault(name, 0));
            }
        }
        return counts;
    }

    // Joining.

    /// Gives up what must be given up before, then joins.
    private void rejoin(String why, long delayMs) {
        Set<TopicPartition> mustGo = new HashSet<>(ownership.granted());
        if (assignors.cooperative()) {
            mustGo.removeIf(partition -> topics.contains(partition.topic()));
        }
        if (!closing) {
            drain(mustGo);
        }
        ownership.renounce(mustGo);
        if (ownership.isDraining() && !closing) {
            phase = Phase.DRAINING;
            reason = why;
        } else {
            join(why, delayMs);
        }
    }

    private void drain(Set<TopicPartition> partitions) {
        Set<TopicPartition> kept = ownership.kept();
        kept.retainAll(partitions);
        if (!kept.isEmpty()) {
            Ownership.Drain drain = ownership.drain(kept, nowMs + times.drainLimitMs());
            effects.add(new Effect.Revoke(drain.revocationId(), drain.partitions()));
        }
    }

    private void join(String why, long delayMs) {
        phase = Phase.JOINING;
        reason = why;
        requestId = NONE;
        sendAtMs = nowMs + delayMs;
        heartbeatId = NONE;
        lookupId = NONE;
    }

    private void sendJoin() {
        sendAtMs = NEVER;
        joinedTopics = topics;
        claimed = ownership.granted();
        requestId = send(
                new JoinGroupRequestData()
                        .setGroupId(settings.groupId())
                        .setSessionTimeoutMs(times.sessionTimeoutMs())
                        .setRebalanceTimeoutMs(times.rebalanceTimeoutMs())
                        .setMemberId(memberId)
                        .setGroupInstanceId(settings.groupInstanceId().orElse(null))
                        .setProtocolType(PROTOCOL_TYPE)
                        .setProtocols(
                                assignors.protocols(topics, ownership.granted(), claimGenerationId, settings.rack()))
                        .setReason(reason),
                (long) times.rebalanceTimeoutMs() + times.requestTimeoutMs());
    }

    private void joined(JoinGroupResponseData answer) {
        Errors error = Errors.forCode(answer.errorCode());
        requestId = NONE;
        if (error == Errors.MEMBER_ID_REQUIRED) {
            memberId = answer.memberId();
            sendAtMs = nowMs;
            return;
        }
        switch (Verdict.of(error)) {
            case NONE -> {
                backoff.succeeded();
                doubtful = false;
                memberId = answer.memberId();
                generationId = answer.generationId();
                // Whoever said in this rebalance what it owns keeps it, or is told to give it up, even if it does
                // not hear of the assignment.
                claimGenerationId = generationId;
                assignorName = answer.protocolName();
                members = answer.members();
                lastAliveMs = nowMs;
                heartbeatAtMs = nowMs + times.heartbeatIntervalMs();
                lead(answer);
            }
            case RETRY, REJOIN -> retryJoin();
            case REDISCOVER -> {
                effects.add(new Effect.ForgetCoordinator());
                retryJoin();
            }
            case GENERATION_LOST, MEMBER_LOST -> outOfGroup(error);
            case FATAL -> fail(error);
        }
    }

    private void retryJoin() {
        doubtful = true;
        requestId = NONE;
        sendAtMs = nowMs + backoff.nextMs();
    }

    private void lead(JoinGroupResponseData answer) {
        if (!answer.leader().equals(memberId)) {
            led = null;
            sync(List.of());
            return;
        }
        Set<String> all = Assignors.topics(members);
        if (answer.skipAssignment()) {
            // A static member came back: the assignment stays, the watch over the topics is its own.
            led = new Led(counts(all, Map.of()));
            sync(List.of());
            return;
        }
        Set<String> unknown = new HashSet<>(all);
        unknown.removeIf(name -> view.topics().containsKey(name));
        if (unknown.isEmpty()) {
            assign();
        } else {
            phase = Phase.ASSIGNING;
            refresh(unknown);
        }
    }

    private void assign() {
        led = new Led(counts(Assignors.topics(members), Map.of()));
        sync(assignors.assign(assignorName, members, view));
    }

    private void sync(List<SyncGroupRequestAssignment> assignments) {
        phase = Phase.SYNCING;
        members = List.of();
        requestId = send(
                new SyncGroupRequestData()
                        .setGroupId(settings.groupId())
                        .setGenerationId(generationId)
                        .setMemberId(memberId)
                        .setGroupInstanceId(settings.groupInstanceId().orElse(null))
                        .setProtocolType(PROTOCOL_TYPE)
                        .setProtocolName(assignorName)
                        .setAssignments(assignments),
                (long) times.rebalanceTimeoutMs() + times.requestTimeoutMs());
    }

    private void synced(SyncGroupResponseData answer) {
        Errors error = Errors.forCode(answer.errorCode());
        requestId = NONE;
        switch (Verdict.of(error)) {
            case NONE -> {
                backoff.succeeded();
                lastAliveMs = nowMs;
                settle(assignors.assigned(
                        assignorName, answer.assignment(), settings.groupId(), generationId, memberId));
            }
            case REJOIN -> rejoin("the group rebalances again", 0);
            case RETRY -> rejoin("no assignment: " + error.name(), backoff.nextMs());
            case REDISCOVER -> {
                effects.add(new Effect.ForgetCoordinator());
                doubtful = true;
                rejoin("no assignment: " + error.name(), backoff.nextMs());
            }
            case GENERATION_LOST, MEMBER_LOST -> outOfGroup(error);
            case FATAL -> fail(error);
        }
    }

    private void settle(Set<TopicPartition> assignment) {
        phase = Phase.STABLE;
        confirmed = false;
        heartbeatAtMs = nowMs;
        Set<TopicPartition> mustGo = ownership.kept();
        mustGo.removeAll(assignment);
        ownership.grant(assignment);
        if (closing) {
            return;
        }
        drain(mustGo);
        lookupAtMs = nowMs;
        if (ownership.awaited().isEmpty()) {
            effects.add(new Effect.Assigned(Map.of(), ownership.kept()));
        }
        if (ownership.isDraining()) {
            phase = Phase.DRAINING;
            reason = "gave up " + mustGo.size() + " partitions that others are to get";
        } else if (!assignment.containsAll(claimed)) {
            // The listener never had them; those who are to get them wait all the same (simulation, seed 18).
            join("gave up partitions that others are to get", 0);
        } else {
            rejoinIfStale();
        }
    }

    // Committed offsets of what is new.

    private void lookUp() {
        Set<TopicPartition> awaited = ownership.awaited();
        lookupAtMs = NEVER;
        if (!awaited.isEmpty()) {
            lookupId = send(OffsetLookup.request(settings.groupId(), memberId, -1, awaited), times.requestTimeoutMs());
        }
    }

    private void found(OffsetFetchResponseGroup answer) {
        lookupId = NONE;
        OffsetLookup.Found found = OffsetLookup.read(answer, ownership.awaited());
        switch (Verdict.of(found.groupError())) {
            case NONE -> {
                if (found.fatal() != Errors.NONE) {
                    fail(found.fatal());
                    return;
                }
                if (!found.offsets().isEmpty()) {
                    ownership.handedOver(found.offsets().keySet());
                    effects.add(new Effect.Assigned(found.offsets(), ownership.kept()));
                }
                if (ownership.awaited().isEmpty()) {
                    backoff.succeeded();
                } else {
                    lookupAtMs = nowMs + backoff.nextMs();
                }
            }
            case REDISCOVER -> {
                effects.add(new Effect.ForgetCoordinator());
                lookupAtMs = nowMs + backoff.nextMs();
            }
            case FATAL -> fail(found.groupError());
            default -> lookupAtMs = nowMs + backoff.nextMs();
        }
    }

    // Staying.

    private void sendHeartbeat() {
        heartbeatAtMs = nowMs + times.heartbeatIntervalMs();
        if (heartbeatId == NONE) {
            heartbeatSentMs = nowMs;
            heartbeatId = send(
                    new HeartbeatRequestData()
                            .setGroupId(settings.groupId())
                            .setGenerationId(generationId)
                            .setMemberId(memberId)
                            .setGroupInstanceId(settings.groupInstanceId().orElse(null)),
                    times.heartbeatTimeoutMs());
        }
    }

    private void beaten(HeartbeatResponseData answer) {
        Errors error = Errors.forCode(answer.errorCode());
        heartbeatId = NONE;
        switch (Verdict.of(error)) {
            case NONE -> {
                lastAliveMs = heartbeatSentMs;
                confirmed = true;
            }
            case REJOIN -> {
                lastAliveMs = heartbeatSentMs;
                confirmed = true;
                if (phase == Phase.STABLE && !closing) {
                    rejoin("the group rebalances", 0);
                }
            }
            case RETRY -> heartbeatAtMs = nowMs + times.retryBackoffMs();
            case REDISCOVER -> {
                effects.add(new Effect.ForgetCoordinator());
                heartbeatAtMs = nowMs + times.retryBackoffMs();
            }
            case GENERATION_LOST, MEMBER_LOST -> outOfGroup(error);
            case FATAL -> fail(error);
        }
    }

    private void commitRefused(Input.CommitRefused refused) {
        if (refused.generationId() != generationId || !refused.memberId().equals(memberId)) {
            return;
        }
        switch (Verdict.of(refused.error())) {
            case REJOIN -> {
                if (phase == Phase.STABLE && !closing) {
                    rejoin("a commit was refused: the group rebalances", 0);
                }
            }
            case GENERATION_LOST, MEMBER_LOST -> outOfGroup(refused.error());
            case FATAL -> fail(refused.error());
            default -> {}
        }
    }

    private void outOfGroup(Errors error) {
        lose("the coordinator says " + error.name());
        if (Verdict.of(error) == Verdict.MEMBER_LOST) {
            memberId = "";
        }
        if (closing) {
            leave();
        } else {
            rejoin("was out of the group: " + error.name(), backoff.nextMs());
        }
    }

    private void lose(String why) {
        generationId = -1;
        claimGenerationId = -1;
        led = null;
        lookupId = NONE;
        Set<TopicPartition> lost = ownership.loseAll();
        if (!lost.isEmpty()) {
            effects.add(new Effect.Lost(lost, why));
        }
    }

    // Answers.

    private void answered(long id, Message response) {
        if (id == heartbeatId && response instanceof HeartbeatResponseData answer) {
            beaten(answer);
        } else if (id == lookupId && response instanceof OffsetFetchResponseGroup answer) {
            found(answer);
        } else if (id == requestId) {
            switch (response) {
                case JoinGroupResponseData answer -> joined(answer);
                case SyncGroupResponseData answer -> synced(answer);
                case LeaveGroupResponseData answer -> left(answer);
                default -> throw new IllegalStateException("An answer that nobody asked for: " + response);
            }
        }
    }

    private void notAnswered(long id, Throwable failure) {
        if (id != heartbeatId && id != lookupId && id != requestId) {
            return;
        }
        if (phase != Phase.LEAVING && Verdict.of(failure) == Verdict.FATAL) {
            fail(Verdict.cause(failure));
            return;
        }
        effects.add(new Effect.ForgetCoordinator());
        if (id == heartbeatId) {
            heartbeatId = NONE;
            heartbeatAtMs = nowMs + times.retryBackoffMs();
        } else if (id == lookupId) {
            lookupId = NONE;
            lookupAtMs = nowMs + backoff.nextMs();
        } else {
            switch (phase) {
                case JOINING -> retryJoin();
                case SYNCING -> {
                    doubtful = true;
                    rejoin("the assignment did not arrive", backoff.nextMs());
                }
                case LEAVING -> retryLeave();
                default -> {}
            }
        }
    }

    private long send(ApiMessage request, long timeoutMs) {
        long id = requestIds.getAsLong();
        effects.add(new Effect.Send(id, request, timeoutMs));
        return id;
    }

    // Giving up and leaving.

    private void drained(long revocationId) {
        if (ownership.drained(revocationId) && !ownership.isDraining()) {
            if (closing) {
                leave();
            } else if (phase == Phase.DRAINING) {
                join(reason, 0);
            }
        }
    }

    private void close() {
        if (closing) {
            return;
        }
        closing = true;
        lookupId = NONE;
        drain(ownership.held());
        if (!ownership.isDraining()) {
            leave();
        }
    }

    private void broke(Throwable failure) {
        if (!memberId.isEmpty() && settings.groupInstanceId().isEmpty()) {
            sendLeave("the listener failed");
        }
        fail(failure);
    }

    private void leave() {
        if (memberId.isEmpty() || settings.groupInstanceId().isPresent()) {
            closed();
            return;
        }
        phase = Phase.LEAVING;
        generationId = -1;
        leaveUntilMs = nowMs + times.requestTimeoutMs();
        sendLeave("the consumer is being closed");
    }

    private void sendLeave(String why) {
        sendAtMs = NEVER;
        requestId = send(
                new LeaveGroupRequestData()
                        .setGroupId(settings.groupId())
                        .setMembers(List.of(
                                new MemberIdentity().setMemberId(memberId).setReason(why))),
                times.requestTimeoutMs());
    }

    private void retryLeave() {
        requestId = NONE;
        sendAtMs = nowMs + backoff.nextMs();
    }

    private void left(LeaveGroupResponseData answer) {
        Verdict verdict = Verdict.of(Errors.forCode(answer.errorCode()));
        if (verdict == Verdict.REDISCOVER) {
            effects.add(new Effect.ForgetCoordinator());
        }
        if (verdict == Verdict.REDISCOVER || verdict == Verdict.RETRY) {
            retryLeave();
        } else {
            closed();
        }
    }

    private void closed() {
        lose("closed");
        phase = Phase.CLOSED;
        effects.add(new Effect.Closed());
    }

    private void fail(Errors error) {
        fail(error.exception("Group " + settings.groupId() + ": " + error.message()));
    }

    private void fail(Throwable cause) {
        lose("the membership failed");
        phase = Phase.FAILED;
        effects.add(new Effect.Failed(cause));
        if (closing) {
            effects.add(new Effect.Closed());
        }
    }

    // Time.

    private void elapse() {
        if (standing().over()) {
            return;
        }
        for (Ownership.Drain drain : ownership.overdue(nowMs)) {
            effects.add(new Effect.Lost(
                    drain.partitions(), "not drained within " + times.drainLimitMs() + " ms; another member goes on"));
            drained(drain.revocationId());
        }
        expireSession();
        if (sendAtMs <= nowMs) {
            if (phase == Phase.JOINING) {
                sendJoin();
            } else {
                sendLeave("the consumer is being closed");
            }
        }
        if (leaveUntilMs <= nowMs && phase == Phase.LEAVING) {
            closed();
        }
        if (beats() && heartbeatAtMs <= nowMs) {
            sendHeartbeat();
        }
        if (looksUp() && lookupAtMs <= nowMs) {
            lookUp();
        }
        if (refreshAtMs <= nowMs && phase != Phase.LEAVING) {
            Set<String> names = new HashSet<>(topics);
            if (led != null) {
                names.addAll(led.partitionCounts().keySet());
            }
            refresh(names);
        }
    }

    private void expireSession() {
        if (sessionEndMs() <= nowMs) {
            lose("no heartbeat was answered for " + times.sessionTimeoutMs() + " ms");
            if (closing) {
                leave();
            } else if (phase != Phase.JOINING) {
                rejoin("the session timed out", 0);
            }
        }
    }

    private boolean beats() {
        return phase == Phase.STABLE || phase == Phase.DRAINING || phase == Phase.ASSIGNING;
    }

    private boolean looksUp() {
        return (phase == Phase.STABLE || phase == Phase.DRAINING) && !closing && confirmed && lookupId == NONE;
    }

    /// A request that waits at the coordinator keeps the session alive, if it arrived.
    private long sessionEndMs() {
        boolean waits = phase == Phase.SYNCING || (phase == Phase.JOINING && requestId != NONE && !doubtful);
        boolean counts = generationId >= 0 && !waits && phase != Phase.LEAVING;
        return counts ? lastAliveMs + times.sessionTimeoutMs() : NEVER;
    }

    @Override
    public long wakeAtMs() {
        if (phase == Phase.CLOSED || phase == Phase.FAILED) {
            return NEVER;
        }
        long wakeAtMs = Math.min(sendAtMs, sessionEndMs());
        wakeAtMs = Math.min(wakeAtMs, ownership.nextDeadlineMs().orElse(NEVER));
        if (phase == Phase.LEAVING) {
            return Math.min(wakeAtMs, leaveUntilMs);
        }
        wakeAtMs = Math.min(wakeAtMs, refreshAtMs);
        wakeAtMs = beats() ? Math.min(wakeAtMs, heartbeatAtMs) : wakeAtMs;
        return looksUp() ? Math.min(wakeAtMs, lookupAtMs) : wakeAtMs;
    }
}
