package io.sampo.core.group;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.jspecify.annotations.Nullable;

/// JoinGroup (v0-v9): who may become or stay a member, and when a join starts a rebalance. KIP-394 (member id
/// required), KIP-345 (static members), KIP-814 (skip assignment).
final class JoinRule {
    private static final String UNKNOWN_MEMBER_ID = JoinGroupRequest.UNKNOWN_MEMBER_ID;

    private final CoordinatorState state;
    private final GroupSettings settings;
    private final Rebalance rebalance;
    private final Supplier<String> uniqueIds;

    JoinRule(CoordinatorState state, GroupSettings settings, Rebalance rebalance, Supplier<String> uniqueIds) {
        this.state = state;
        this.settings = settings;
        this.rebalance = rebalance;
        this.uniqueIds = uniqueIds;
    }

    void join(Turn turn, Caller caller, JoinGroupRequestData request) {
        String memberId = request.memberId();
        if (request.groupId() == null || request.groupId().isEmpty()) {
            refuse(turn, caller, memberId, Errors.INVALID_GROUP_ID);
            return;
        }
        if (request.sessionTimeoutMs() < settings.minSessionTimeoutMs()
                || request.sessionTimeoutMs() > settings.maxSessionTimeoutMs()) {
            refuse(turn, caller, memberId, Errors.INVALID_SESSION_TIMEOUT);
            return;
        }
        boolean isUnknownMember = memberId.equals(UNKNOWN_MEMBER_ID);
        ClassicGroup group = state.group(request.groupId());
        boolean isNewGroup = group == null;
        if (group == null) {
            if (!isUnknownMember) {
                refuse(turn, caller, memberId, Errors.UNKNOWN_MEMBER_ID);
                return;
            }
            group = state.create(request.groupId(), turn.nowMs());
        }
        if (!hasRoomFor(group, memberId)) {
            group.remove(memberId);
            refuse(turn, caller, UNKNOWN_MEMBER_ID, Errors.GROUP_MAX_SIZE_REACHED);
        } else if (!group.supportsProtocols(request.protocolType(), Member.Protocol.of(request.protocols()))) {
            refuse(turn, caller, memberId, Errors.INCONSISTENT_GROUP_PROTOCOL);
        } else if (isUnknownMember) {
            joinAsNew(turn, caller, request, group);
        } else {
            joinAgain(turn, caller, request, group);
        }
        if (isNewGroup && !turn.hasRecords()) {
            storeNewGroup(turn, group);
        }
    }

    /// A group that exists in memory gets its record, so that it exists after a restart as well.
    private void storeNewGroup(Turn turn, ClassicGroup group) {
        GroupRecord.Generation empty =
                new GroupRecord.Generation("", 0, null, null, group.currentStateTimestampMs(), List.of());
        turn.append(new GroupRecord.GroupMetadata(group.groupId(), empty), (later, error) -> {
            if (error != Errors.NONE && isPresent(group)) {
                dissolve(later, group, error);
            }
        });
    }

    /// The group could not be stored: everybody has to come again.
    private void dissolve(Turn turn, ClassicGroup group, Errors error) {
        for (Member member : group.members()) {
            turn.reply(
                    group.parkJoin(member, Member.NOT_WAITING),
                    new JoinGroupResponseData().setMemberId("").setErrorCode(error.code()));
            turn.reply(member.syncRequestId(), new SyncGroupResponseData().setErrorCode(error.code()));
            member.setSyncRequestId(Member.NOT_WAITING);
        }
        state.forget(group);
    }

    /// While a rebalance is prepared the members that have joined count, as the group may hold more than the limit
    /// when the limit was lowered; so the last ones to join again are left out.
    private boolean hasRoomFor(ClassicGroup group, String memberId) {
        return switch (group.state()) {
            case EMPTY, DEAD -> true;
            case PREPARING_REBALANCE ->
                (group.hasMember(memberId) && group.member(memberId).isAwaitingJoin())
                        || group.awaitingJoinCount() < settings.groupMaxSize();
            case COMPLETING_REBALANCE, STABLE ->
                group.hasMember(memberId) || group.members().size() < settings.groupMaxSize();
        };
    }

