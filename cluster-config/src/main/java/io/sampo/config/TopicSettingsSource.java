package io.sampo.config;

import io.sampo.actors.api.TopicSettings;
import io.sampo.actors.api.TopicSettingsCache;
import io.sampo.core.config.BrokerConfig;
import io.sampo.core.config.EffectiveTopicConfig;
import io.sampo.core.config.TopicConfigs;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.ReplicationSettings;
import io.sampo.core.produce.DecompressionLimits;
import io.sampo.core.produce.ProduceSettings;
import org.apache.kafka.common.internals.Topic;

/// What is in force for a topic, as the modules' own settings records: the topic's overrides over the broker's
/// dynamic and static configs.
///
/// Immutable but for the cache of [#forHandlers]; any thread.
final class TopicSettingsSource {
    private final RunningConfig running;
    private final TopicConfigs topics;
    private final int nodeId;
    private final DecompressionLimits decompression;
    private final boolean checkEveryRecord;
    private final ReplicationSettings replication;
    private final TopicSettingsCache cache = new TopicSettingsCache(this::handlerSettings);

    TopicSettingsSource(RunningConfig running) {
        BrokerConfig broker = running.atStart();
        this.running = running;
        this.topics = new TopicConfigs(broker);
        this.nodeId = broker.nodeId();
        this.decompression = NodeSettings.decompression(broker);
        this.replication = NodeSettings.replication(broker);
        this.checkEveryRecord = broker.getBoolean("sampo.check.every.record");
    }

    /// What API handlers meet; cached, for the hot path.
    TopicSettings.Source forHandlers() {
        return cache;
    }

    EffectiveTopicConfig effective(MetadataImage image, TopicImage topic) {
        return topics.effective(topic.configs(), image.dynamicConfigs(nodeId));
    }

    ReplicaSettings replica(MetadataImage image, TopicImage topic) {
        BrokerConfig broker = running.get();
        EffectiveTopicConfig effective = effective(image, topic);
        return new ReplicaSettings(
                effective.minInSyncReplicas(),
                broker.getInt("producer.id.expiration.ms"),
                broker.getInt("sampo.max.producer.ids.per.partition"),
                replication,
                effective.leaderThrottledReplicas(),
                effective.followerThrottledReplicas());
    }

    /// `max.message.bytes` of `__consumer_offsets`, which holds for what coordinators write.
    int maxGroupBatchBytes(MetadataImage image) {
        TopicImage offsets = image.topic(Topic.GROUP_METADATA_TOPIC_NAME);
        return offsets == null
                ? running.get().getInt("message.max.bytes")
                : cache.of(image, offsets).produce().maxMessageBytes();
    }

    private TopicSettings handlerSettings(MetadataImage image, TopicImage topic) {
        EffectiveTopicConfig effective = effective(image, topic);
        return new TopicSettings(
                ProduceSettings.of(effective, checkEveryRecord, decompression),
                effective.cleanupPolicy().contains("delete"));
    }
}
