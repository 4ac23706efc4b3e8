package io.sampo.core.group;

import io.sampo.core.partition.Invariant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Members and generation of one classic group. Keeps its own books consistent; who may do what, and what the
/// clients are told, is decided by the rules around it. Mutable; not thread-safe; members are kept in the order of
/// joining, so that every choice made here is reproducible.
final class ClassicGroup {
    static final String CONSUMER_PROTOCOL_TYPE = "consumer";

    private final String groupId;
    private final Map<String, Member> members = new LinkedHashMap<>();
    /// `group.instance.id` to member id.
    private final Map<String, String> staticMembers = new TreeMap<>();
    /// Ids handed out with MEMBER_ID_REQUIRED whose owner has not joined yet (KIP-394).
    private final Set<String> pendingJoinMembers = new LinkedHashSet<>();
    /// Members of the generation that have not asked for their assignment yet.
    private final Set<String> pendingSyncMembers = new LinkedHashSet<>();

    private final ProtocolVotes votes = new ProtocolVotes();
    private GroupState state = GroupState.EMPTY;
    private GroupState previousState = GroupState.DEAD;
    private long currentStateTimestampMs;
    private int generationId;
    private @Nullable String protocolType;
    private @Nullable String protocolName;
    private @Nullable String leaderId;
    private @Nullable Set<String> subscribedTopics;
    private boolean newMemberAdded;
    /// Invariant: the number of members with a parked join.
    private int awaitingJoinCount;

    ClassicGroup(String groupId, long nowMs) {
        this.groupId = groupId;
        this.currentStateTimestampMs = nowMs;
    }

    /// A group as a record describes it.
    static ClassicGroup from(String groupId, GroupRecord.Generation generation) {
        ClassicGroup group = new ClassicGroup(groupId, generation.currentStateTimestampMs());
        group.generationId = generation.generationId();
        group.protocolType = generation.protocolType().isEmpty() ? null : generation.protocolType();
        group.protocolName = generation.protocolName();
        group.leaderId = generation.leaderId();
        group.state = generation.members().isEmpty() ? GroupState.EMPTY : GroupState.STABLE;
        String protocol = generation.protocolName() == null ? "" : generation.protocolName();
        generation
                .members()
                .forEach(each -> group.add(
                        new Member(
                                each.memberId(),
                                each.groupInstanceId(),
                                each.clientId(),
                                each.clientHost(),
                                each.rebalanceTimeoutMs() < 0 ? each.sessionTimeoutMs() : each.rebalanceTimeoutMs(),
                                each.sessionTimeoutMs(),
                                generation.protocolType(),
                                List.of(new Member.Protocol(protocol, each.subscription())),
                                each.assignment()),
                        Member.NOT_WAITING));
        group.subscribedTopics = SubscribedTopics.of(group);
        return group;
    }

    /// The record of this generation.
    ///
    /// @param assignments by member id; members without one get an empty one
    GroupRecord record(Map<String, byte[]> assignments) {
        List<GroupRecord.MemberMetadata> memberRecords = new ArrayList<>(members.size());
        members.values()
                .forEach(member -> memberRecords.add(new GroupRecord.MemberMetadata(
                        member.memberId(),
                        member.groupInstanceId(),
                        member.clientId(),
                        member.clientHost(),
                        member.rebalanceTimeoutMs(),
                        member.sessionTimeoutMs(),
                        member.metadata(protocolName),
                        assignments.getOrDefault(member.memberId(), Member.NO_ASSIGNMENT))));
        return new GroupRecord.GroupMetadata(
                groupId,
                new GroupRecord.Generation(
                        protocolType == null ? "" : protocolType,
                        generationId,
                        protocolName,
                        leaderId,
                        currentStateTimestampMs,
                        memberRecords));
    }

    void transitionTo(GroupState next, long nowMs) {
        Invariant.check(state.mayMoveTo(next), "group %s: %s to %s", groupId, state, next);
        previousState = state;
        state = next;
        currentStateTimestampMs = nowMs;
    }

    void add(Member member, long joinRequestId) {
        if (members.isEmpty()) {
            protocolType = member.protocolType();
        }
        Invariant.check(!members.containsKey(member.memberId()), "member %s is in %s", member.memberId(), groupId);
        if (member.groupInstanceId() != null) {
            String previous = staticMembers.put(member.groupInstanceId(), member.memberId());
            Invariant.check(previous == null, "static member %s is in %s", member.groupInstanceId(), groupId);
        }
        if (leaderId == null) {
            leaderId = member.memberId();
        }
        members.put(member.memberId(), member);
        votes.add(member);
        parkJoin(member, joinRequestId);
        pendingJoinMembers.remove(member.memberId());
    }

    void remove(String memberId) {
        Member removed = members.remove(memberId);
        if (removed != null) {
            votes.remove(removed);
            if (removed.isAwaitingJoin()) {
                awaitingJoinCount--;
            }
            if (removed.groupInstanceId() != null) {
                staticMembers.remove(removed.groupInstanceId());
            }
        }
        if (isLeader(memberId)) {
            leaderId = members.isEmpty() ? null : members.keySet().iterator().next();
        }
        pendingJoinMembers.remove(memberId);
        pendingSyncMembers.remove(memberId);
    }

