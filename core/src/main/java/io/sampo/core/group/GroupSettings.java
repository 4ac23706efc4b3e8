package io.sampo.core.group;

/// What the group coordinators decide by. The names in brackets are Kafka's config names.
///
/// @param minSessionTimeoutMs smallest session timeout a classic member may ask for
///     (`group.min.session.timeout.ms`)
/// @param maxSessionTimeoutMs largest one (`group.max.session.timeout.ms`)
/// @param initialRebalanceDelayMs how long an empty group waits for more members before its first
///     rebalance (`group.initial.rebalance.delay.ms`)
/// @param groupMaxSize most members of one group (`group.max.size`)
/// @param newMemberJoinTimeoutMs a new member that waits longer for its rebalance is dropped, as it cannot
///     heartbeat yet (`group.coordinator`'s internal constant in Kafka: 5 minutes)
/// @param offsetMetadataMaxSize longest metadata string of a committed offset, in characters as in Kafka
///     (`offset.metadata.max.bytes`)
/// @param offsetsRetentionMs how long offsets live after their group became empty, or after the commit
///     (`offsets.retention.minutes`, KIP-211)
/// @param offsetsRetentionCheckIntervalMs pause between two looks for expired offsets
///     (`offsets.retention.check.interval.ms`)
/// @param offsetsCommitTimeoutMs how long an answer waits for its records to be committed
///     (`offsets.commit.timeout.ms`)
/// @param offsetsTopicPartitions partitions of `__consumer_offsets` when it is created
///     (`offsets.topic.num.partitions`)
/// @param offsetsLoadBufferBytes records are handed from the loading thread in pieces of about this size
///     (`offsets.load.buffer.size`)
public record GroupSettings(
        int minSessionTimeoutMs,
        int maxSessionTimeoutMs,
        int initialRebalanceDelayMs,
        int groupMaxSize,
        int newMemberJoinTimeoutMs,
        int offsetMetadataMaxSize,
        long offsetsRetentionMs,
        long offsetsRetentionCheckIntervalMs,
        int offsetsCommitTimeoutMs,
        int offsetsTopicPartitions,
        int offsetsLoadBufferBytes) {

    /// Kafka's defaults.
    public static final GroupSettings DEFAULTS = new GroupSettings(
            6_000,
            1_800_000,
            3_000,
            Integer.MAX_VALUE,
            300_000,
            4_096,
            7L * 24 * 60 * 60 * 1_000,
            600_000,
            5_000,
            50,
            5 * 1024 * 1024);

    public GroupSettings {
        if (minSessionTimeoutMs < 1 || maxSessionTimeoutMs < minSessionTimeoutMs) {
            throw new IllegalArgumentException(
                    "group.min.session.timeout.ms and group.max.session.timeout.ms are not a range: "
                            + minSessionTimeoutMs + ", " + maxSessionTimeoutMs);
        }
        if (groupMaxSize < 1 || offsetsTopicPartitions < 1) {
            throw new IllegalArgumentException("group.max.size and offsets.topic.num.partitions must be at least 1");
        }
    }

    public GroupSettings withInitialRebalanceDelayMs(int delayMs) {
        return new GroupSettings(
                minSessionTimeoutMs,
                maxSessionTimeoutMs,
                delayMs,
                groupMaxSize,
                newMemberJoinTimeoutMs,
                offsetMetadataMaxSize,
                offsetsRetentionMs,
                offsetsRetentionCheckIntervalMs,
                offsetsCommitTimeoutMs,
                offsetsTopicPartitions,
                offsetsLoadBufferBytes);
    }

    public GroupSettings withGroupMaxSize(int size) {
        return new GroupSettings(
                minSessionTimeoutMs,
                maxSessionTimeoutMs,
                initialRebalanceDelayMs,
                size,
                newMemberJoinTimeoutMs,
                offsetMetadataMaxSize,
                offsetsRetentionMs,
                offsetsRetentionCheckIntervalMs,
                offsetsCommitTimeoutMs,
                offsetsTopicPartitions,
                offsetsLoadBufferBytes);
    }
}
