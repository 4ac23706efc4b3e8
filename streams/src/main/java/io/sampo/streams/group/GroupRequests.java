package io.sampo.streams.group;

import java.util.List;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.SyncGroupRequest;

/// Between what the rules say and the requests of each version.
final class GroupRequests {
    private GroupRequests() {}

    static AbstractRequest.Builder<?> builder(ApiMessage request) {
        return switch (request) {
            case JoinGroupRequestData join -> new JoinGroupRequest.Builder(join);
            case SyncGroupRequestData sync -> new SyncGroupRequest.Builder(sync);
            case HeartbeatRequestData heartbeat -> new HeartbeatRequest.Builder(heartbeat);
            case LeaveGroupRequestData leave ->
                new LeaveGroupRequest.Builder(leave.groupId(), List.copyOf(leave.members()));
            case ConsumerGroupHeartbeatRequestData heartbeat -> new ConsumerGroupHeartbeatRequest.Builder(heartbeat);
            case OffsetFetchRequestData fetch -> OffsetFetchRequest.Builder.forTopicNames(fetch, false);
            case OffsetCommitRequestData commit -> OffsetCommitRequest.Builder.forTopicNames(commit);
            default -> throw new IllegalArgumentException("no request of a group: " + request);
        };
    }

    /// @return of an OffsetFetch: the group's part
    static Message response(String groupId, AbstractResponse response) {
        return response instanceof OffsetFetchResponse offsets ? offsets.group(groupId) : response.data();
    }
}
