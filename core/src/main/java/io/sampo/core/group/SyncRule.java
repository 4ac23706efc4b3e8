package io.sampo.core.group;

import io.sampo.core.group.Timers.Key;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// SyncGroup (v0-v5) and Heartbeat (v0-v4): how members of a generation get their assignment and stay alive.
final class SyncRule {
    private final CoordinatorState state;
    private final Rebalance rebalance;

    SyncRule(CoordinatorState state, Rebalance rebalance) {
        this.state = state;
        this.rebalance = rebalance;
    }

    void sync(Turn turn, Caller caller, SyncGroupRequestData request) {
        ClassicGroup group = state.group(request.groupId());
        Errors error = validateSync(group, request);
        if (group == null || error != Errors.NONE) {
            turn.reply(caller.requestId(), new SyncGroupResponseData().setErrorCode(error.code()));
            return;
        }
        Member member = group.member(request.memberId());
        synced(group, member);
        if (group.isIn(GroupState.STABLE)) {
            turn.reply(
                    caller.requestId(),
                    new SyncGroupResponseData()
                            .setProtocolType(group.protocolType())
                            .setProtocolName(group.protocolName())
                            .setAssignment(member.assignment()));
            return;
        }
        // COMPLETING_REBALANCE. A repeated sync takes the place of the one that the client gave up on.
        turn.reply(
                member.syncRequestId(), new SyncGroupResponseData().setErrorCode(Errors.REBALANCE_IN_PROGRESS.code()));
        member.setSyncRequestId(caller.requestId());
        if (group.isLeader(request.memberId())) {
            storeAssignment(turn, group, request);
        }
    }

    private void storeAssignment(Turn turn, ClassicGroup group, SyncGroupRequestData request) {
        Map<String, byte[]> assignments = new LinkedHashMap<>();
        request.assignments().forEach(each -> {
            if (group.hasMember(each.memberId())) {
                assignments.put(each.memberId(), each.assignment());
            }
        });
        int generationId = group.generationId();
        turn.append(group.record(assignments), (later, error) -> {
            // The group may have moved on while the record was under way.
            ClassicGroup present = state.group(group.groupId());
            boolean isStillWaiting = present == group
                    && group.isIn(GroupState.COMPLETING_REBALANCE)
                    && group.generationId() == generationId;
            if (!isStillWaiting) {
                return;
            }
            if (error == Errors.NONE) {
                rebalance.stabilize(later, group, assignments);
            } else {
                rebalance.propagateError(later, group, error);
                rebalance.prepareOrCompleteJoin(later, group);
            }
        });
    }

    private void synced(ClassicGroup group, Member member) {
        group.pendingSyncMembers().remove(member.memberId());
        if (group.pendingSyncMembers().isEmpty()) {
            state.timers().cancel(Key.sync(group.groupId()));
        }
    }

    private static Errors validateSync(@Nullable ClassicGroup group, SyncGroupRequestData request) {
        if (request.groupId() == null || request.groupId().isEmpty()) {
            return Errors.INVALID_GROUP_ID;
        }
        if (group == null || group.isIn(GroupState.EMPTY)) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        Errors invalid = group.validateMember(request.memberId(), request.groupInstanceId());
        if (invalid != Errors.NONE) {
            return invalid;
        }
        if (request.generationId() != group.generationId()) {
            return Errors.ILLEGAL_GENERATION;
        }
        if (contradicts(request.protocolType(), group.protocolType())
                || contradicts(request.protocolName(), group.protocolName())) {
            return Errors.INCONSISTENT_GROUP_PROTOCOL;
        }
        return group.isIn(GroupState.PREPARING_REBALANCE) ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE;
    }

    private static boolean contradicts(@Nullable String claimed, @Nullable String actual) {
        return claimed != null && actual != null && !claimed.equals(actual);
    }

    void heartbeat(Turn turn, Caller caller, HeartbeatRequestData request) {
        turn.reply(
                caller.requestId(),
                new HeartbeatResponseData().setErrorCode(beat(turn, request).code()));
    }

    private Errors beat(Turn turn, HeartbeatRequestData request) {
        if (request.groupId() == null || request.groupId().isEmpty()) {
            return Errors.INVALID_GROUP_ID;
        }
        ClassicGroup group = state.group(request.groupId());
        if (group == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        Errors invalid = group.validateMember(request.memberId(), request.groupInstanceId());
        if (invalid != Errors.NONE) {
            return invalid;
        }
        if (request.generationId() != group.generationId()) {
            return Errors.ILLEGAL_GENERATION;
        }
        rebalance.scheduleSession(turn, group, group.member(request.memberId()));
        return group.isIn(GroupState.PREPARING_REBALANCE) ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE;
    }
}
