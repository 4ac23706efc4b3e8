package io.sampo.core.partition;

import org.apache.kafka.common.Uuid;

/// Identity of one partition for its whole life. A topic that is deleted and created again under the same name has
/// another `topicId`, so nothing that is addressed by a `PartitionId` can be mistaken for its predecessor
/// (KIP-516).
///
/// @param topicId never `Uuid.ZERO_UUID`
/// @param partition index, from 0
public record PartitionId(Uuid topicId, int partition) implements Comparable<PartitionId> {

    public PartitionId {
        if (partition < 0) {
            throw new IllegalArgumentException("partition must not be negative: " + partition);
        }
    }

    /// The inverse of [#toString()].
    ///
    /// @throws IllegalArgumentException when the text is not of the form `topicId/partition`
    public static PartitionId parse(String text) {
        int slash = text.lastIndexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("not a partition id (topicId/partition): " + text);
        }
        return new PartitionId(Uuid.fromString(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    @Override
    public int compareTo(PartitionId other) {
        int byTopic = topicId.compareTo(other.topicId);
        return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
    }

    /// `topicId/partition`: the entity id in Cluster Sharding, and the tail of the persistence id.
    @Override
    public String toString() {
        return topicId + "/" + partition;
    }
}
