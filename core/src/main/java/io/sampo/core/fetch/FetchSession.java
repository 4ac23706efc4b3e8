package io.sampo.core.fetch;

import java.util.LinkedHashMap;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;

/// The partitions that one client fetches again and again (KIP-227), in the order in which they are read: whoever
/// gave records goes to the end, so that one busy partition does not starve the others.
///
/// Thread rule: as [FetchSessions].
final class FetchSession {
    final int sessionId;
    final boolean usesTopicIds;
    final long createdMs;
    long lastUsedMs;
    /// Epoch that the next request must carry.
    int sessionEpoch;

    private final LinkedHashMap<Key, FetchedPartition> partitions;

    private record Key(Uuid topicId, String topic, int partition) {}

    FetchSession(int sessionId, boolean usesTopicIds, int sessionEpoch, long nowMs, FetchedPartition[] initial) {
        this.sessionId = sessionId;
        this.usesTopicIds = usesTopicIds;
        this.sessionEpoch = sessionEpoch;
        this.createdMs = nowMs;
        this.lastUsedMs = nowMs;
        partitions = LinkedHashMap.newLinkedHashMap(initial.length);
        for (FetchedPartition partition : initial) {
            partitions.putLast(keyOf(partition), partition);
        }
    }

    int size() {
        return partitions.size();
    }

    FetchedPartition[] snapshot() {
        return partitions.values().toArray(new FetchedPartition[0]);
    }

    void update(List<FetchTopic> topics, List<ForgottenTopic> forgotten) {
        for (FetchTopic topic : topics) {
            for (FetchPartition request : topic.partitions()) {
                Key key = new Key(topic.topicId(), topic.topic(), request.partition());
                FetchedPartition known = partitions.get(key);
                if (known == null) {
                    partitions.putLast(key, new FetchedPartition(topic.topicId(), topic.topic(), request));
                } else {
                    known.update(request);
                }
            }
        }
        for (ForgottenTopic topic : forgotten) {
            for (Integer partition : topic.partitions()) {
                partitions.remove(new Key(topic.topicId(), topic.topic(), partition));
            }
        }
    }

    /// No effect when the partition was forgotten meanwhile.
    void moveToEnd(FetchedPartition partition) {
        Key key = keyOf(partition);
        if (partitions.containsKey(key)) {
            partitions.putLast(key, partition);
        }
    }

    private static Key keyOf(FetchedPartition partition) {
        return new Key(partition.topicId(), partition.topic(), partition.partition());
    }
}
