package io.sampo.core.group;

import io.sampo.core.group.Timers.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/// Moves a group from one generation to the next: asks everybody to join, waits for them, forms the generation.
/// Used by the rules of join, sync and leave. Not thread-safe.
class Rebalance {
    private final CoordinatorState state;
    private final GroupSettings settings;

    Rebalance(CoordinatorState state, GroupSettings settings) {
        this.state = state;
        this.settings = settings;
    }

    /// Something about the members changed: starts a rebalance, or ends the join phase if that was all it waited
    /// for.
    void prepareOrCompleteJoin(Turn turn, ClassicGroup group) {
        if (group.state().mayMoveTo(GroupState.PREPARING_REBALANCE)) {
            prepare(turn, group);
        } else {
            maybeCompleteJoin(turn, group);
        }
    }

    void prepare(Turn turn, ClassicGroup group) {
        if (group.isIn(GroupState.COMPLETING_REBALANCE)) {
            // Members that wait for their assignment will not get this one.
            propagateError(turn, group, Errors.REBALANCE_IN_PROGRESS);
        }
        group.pendingSyncMembers().clear();
        state.timers().cancel(Key.sync(group.groupId()));

        boolean isInitial = group.isIn(GroupState.EMPTY);
        if (isInitial) {
            int delayMs = settings.initialRebalanceDelayMs();
            scheduleInitial(turn, group, delayMs, Math.max(group.rebalanceTimeoutMs() - delayMs, 0));
        }
        group.transitionTo(GroupState.PREPARING_REBALANCE, turn.nowMs());
        if (isInitial && settings.initialRebalanceDelayMs() > 0) {
            return;
        }
        if (group.hasAllMembersJoined()) {
            completeJoin(turn, group);
        } else if (!isInitial) {
            scheduleJoin(turn, group);
        }
    }

    /// Ends the join phase when everybody is there. A first rebalance ends only by its delay.
    void maybeCompleteJoin(Turn turn, ClassicGroup group) {
        if (group.isIn(GroupState.PREPARING_REBALANCE)
                && (group.previousState() != GroupState.EMPTY || settings.initialRebalanceDelayMs() == 0)
                && group.hasAllMembersJoined()) {
            completeJoin(turn, group);
        }
    }

    private void scheduleInitial(Turn turn, ClassicGroup group, int delayMs, int remainingMs) {
        state.timers()
                .schedule(
                        Key.join(group.groupId()),
                        turn.nowMs() + delayMs,
                        later -> initialDelayOver(later, group, delayMs, remainingMs));
    }

    /// Each new member prolongs the first rebalance by the delay, at most to the rebalance timeout (KIP-134).
    private void initialDelayOver(Turn turn, ClassicGroup group, int delayMs, int remainingMs) {
        if (isGone(group)) {
            return;
        }
        if (group.newMemberAdded() && remainingMs > 0) {
            group.setNewMemberAdded(false);
            scheduleInitial(
                    turn,
                    group,
                    Math.min(settings.initialRebalanceDelayMs(), remainingMs),
                    Math.max(remainingMs - delayMs, 0));
        } else {
            completeJoin(turn, group);
        }
    }

    private void scheduleJoin(Turn turn, ClassicGroup group) {
        state.timers().schedule(Key.join(group.groupId()), turn.nowMs() + group.rebalanceTimeoutMs(), later -> {
            if (!isGone(group) && group.isIn(GroupState.PREPARING_REBALANCE)) {
                completeJoin(later, group);
            }
        });
    }

    /// Forms the next generation from those who joined; dynamic members who did not are out, static ones keep their
    /// place until their session ends.
    void completeJoin(Turn turn, ClassicGroup group) {
        state.timers().cancel(Key.join(group.groupId()));
        for (Member member : new ArrayList<>(group.members())) {
            if (!mayStay(member)) {
                group.remove(member.memberId());
                state.timers().cancel(Key.session(group.groupId(), member.memberId()));
            }
        }
        if (!group.electJoinedLeader() && !group.members().isEmpty()) {
            // Only static members are left and none of them is here: wait until one comes or all sessions end.
            scheduleJoin(turn, group);
            return;
        }
        group.initNextGeneration(turn.nowMs());
        if (group.isIn(GroupState.EMPTY)) {
            // If this is lost, the former generation comes back after a restart and times out: nothing to repair.
            turn.append(group.record(Map.of()), (_, _) -> {});
        } else {
            answerJoins(turn, group);
            scheduleSync(turn, group);
        }
    }

    boolean mayStay(Member member) {
        return member.isAwaitingJoin() || member.isStatic();
    }

    private void answerJoins(Turn turn, ClassicGroup group) {
        for (Member member : group.members()) {
            long requestId = group.parkJoin(member, Member.NOT_WAITING);
            turn.reply(requestId, joined(group, member.memberId(), group.isLeader(member.memberId()), false));
            scheduleSession(turn, group, member);
            member.setNew(false);
            group.pendingSyncMembers().add(member.memberId());
        }
    }

    private void scheduleSync(Turn turn, ClassicGroup group) {
        int generationId = group.generationId();
        state.timers()
                .schedule(
                        Key.sync(group.groupId()),
                        turn.nowMs() + group.rebalanceTimeoutMs(),
                        later -> syncPhaseOver(later, group, generationId));
    }