    private void joinAsNew(Turn turn, Caller caller, JoinGroupRequestData request, ClassicGroup group) {
        String instanceId = request.groupInstanceId();
        String newMemberId = (instanceId == null ? caller.clientId() : instanceId) + "-" + uniqueIds.get();
        if (instanceId != null) {
            String existing = group.staticMemberId(instanceId);
            if (existing == null) {
                addMember(turn, caller, request, group, newMemberId);
            } else {
                replaceStaticMember(turn, caller, request, group, existing, newMemberId);
            }
        } else if (JoinGroupRequest.requiresKnownMemberId(caller.apiVersion())) {
            group.pendingJoinMembers().add(newMemberId);
            rebalance.scheduleSession(turn, group, newMemberId, request.sessionTimeoutMs());
            refuse(turn, caller, newMemberId, Errors.MEMBER_ID_REQUIRED);
        } else {
            addMember(turn, caller, request, group, newMemberId);
        }
    }

    private void joinAgain(Turn turn, Caller caller, JoinGroupRequestData request, ClassicGroup group) {
        String memberId = request.memberId();
        if (request.groupInstanceId() == null && group.pendingJoinMembers().contains(memberId)) {
            addMember(turn, caller, request, group, memberId);
            return;
        }
        Errors invalid = group.validateMember(memberId, request.groupInstanceId());
        if (invalid != Errors.NONE) {
            turn.reply(
                    caller.requestId(),
                    failed(memberId, invalid).setProtocolType(null).setProtocolName(null));
            return;
        }
        Member member = group.member(memberId);
        boolean isUnchanged = member.hasSameProtocols(Member.Protocol.of(request.protocols()));
        switch (group.state()) {
            case PREPARING_REBALANCE -> updateMember(turn, caller, request, group, member);
            case COMPLETING_REBALANCE -> {
                if (isUnchanged) {
                    // It may not have got the answer to its first join.
                    replyPresentGeneration(turn, caller, group, memberId);
                } else {
                    updateMember(turn, caller, request, group, member);
                }
            }
            case STABLE -> {
                // The leader joins again to change assignments, for instance because a topic has grown.
                if (isUnchanged && !group.isLeader(memberId)) {
                    replyPresentGeneration(turn, caller, group, memberId);
                } else {
                    updateMember(turn, caller, request, group, member);
                }
            }
            case EMPTY, DEAD -> refuse(turn, caller, memberId, Errors.UNKNOWN_MEMBER_ID);
        }
    }

    private void replyPresentGeneration(Turn turn, Caller caller, ClassicGroup group, String memberId) {
        boolean withMembers = group.isLeader(memberId) && group.isIn(GroupState.COMPLETING_REBALANCE);
        turn.reply(caller.requestId(), rebalance.joined(group, memberId, withMembers, false));
    }

    private void addMember(
            Turn turn, Caller caller, JoinGroupRequestData request, ClassicGroup group, String memberId) {
        Member member = new Member(
                memberId,
                request.groupInstanceId(),
                caller.clientId(),
                caller.clientHost(),
                rebalanceTimeoutMs(request),
                request.sessionTimeoutMs(),
                request.protocolType(),
                Member.Protocol.of(request.protocols()),
                Member.NO_ASSIGNMENT);
        member.setNew(true);
        if (group.isIn(GroupState.PREPARING_REBALANCE) && group.previousState() == GroupState.EMPTY) {
            group.setNewMemberAdded(true);
        }
        group.add(member, caller.requestId());
        // It cannot heartbeat before its join is answered, and a client that is gone is not noticed while its join is
        // parked: the join itself gets a deadline.
        rebalance.scheduleSession(turn, group, memberId, settings.newMemberJoinTimeoutMs());
        rebalance.prepareOrCompleteJoin(turn, group);
    }

    private void updateMember(
            Turn turn, Caller caller, JoinGroupRequestData request, ClassicGroup group, Member member) {
        updateAndPark(turn, caller, request, group, member);
        rebalance.prepareOrCompleteJoin(turn, group);
    }

    private void updateAndPark(
            Turn turn, Caller caller, JoinGroupRequestData request, ClassicGroup group, Member member) {
        group.update(
                member,
                Member.Protocol.of(request.protocols()),
                rebalanceTimeoutMs(request),
                request.sessionTimeoutMs());
        long superseded = group.parkJoin(member, caller.requestId());
        // The client gave up on its former join; every request gets an answer, so that one is told to try again.
        turn.reply(superseded, failed(member.memberId(), Errors.REBALANCE_IN_PROGRESS));
    }

