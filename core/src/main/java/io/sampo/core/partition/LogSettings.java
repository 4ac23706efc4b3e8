package io.sampo.core.partition;

import org.apache.kafka.common.internals.Topic;

/// The topic settings that the log itself obeys; each is Kafka's topic config of the same name (dots for capitals).
///
/// @param segmentBytes roll when the active segment would grow beyond it
/// @param segmentMs roll when the first record of the active segment is older
/// @param segmentJitterMs random part taken off segmentMs, so that segments of many partitions do not roll together
/// @param segmentIndexBytes roll when an index of the active segment reaches it
/// @param indexIntervalBytes one index entry for about so many bytes of log
/// @param retentionMs -1: no limit by time
/// @param retentionBytes -1: no limit by size
/// @param cleanupDelete old segments are removed (`cleanup.policy` contains `delete`)
/// @param cleanupCompact only the last record of each key is kept (`cleanup.policy` contains `compact`)
/// @param minCleanableDirtyRatio 0..1
/// @param minCompactionLagMs records younger than this are never compacted
/// @param maxCompactionLagMs records older than this become compactable whatever the dirty ratio
/// @param deleteRetentionMs how long tombstones stay readable after compaction
/// @param fileDeleteDelayMs how long a removed segment stays on disk
/// @param flushMessages sync after so many records; 1: before every acknowledgement, Long.MAX_VALUE: never for this
/// reason
/// @param flushMs sync after so long; Long.MAX_VALUE: never for this reason
/// @param maxMessageBytes largest batch
public record LogSettings(
        int segmentBytes,
        long segmentMs,
        long segmentJitterMs,
        int segmentIndexBytes,
        int indexIntervalBytes,
        long retentionMs,
        long retentionBytes,
        boolean cleanupDelete,
        boolean cleanupCompact,
        double minCleanableDirtyRatio,
        long minCompactionLagMs,
        long maxCompactionLagMs,
        long deleteRetentionMs,
        long fileDeleteDelayMs,
        long flushMessages,
        long flushMs,
        int maxMessageBytes) {

    /// Kafka's defaults, but for `flush.messages`, whose default here is 1: synced before it is acknowledged.
    public static final LogSettings DEFAULTS = new LogSettings(
            1024 * 1024 * 1024,
            7L * 24 * 3600 * 1000,
            0,
            10 * 1024 * 1024,
            4096,
            7L * 24 * 3600 * 1000,
            -1,
            true,
            false,
            0.5,
            0,
            Long.MAX_VALUE,
            24L * 3600 * 1000,
            60_000,
            1,
            Long.MAX_VALUE,
            1024 * 1024 + 12);

    /// True when an acknowledgement waits for the disk.
    public boolean syncBeforeAcknowledge() {
        return flushMessages <= 1;
    }

    /// Whether records of the topic are synced before they are acknowledged whatever its settings say: internal
    /// topics and the metadata log are (replication design, 1.11).
    public static boolean isAlwaysSynced(String topic) {
        return Topic.isInternal(topic) || topic.equals(Topic.CLUSTER_METADATA_TOPIC_NAME);
    }
}