    /// Members that joined and then never asked for their assignment are out.
    private void syncPhaseOver(Turn turn, ClassicGroup group, int generationId) {
        boolean applies = !isGone(group)
                && group.generationId() == generationId
                && (group.isIn(GroupState.COMPLETING_REBALANCE) || group.isIn(GroupState.STABLE))
                && !group.pendingSyncMembers().isEmpty();
        if (!applies) {
            return;
        }
        for (String memberId : List.copyOf(group.pendingSyncMembers())) {
            group.remove(memberId);
            state.timers().cancel(Key.session(group.groupId(), memberId));
        }
        prepare(turn, group);
    }

    /// The answer to a join in the present generation.
    ///
    /// @param withMembers the leader gets everybody's subscription, to assign partitions
    JoinGroupResponseData joined(ClassicGroup group, String memberId, boolean withMembers, boolean skipAssignment) {
        List<JoinGroupResponseMember> members = new ArrayList<>();
        if (withMembers) {
            group.members()
                    .forEach(member -> members.add(new JoinGroupResponseMember()
                            .setMemberId(member.memberId())
                            .setGroupInstanceId(member.groupInstanceId())
                            .setMetadata(member.metadata(group.protocolName()))));
        }
        return new JoinGroupResponseData()
                .setMembers(members)
                .setMemberId(memberId)
                .setGenerationId(group.generationId())
                .setProtocolName(group.protocolName())
                .setProtocolType(group.protocolType())
                .setLeader(group.leaderId())
                .setSkipAssignment(skipAssignment);
    }

    /// Hands the members their assignments and ends the rebalance.
    void stabilize(Turn turn, ClassicGroup group, Map<String, byte[]> assignments) {
        group.members().forEach(member -> member.setAssignment(assignmentOf(member, assignments)));
        answerSyncs(turn, group, Errors.NONE);
        group.transitionTo(GroupState.STABLE, turn.nowMs());
    }

    byte[] assignmentOf(Member member, Map<String, byte[]> assignments) {
        return assignments.getOrDefault(member.memberId(), Member.NO_ASSIGNMENT);
    }

    void propagateError(Turn turn, ClassicGroup group, Errors error) {
        group.members().forEach(member -> member.setAssignment(Member.NO_ASSIGNMENT));
        answerSyncs(turn, group, error);
    }

    private void answerSyncs(Turn turn, ClassicGroup group, Errors error) {
        for (Member member : group.members()) {
            if (!member.isAwaitingSync()) {
                continue;
            }
            turn.reply(
                    member.syncRequestId(),
                    new SyncGroupResponseData()
                            .setProtocolName(error == Errors.NONE ? group.protocolName() : null)
                            .setProtocolType(error == Errors.NONE ? group.protocolType() : null)
                            .setAssignment(member.assignment())
                            .setErrorCode(error.code()));
            member.setSyncRequestId(Member.NOT_WAITING);
            // A session that ended while the member was waiting was ignored, so it starts anew.
            scheduleSession(turn, group, member);
        }
    }

    void scheduleSession(Turn turn, ClassicGroup group, Member member) {
        scheduleSession(turn, group, member.memberId(), member.sessionTimeoutMs());
    }

    void scheduleSession(Turn turn, ClassicGroup group, String memberId, int timeoutMs) {
        state.timers()
                .schedule(
                        Key.session(group.groupId(), memberId),
                        turn.nowMs() + timeoutMs,
                        later -> sessionOver(later, group, memberId));
    }

    private void sessionOver(Turn turn, ClassicGroup group, String memberId) {
        if (isGone(group)) {
            return;
        }
        if (group.pendingJoinMembers().contains(memberId)) {
            group.remove(memberId);
            maybeCompleteJoinAfterRemoval(turn, group);
        } else if (group.hasMember(memberId) && !group.member(memberId).isAliveWithoutHeartbeat()) {
            removeMember(turn, group, memberId);
            if (group.isIn(GroupState.PREPARING_REBALANCE)) {
                maybeCompleteJoinAfterRemoval(turn, group);
            } else {
                prepareOrCompleteJoin(turn, group);
            }
        }
    }

    private void maybeCompleteJoinAfterRemoval(Turn turn, ClassicGroup group) {
        if (group.isIn(GroupState.PREPARING_REBALANCE) && group.hasAllMembersJoined()) {
            completeJoin(turn, group);
        }
    }

    /// Takes a member out and answers what it has parked, so that a client that is still there joins again.
    void removeMember(Turn turn, ClassicGroup group, String memberId) {
        Member member = group.member(memberId);
        state.timers().cancel(Key.session(group.groupId(), memberId));
        turn.reply(
                group.parkJoin(member, Member.NOT_WAITING),
                new JoinGroupResponseData().setMemberId("").setErrorCode(Errors.UNKNOWN_MEMBER_ID.code()));
        turn.reply(member.syncRequestId(), new SyncGroupResponseData().setErrorCode(Errors.UNKNOWN_MEMBER_ID.code()));
        member.setSyncRequestId(Member.NOT_WAITING);
        group.remove(memberId);
    }

    /// A timer may outlive its group.
    private boolean isGone(ClassicGroup group) {
        ClassicGroup present = state.group(group.groupId());
        return present == null || present != group;
    }
}