    /// Gives a static member its new id, in its old place. The caller has answered what the old one had parked.
    Member replaceStaticMember(String groupInstanceId, String oldMemberId, String newMemberId) {
        Member old = member(oldMemberId);
        Invariant.check(!old.isAwaitingJoin() && !old.isAwaitingSync(), "%s has parked requests", oldMemberId);
        Member replacement = old.withId(newMemberId);
        Map<String, Member> inOrder = new LinkedHashMap<>();
        members.forEach((id, member) -> {
            boolean isOld = id.equals(oldMemberId);
            inOrder.put(isOld ? newMemberId : id, isOld ? replacement : member);
        });
        members.clear();
        members.putAll(inOrder);
        staticMembers.put(groupInstanceId, newMemberId);
        // The old id can neither join nor sync any more, so nobody may wait for it.
        pendingSyncMembers.remove(oldMemberId);
        if (isLeader(oldMemberId)) {
            leaderId = newMemberId;
        }
        return replacement;
    }

    void update(Member member, List<Member.Protocol> protocols, int rebalanceTimeoutMs, int sessionTimeoutMs) {
        votes.remove(member);
        member.update(protocols, rebalanceTimeoutMs, sessionTimeoutMs);
        votes.add(member);
    }

    /// Parks a join, or un-parks it with [Member#NOT_WAITING].
    ///
    /// @return the request that was parked before, or NOT_WAITING
    long parkJoin(Member member, long requestId) {
        long previous = member.joinRequestId();
        member.setJoinRequestId(requestId);
        awaitingJoinCount += (requestId == Member.NOT_WAITING ? 0 : 1) - (previous == Member.NOT_WAITING ? 0 : 1);
        return previous;
    }

    /// Makes sure that the leader is one that has joined.
    ///
    /// @return false when nobody has
    boolean electJoinedLeader() {
        Member leader = leaderId == null ? null : members.get(leaderId);
        if (leader != null && leader.isAwaitingJoin()) {
            return true;
        }
        for (Member member : members.values()) {
            if (member.isAwaitingJoin()) {
                leaderId = member.memberId();
                return true;
            }
        }
        return false;
    }

    void initNextGeneration(long nowMs) {
        generationId++;
        protocolName = members.isEmpty() ? null : selectProtocol();
        subscribedTopics = SubscribedTopics.of(this);
        transitionTo(members.isEmpty() ? GroupState.EMPTY : GroupState.COMPLETING_REBALANCE, nowMs);
        pendingSyncMembers.clear();
    }

    String selectProtocol() {
        return votes.select(members.values());
    }

    boolean supportsProtocols(String memberProtocolType, List<Member.Protocol> protocols) {
        if (state == GroupState.EMPTY) {
            return !memberProtocolType.isEmpty() && !protocols.isEmpty();
        }
        return memberProtocolType.equals(protocolType) && votes.supportsAny(protocols, members.size());
    }

    /// @return NONE, UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another member took over the instance id
    Errors validateMember(String memberId, @Nullable String groupInstanceId) {
        if (groupInstanceId != null) {
            String existing = staticMembers.get(groupInstanceId);
            if (existing == null) {
                return Errors.UNKNOWN_MEMBER_ID;
            }
            if (!existing.equals(memberId)) {
                return Errors.FENCED_INSTANCE_ID;
            }
        }
        return members.containsKey(memberId) ? Errors.NONE : Errors.UNKNOWN_MEMBER_ID;
    }

    boolean hasAllMembersJoined() {
        return members.size() == awaitingJoinCount && pendingJoinMembers.isEmpty();
    }

    int awaitingJoinCount() {
        return awaitingJoinCount;
    }

    int rebalanceTimeoutMs() {
        int largest = 0;
        for (Member member : members.values()) {
            largest = Math.max(largest, member.rebalanceTimeoutMs());
        }
        return largest;
    }

    boolean usesConsumerProtocol() {
        return CONSUMER_PROTOCOL_TYPE.equals(protocolType);
    }

    boolean isSubscribedTo(String topic) {
        // A consumer group whose subscriptions cannot be read may be subscribed to anything.
        return subscribedTopics == null ? usesConsumerProtocol() : subscribedTopics.contains(topic);
    }

    boolean knowsSubscribedTopics() {
        return subscribedTopics != null;
    }

    String groupId() {
        return groupId;
    }

    GroupState state() {
        return state;
    }

    boolean isIn(GroupState expected) {
        return state == expected;
    }

    GroupState previousState() {
        return previousState;
    }

    /// -1 when unknown (loaded from an old record).
    long currentStateTimestampMs() {
        return currentStateTimestampMs;
    }

    int generationId() {
        return generationId;
    }

    @Nullable
    String protocolType() {
        return protocolType;
    }

    @Nullable
    String protocolName() {
        return protocolName;
    }

    @Nullable
    String leaderId() {
        return leaderId;
    }

    boolean isLeader(String memberId) {
        return memberId.equals(leaderId);
    }

    boolean newMemberAdded() {
        return newMemberAdded;
    }

    void setNewMemberAdded(boolean added) {
        newMemberAdded = added;
    }

    boolean hasMember(String memberId) {
        return members.containsKey(memberId);
    }

    Member member(String memberId) {
        Member member = members.get(memberId);
        if (member == null) {
            throw new IllegalStateException("group " + groupId + " has no member " + memberId);
        }
        return member;
    }

    Collection<Member> members() {
        return members.values();
    }

    @Nullable
    String staticMemberId(String groupInstanceId) {
        return staticMembers.get(groupInstanceId);
    }

    Set<String> pendingJoinMembers() {
        return pendingJoinMembers;
    }

    Set<String> pendingSyncMembers() {
        return pendingSyncMembers;
    }
}
