package io.sampo.actors.api;

import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.ReadHandle;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataView;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.NodeImage.Endpoint;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLogs;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Finds what a client names: a topic, the leader of a partition on this node, or the reason why there is none.
///
/// Thread rule: any thread.
public final class LocalPartitions {
    private final MetadataView metadata;
    private final LeaderDirectory leaders;
    private final PartitionLogs logs;

    public LocalPartitions(MetadataView metadata, LeaderDirectory leaders, PartitionLogs logs) {
        this.metadata = metadata;
        this.leaders = leaders;
        this.logs = logs;
    }

    MetadataImage image() {
        return metadata.image();
    }

    /// Null when unknown. The metadata log is no topic for clients.
    @Nullable
    TopicImage topic(MetadataImage image, String name) {
        return name.equals(Topic.CLUSTER_METADATA_TOPIC_NAME) ? null : image.topic(name);
    }

    /// Null when unknown. The metadata log is no topic for clients.
    @Nullable
    TopicImage topic(MetadataImage image, Uuid topicId) {
        TopicImage topic = image.topic(topicId);
        return topic == null || topic.name().equals(Topic.CLUSTER_METADATA_TOPIC_NAME) ? null : topic;
    }

    static boolean has(TopicImage topic, int partition) {
        return partition >= 0 && partition < topic.partitions().size();
    }

    /// Null when this node does not lead it; [#whyNotLed] says why.
    @Nullable
    LeaderHandle leader(PartitionId id) {
        return leaders.local(id).orElse(null);
    }

    /// Null when this node's replica may not be read as a follower.
    @Nullable
    ReadHandle follower(PartitionId id) {
        return leaders.follower(id).orElse(null);
    }

    /// KAFKA_STORAGE_ERROR when the local log is broken, else NOT_LEADER_OR_FOLLOWER, on which clients look again.
    Errors whyNotLed(PartitionId id) {
        return logs.offlineReason(id).isPresent() ? Errors.KAFKA_STORAGE_ERROR : Errors.NOT_LEADER_OR_FOLLOWER;
    }

    /// Null when no leader is known.
    @Nullable
    Leadership leadership(PartitionId id) {
        return leaders.leadership(id).orElse(null);
    }

    /// Runs the task when it is known who leads the partitions after this node, so that a client that is told "not
    /// here" is told where as well, and need not pause and ask for metadata (KIP-951): at once, when this node has
    /// led none of them lately; in any case soon, on whichever thread.
    void whenLeadersKnown(List<PartitionId> misdirected, Runnable task) {
        if (misdirected.isEmpty()) {
            task.run();
            return;
        }
        AtomicInteger unknown = new AtomicInteger(misdirected.size());
        for (PartitionId id : misdirected) {
            leaders.whenLeaderKnown(id, () -> {
                if (unknown.decrementAndGet() == 0) {
                    task.run();
                }
            });
        }
    }

    /// Where clients of `listener` reach a node; null when the node advertises nothing there.
    static @Nullable Endpoint endpoint(MetadataImage image, int nodeId, String listener) {
        NodeImage node = image.nodes().get(nodeId);
        if (node != null) {
            for (Endpoint endpoint : node.endpoints()) {
                if (endpoint.listener().equals(listener)) {
                    return endpoint;
                }
            }
        }
        return null;
    }
}
