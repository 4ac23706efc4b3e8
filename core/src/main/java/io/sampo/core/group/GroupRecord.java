package io.sampo.core.group;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What `__consumer_offsets` holds, one record per group or per group and partition: the last one wins, so that
/// compaction keeps the state.
public sealed interface GroupRecord {

    String groupId();

    /// @param value null: the position is gone (tombstone)
    record OffsetCommit(
            String groupId,
            String topic,
            int partition,
            @Nullable CommittedOffset value) implements GroupRecord {}

    /// @param value null: the group is gone (tombstone)
    record GroupMetadata(String groupId, @Nullable Generation value) implements GroupRecord {}

    /// A generation of a classic group with what was assigned to its members.
    ///
    /// @param protocolType "" for none
    /// @param currentStateTimestampMs when the group entered its state; -1 when unknown (old records)
    record Generation(
            String protocolType,
            int generationId,
            @Nullable String protocolName,
            @Nullable String leaderId,
            long currentStateTimestampMs,
            List<MemberMetadata> members) {
        public Generation {
            members = List.copyOf(members);
        }
    }

    /// @param rebalanceTimeoutMs -1 in records that do not know it: the session timeout counts
    /// @param subscription metadata of the chosen protocol, opaque
    /// @param assignment opaque
    @SuppressWarnings("ArrayRecordComponent")
    record MemberMetadata(
            String memberId,
            @Nullable String groupInstanceId,
            String clientId,
            String clientHost,
            int rebalanceTimeoutMs,
            int sessionTimeoutMs,
            byte[] subscription,
            byte[] assignment) {}
}
