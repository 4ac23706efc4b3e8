package io.sampo.core.config;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.ThrottledReplicas;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.record.TimestampType;

/// What is in force for one topic, typed. Immutable; any thread.
public final class EffectiveTopicConfig {
    private final Map<String, Object> values;
    private final LogSettings logSettings;

    EffectiveTopicConfig(Map<String, Object> values) {
        this.values = Map.copyOf(values);
        this.logSettings = new LogSettings(
                getInt(TopicConfig.SEGMENT_BYTES_CONFIG),
                getLong(TopicConfig.SEGMENT_MS_CONFIG),
                getLong(TopicConfig.SEGMENT_JITTER_MS_CONFIG),
                getInt(TopicConfig.SEGMENT_INDEX_BYTES_CONFIG),
                getInt(TopicConfig.INDEX_INTERVAL_BYTES_CONFIG),
                getLong(TopicConfig.RETENTION_MS_CONFIG),
                getLong(TopicConfig.RETENTION_BYTES_CONFIG),
                cleanupPolicy().contains(TopicConfig.CLEANUP_POLICY_DELETE),
                cleanupPolicy().contains(TopicConfig.CLEANUP_POLICY_COMPACT),
                getDouble(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG),
                getLong(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG),
                getLong(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG),
                getLong(TopicConfig.DELETE_RETENTION_MS_CONFIG),
                getLong(TopicConfig.FILE_DELETE_DELAY_MS_CONFIG),
                getLong(TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG),
                getLong(TopicConfig.FLUSH_MS_CONFIG),
                getInt(TopicConfig.MAX_MESSAGE_BYTES_CONFIG));
    }

    /// What the log itself obeys.
    public LogSettings logSettings() {
        return logSettings;
    }

    /// Largest batch in bytes.
    public int maxMessageBytes() {
        return logSettings.maxMessageBytes();
    }

    public boolean compacted() {
        return logSettings.cleanupCompact();
    }

    public List<String> cleanupPolicy() {
        return ((List<?>) value(TopicConfig.CLEANUP_POLICY_CONFIG))
                .stream().map(String::valueOf).toList();
    }

    /// `producer`, `uncompressed`, `gzip`, `snappy`, `lz4` or `zstd`.
    public String compressionType() {
        return String.valueOf(value(TopicConfig.COMPRESSION_TYPE_CONFIG));
    }

    public int compressionGzipLevel() {
        return getInt(TopicConfig.COMPRESSION_GZIP_LEVEL_CONFIG);
    }

    public int compressionLz4Level() {
        return getInt(TopicConfig.COMPRESSION_LZ4_LEVEL_CONFIG);
    }

    public int compressionZstdLevel() {
        return getInt(TopicConfig.COMPRESSION_ZSTD_LEVEL_CONFIG);
    }

    public TimestampType messageTimestampType() {
        return TimestampType.forName(String.valueOf(value(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG)));
    }

    public long messageTimestampBeforeMaxMs() {
        return getLong(TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG);
    }

    public long messageTimestampAfterMaxMs() {
        return getLong(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG);
    }

    public int minInSyncReplicas() {
        return getInt(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
    }

    public ThrottledReplicas leaderThrottledReplicas() {
        return throttled(TopicKeys.LEADER_THROTTLED_REPLICAS);
    }

    public ThrottledReplicas followerThrottledReplicas() {
        return throttled(TopicKeys.FOLLOWER_THROTTLED_REPLICAS);
    }

    private ThrottledReplicas throttled(String name) {
        return ThrottledReplicas.parse(
                ((List<?>) value(name)).stream().map(String::valueOf).toList());
    }

    private int getInt(String name) {
        return (Integer) value(name);
    }

    private long getLong(String name) {
        return (Long) value(name);
    }

    private double getDouble(String name) {
        return (Double) value(name);
    }

    private Object value(String name) {
        Object value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no such topic setting: " + name);
        }
        return value;
    }
}
