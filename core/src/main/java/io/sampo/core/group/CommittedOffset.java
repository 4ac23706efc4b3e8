package io.sampo.core.group;

import org.apache.kafka.common.Uuid;

/// One committed position.
///
/// @param offset of the next record to read
/// @param leaderEpoch of the last record read; -1 when the client did not say
/// @param commitTimestampMs when it was committed, by the coordinator's clock
/// @param expireTimestampMs only when the client asked for its own retention (OffsetCommit v2-v4), else -1
/// @param topicId as the client sent it (OffsetCommit v10), else `Uuid.ZERO_UUID`
public record CommittedOffset(
        long offset, int leaderEpoch, String metadata, long commitTimestampMs, long expireTimestampMs, Uuid topicId) {

    /// A position in a topic of another id is a position in another topic of the same name: it counts as none.
    boolean belongsTo(Uuid expectedTopicId) {
        return topicId.equals(Uuid.ZERO_UUID)
                || expectedTopicId.equals(Uuid.ZERO_UUID)
                || topicId.equals(expectedTopicId);
    }

    /// @param baseTimestampMs where the group's retention starts to count (KIP-211)
    boolean isExpired(long baseTimestampMs, long nowMs, long retentionMs) {
        return expireTimestampMs >= 0 ? nowMs >= expireTimestampMs : nowMs - baseTimestampMs >= retentionMs;
    }
}
