package io.sampo.core.metadata;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.partition.LogSettings;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;

/// How the topics are made that the cluster itself keeps its state in.
public final class InternalTopics {
    private InternalTopics() {}

    /// The request for a topic that is created because somebody asked for it: the cluster's defaults, or what an
    /// internal topic needs.
    public static CreatableTopic automatic(String name, BrokerConfig broker) {
        if (!name.equals(Topic.GROUP_METADATA_TOPIC_NAME)) {
            return new CreatableTopic().setName(name).setNumPartitions(-1).setReplicationFactor((short) -1);
        }
        CreatableTopic topic = new CreatableTopic()
                .setName(name)
                .setNumPartitions(broker.getInt("offsets.topic.num.partitions"))
                .setReplicationFactor((short) broker.getInt("offsets.topic.replication.factor"));
        set(topic, TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
        set(topic, TopicConfig.COMPRESSION_TYPE_CONFIG, "producer");
        int segmentBytes = Math.max(1024 * 1024, broker.getInt("offsets.topic.segment.bytes"));
        set(topic, TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(segmentBytes));
        // Committed offsets are never acknowledged before they are on disk, whatever the broker's default.
        set(topic, TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG, "1");
        return topic;
    }

    private static void set(CreatableTopic topic, String name, String value) {
        topic.configs().add(new CreatableTopicConfig().setName(name).setValue(value));
    }

    /// Settings of the metadata log: nothing is ever removed, everything is synced before it counts.
    public static LogSettings metadataLogSettings() {
        LogSettings defaults = LogSettings.DEFAULTS;
        return new LogSettings(
                defaults.segmentBytes(),
                defaults.segmentMs(),
                0,
                defaults.segmentIndexBytes(),
                defaults.indexIntervalBytes(),
                -1,
                -1,
                true,
                false,
                defaults.minCleanableDirtyRatio(),
                defaults.minCompactionLagMs(),
                defaults.maxCompactionLagMs(),
                defaults.deleteRetentionMs(),
                defaults.fileDeleteDelayMs(),
                1,
                defaults.flushMs(),
                8 * 1024 * 1024);
    }
}
