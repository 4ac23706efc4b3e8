package io.sampo.actors.api;

import io.sampo.actors.group.GroupReply;
import io.sampo.actors.group.GroupRouter;
import io.sampo.core.api.ClientRequest;
import io.sampo.core.api.RequestHandler;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.jspecify.annotations.Nullable;

/// JoinGroup (v0-v9), SyncGroup (v0-v5), Heartbeat (v0-v4) and LeaveGroup (v0-v5).
///
/// Thread rule: [RequestHandler]'s; the answers come on the coordinator's thread.
public final class GroupMembershipHandler implements RequestHandler {
    private final GroupRouter router;

    public GroupMembershipHandler(GroupRouter router) {
        this.router = router;
    }

    @Override
    public void handle(ClientRequest request) {
        switch (request.body()) {
            case JoinGroupRequest join -> join(request, join.data());
            case SyncGroupRequest sync -> sync(request, sync);
            case HeartbeatRequest heartbeat -> heartbeat(request, heartbeat.data());
            case LeaveGroupRequest leave -> leave(request, leave.normalizedData());
            default -> GroupRequests.refuse(request, Errors.INVALID_REQUEST);
        }
    }

    private void join(ClientRequest request, JoinGroupRequestData data) {
        if (isMissing(data.groupId())) {
            GroupRequests.refuse(request, Errors.INVALID_GROUP_ID);
            return;
        }
        GroupReply reply = GroupRequests.reply(
                JoinGroupResponseData.class,
                answer -> request.respond(new JoinGroupResponse(answer, request.apiVersion())),
                error -> request.respond(new JoinGroupResponse(
                        new JoinGroupResponseData().setMemberId(data.memberId()).setErrorCode(error.code()),
                        request.apiVersion())));
        router.ask(
                data.groupId(),
                GroupRequests.ask(request, (core, caller, nowMs) -> core.join(caller, data, nowMs), reply));
    }

    private void sync(ClientRequest request, SyncGroupRequest body) {
        SyncGroupRequestData data = body.data();
        if (!body.areMandatoryProtocolTypeAndNamePresent()) {
            GroupRequests.refuse(request, Errors.INCONSISTENT_GROUP_PROTOCOL);
            return;
        }
        if (isMissing(data.groupId())) {
            GroupRequests.refuse(request, Errors.INVALID_GROUP_ID);
            return;
        }
        router.ask(
                data.groupId(),
                GroupRequests.ask(
                        request,
                        (core, caller, nowMs) -> core.sync(caller, data, nowMs),
                        GroupRequests.respond(request, SyncGroupResponseData.class, SyncGroupResponse::new)));
    }

    private void heartbeat(ClientRequest request, HeartbeatRequestData data) {
        if (isMissing(data.groupId())) {
            GroupRequests.refuse(request, Errors.INVALID_GROUP_ID);
            return;
        }
        GroupReply reply = GroupRequests.reply(
                HeartbeatResponseData.class, answer -> request.respond(new HeartbeatResponse(answer)), error -> {
                    // While the group is being loaded nobody can say that the member is not in it.
                    Errors shown = error == Errors.COORDINATOR_LOAD_IN_PROGRESS ? Errors.NONE : error;
                    request.respond(new HeartbeatResponse(new HeartbeatResponseData().setErrorCode(shown.code())));
                });
        router.ask(
                data.groupId(),
                GroupRequests.ask(request, (core, caller, nowMs) -> core.heartbeat(caller, data, nowMs), reply));
    }

    private void leave(ClientRequest request, LeaveGroupRequestData data) {
        if (isMissing(data.groupId())) {
            GroupRequests.refuse(request, Errors.INVALID_GROUP_ID);
            return;
        }
        router.ask(
                data.groupId(),
                GroupRequests.ask(
                        request,
                        (core, caller, nowMs) -> core.leave(caller, data, nowMs),
                        GroupRequests.respond(
                                request,
                                LeaveGroupResponseData.class,
                                answer -> new LeaveGroupResponse(answer, request.apiVersion()))));
    }

    private static boolean isMissing(@Nullable String groupId) {
        return groupId == null || groupId.isEmpty();
    }
}
