package io.sampo.core.group;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// LeaveGroup (v0-v5): members that go, or that an operator sends away by their instance id (KIP-345). One request,
/// at most one rebalance.
final class LeaveRule {
    private final CoordinatorState state;
    private final Rebalance rebalance;

    LeaveRule(CoordinatorState state, Rebalance rebalance) {
        this.state = state;
        this.rebalance = rebalance;
    }

    void leave(Turn turn, Caller caller, LeaveGroupRequestData request) {
        if (request.groupId() == null || request.groupId().isEmpty()) {
            turn.reply(caller.requestId(), new LeaveGroupResponseData().setErrorCode(Errors.INVALID_GROUP_ID.code()));
            return;
        }
        ClassicGroup group = state.group(request.groupId());
        List<MemberResponse> responses = new ArrayList<>(request.members().size());
        boolean someoneLeft = false;
        for (MemberIdentity member : request.members()) {
            Errors error = leave(turn, group, member);
            someoneLeft |= error == Errors.NONE;
            responses.add(new MemberResponse()
                    .setMemberId(member.memberId())
                    .setGroupInstanceId(member.groupInstanceId())
                    .setErrorCode(error.code()));
        }
        turn.reply(caller.requestId(), new LeaveGroupResponseData().setMembers(responses));
        if (group != null && someoneLeft) {
            switch (group.state()) {
                case STABLE, COMPLETING_REBALANCE -> rebalance.prepareOrCompleteJoin(turn, group);
                case PREPARING_REBALANCE -> rebalance.maybeCompleteJoin(turn, group);
                case EMPTY, DEAD -> {}
            }
        }
    }

    private Errors leave(Turn turn, @Nullable ClassicGroup group, MemberIdentity identity) {
        if (group == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        String memberId = identity.memberId();
        if (memberId.isEmpty()) {
            String instanceId = identity.groupInstanceId();
            String staticMemberId = instanceId == null ? null : group.staticMemberId(instanceId);
            if (staticMemberId == null) {
                return Errors.UNKNOWN_MEMBER_ID;
            }
            rebalance.removeMember(turn, group, staticMemberId);
            return Errors.NONE;
        }
        if (group.pendingJoinMembers().contains(memberId)) {
            group.remove(memberId);
            state.timers().cancel(Timers.Key.session(group.groupId(), memberId));
            return Errors.NONE;
        }
        Errors invalid = group.validateMember(memberId, identity.groupInstanceId());
        if (invalid == Errors.NONE) {
            rebalance.removeMember(turn, group, memberId);
        }
        return invalid;
    }
}