    /// A static member came back without its id: it gets a new one in the place of the old one, which is fenced.
    private void replaceStaticMember(
            Turn turn,
            Caller caller,
            JoinGroupRequestData request,
            ClassicGroup group,
            String oldMemberId,
            String newMemberId) {
        String formerLeaderId = group.leaderId();
        Member old = group.member(oldMemberId);
        fence(turn, group, old);
        Member member = group.replaceStaticMember(
                java.util.Objects.requireNonNull(request.groupInstanceId()), oldMemberId, newMemberId);
        state.timers().cancel(Timers.Key.session(group.groupId(), oldMemberId));
        rebalance.scheduleSession(turn, group, member);
        updateAndPark(turn, caller, request, group, member);
        switch (group.state()) {
            case STABLE -> {
                if (group.selectProtocol().equals(group.protocolName())) {
                    storeReplacement(turn, caller, group, member, old, formerLeaderId);
                } else {
                    rebalance.prepareOrCompleteJoin(turn, group);
                }
            }
            // The leader may be assigning to the old id right now.
            case COMPLETING_REBALANCE -> rebalance.prepare(turn, group);
            case PREPARING_REBALANCE, EMPTY, DEAD -> rebalance.maybeCompleteJoin(turn, group);
        }
    }

    /// Keeps the generation and its assignment: a restart within the session costs no rebalance.
    private void storeReplacement(
            Turn turn, Caller caller, ClassicGroup group, Member member, Member old, @Nullable String formerLeaderId) {
        Map<String, byte[]> assignments = new java.util.LinkedHashMap<>();
        group.members().forEach(each -> assignments.put(each.memberId(), each.assignment()));
        turn.append(group.record(assignments), (later, error) -> {
            if (!isPresent(group) || !group.hasMember(member.memberId()) || !member.isAwaitingJoin()) {
                return;
            }
            long requestId = group.parkJoin(member, Member.NOT_WAITING);
            boolean isLeader = group.isLeader(member.memberId());
            if (error != Errors.NONE) {
                group.update(member, old.protocols(), old.rebalanceTimeoutMs(), old.sessionTimeoutMs());
                Member reverted = group.replaceStaticMember(
                        java.util.Objects.requireNonNull(member.groupInstanceId()), member.memberId(), old.memberId());
                state.timers().cancel(Timers.Key.session(group.groupId(), member.memberId()));
                rebalance.scheduleSession(later, group, reverted);
                later.reply(
                        requestId,
                        rebalance
                                .joined(group, UNKNOWN_MEMBER_ID, false, false)
                                .setLeader(formerLeaderId)
                                .setErrorCode(error.code()));
            } else if (JoinGroupRequest.supportsSkippingAssignment(caller.apiVersion())) {
                later.reply(requestId, rebalance.joined(group, member.memberId(), isLeader, isLeader));
            } else {
                // Told of the former leader, an old client does not think that it has to assign.
                later.reply(
                        requestId,
                        rebalance.joined(group, member.memberId(), false, false).setLeader(formerLeaderId));
            }
        });
    }

    private void fence(Turn turn, ClassicGroup group, Member old) {
        turn.reply(
                group.parkJoin(old, Member.NOT_WAITING),
                failed(old.memberId(), Errors.FENCED_INSTANCE_ID)
                        .setProtocolName(null)
                        .setProtocolType(null)
                        .setLeader(""));
        turn.reply(old.syncRequestId(), new SyncGroupResponseData().setErrorCode(Errors.FENCED_INSTANCE_ID.code()));
        old.setSyncRequestId(Member.NOT_WAITING);
    }

    private boolean isPresent(ClassicGroup group) {
        ClassicGroup present = state.group(group.groupId());
        return present != null && present == group;
    }

    /// v0 does not have a rebalance timeout: the session timeout counts (the schema's default is -1).
    private static int rebalanceTimeoutMs(JoinGroupRequestData request) {
        return request.rebalanceTimeoutMs() < 0 ? request.sessionTimeoutMs() : request.rebalanceTimeoutMs();
    }

    private static void refuse(Turn turn, Caller caller, String memberId, Errors error) {
        turn.reply(caller.requestId(), failed(memberId, error));
    }

    private static JoinGroupResponseData failed(String memberId, Errors error) {
        return new JoinGroupResponseData().setMemberId(memberId).setErrorCode(error.code());
    }
}
