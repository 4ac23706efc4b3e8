package io.sampo.core.group;

import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.jspecify.annotations.Nullable;

/// OffsetCommit (v2-v10): a commit counts only from a member of the present generation, or, without any generation,
/// to a group that nobody manages. That topics and partitions exist has been checked before.
class OffsetCommitRule {
    private final CoordinatorState state;
    private final GroupSettings settings;
    private final Rebalance rebalance;

    OffsetCommitRule(CoordinatorState state, GroupSettings settings, Rebalance rebalance) {
        this.state = state;
        this.settings = settings;
        this.rebalance = rebalance;
    }

    void commit(Turn turn, Caller caller, OffsetCommitRequestData request) {
        if (request.groupId() == null) {
            refuse(turn, caller, request, Errors.INVALID_GROUP_ID);
            return;
        }
        ClassicGroup group = state.group(request.groupId());
        Errors error = validate(group, caller, request);
        if (error != Errors.NONE) {
            refuse(turn, caller, request, error);
            return;
        }
        if (group != null && keepsSession(group, request.memberId())) {
            rebalance.scheduleSession(turn, group, group.member(request.memberId()));
        }
        store(turn, caller, request);
    }

    private static boolean keepsSession(ClassicGroup group, String memberId) {
        boolean hasSessions = group.isIn(GroupState.STABLE) || group.isIn(GroupState.PREPARING_REBALANCE);
        return hasSessions && group.hasMember(memberId);
    }

    private Errors validate(@Nullable ClassicGroup group, Caller caller, OffsetCommitRequestData request) {
        int generationId = request.generationIdOrMemberEpoch();
        if (group == null) {
            if (generationId < 0) {
                return Errors.NONE;
            }
            return caller.apiVersion() >= 9 ? Errors.GROUP_ID_NOT_FOUND : Errors.ILLEGAL_GENERATION;
        }
        if (generationId < 0 && group.isIn(GroupState.EMPTY)) {
            return Errors.NONE;
        }
        boolean claimsMembership =
                generationId >= 0 || !request.memberId().isEmpty() || request.groupInstanceId() != null;
        if (!claimsMembership) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        Errors invalid = group.validateMember(request.memberId(), request.groupInstanceId());
        if (invalid != Errors.NONE) {
            return invalid;
        }
        if (!isPresentGeneration(group, generationId)) {
            return Errors.ILLEGAL_GENERATION;
        }
        // The member knows the generation, but not yet what it owns in it.
        return group.isIn(GroupState.COMPLETING_REBALANCE) ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE;
    }

    /// A commit of an older generation could undo the progress of the partition's new owner.
    boolean isPresentGeneration(ClassicGroup group, int generationId) {
        return generationId == group.generationId();
    }

    private void store(Turn turn, Caller caller, OffsetCommitRequestData request) {
        OffsetCommitResponseData response = new OffsetCommitResponseData();
        long expireTimestampMs = request.retentionTimeMs() == OffsetCommitRequest.DEFAULT_RETENTION_TIME
                ? -1
                : turn.nowMs() + request.retentionTimeMs();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            OffsetCommitResponseTopic topicResponse =
                    new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                Errors error =
                        isTooLarge(partition.committedMetadata()) ? Errors.OFFSET_METADATA_TOO_LARGE : Errors.NONE;
                topicResponse
                        .partitions()
                        .add(new OffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(error.code()));
                if (error == Errors.NONE) {
                    turn.appendAndReplay(record(turn, request, topic, partition, expireTimestampMs));
                }
            }
            response.topics().add(topicResponse);
        }
        answer(turn, caller, response);
    }

    void answer(Turn turn, Caller caller, OffsetCommitResponseData response) {
        turn.replyOnceCommitted(caller.requestId(), response);
    }

    private static GroupRecord record(
            Turn turn,
            OffsetCommitRequestData request,
            OffsetCommitRequestTopic topic,
            OffsetCommitRequestPartition partition,
            long expireTimestampMs) {
        String metadata = partition.committedMetadata();
        return new GroupRecord.OffsetCommit(
                request.groupId(),
                topic.name(),
                partition.partitionIndex(),
                new CommittedOffset(
                        partition.committedOffset(),
                        partition.committedLeaderEpoch(),
                        metadata == null ? "" : metadata,
                        turn.nowMs(),
                        expireTimestampMs,
                        topic.topicId()));
    }

    private boolean isTooLarge(@Nullable String metadata) {
        return metadata != null && metadata.length() > settings.offsetMetadataMaxSize();
    }

    private static void refuse(Turn turn, Caller caller, OffsetCommitRequestData request, Errors error) {
        turn.reply(caller.requestId(), OffsetCommitRequest.getErrorResponse(request, error));
    }
}
