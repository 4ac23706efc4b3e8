package io.sampo.core.metadata;

import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.ForcedConfig;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/// One fact in the metadata log (`__cluster_metadata-0`). The image is what all of them, in order, make.
///
/// The stored form is [MetadataRecordCodec]'s; it never changes for a version that was released.
public sealed interface MetadataRecord {

    /// The first record of a cluster.
    record ClusterCreated(String clusterId) implements MetadataRecord {}

    /// A node registered, or registered again with other endpoints.
    record NodeRegistered(NodeImage node) implements MetadataRecord {}

    /// A topic without partitions; [PartitionsAssigned] records follow in the same batch.
    record TopicCreated(String name, Uuid topicId) implements MetadataRecord {}

    /// New partitions at the end of a topic.
    ///
    /// @param firstPartition index of the first of them: the number of partitions before
    record PartitionsAssigned(Uuid topicId, int firstPartition, List<PartitionAssignment> assignments)
            implements MetadataRecord {
        public PartitionsAssigned {
            assignments = List.copyOf(assignments);
        }
    }

    record TopicDeleted(Uuid topicId) implements MetadataRecord {}

    /// @param resource a topic by name, or a node by id; the empty name means the defaults of all nodes
    /// @param value null: the setting is no longer overridden
    record ConfigChanged(
            ConfigResource resource, String key, @Nullable String value) implements MetadataRecord {}

    /// A node is gone for good; its replicas stay assigned until they are reassigned.
    record NodeUnregistered(int nodeId) implements MetadataRecord {}

    /// A partition is wanted elsewhere, or is there now.
    ///
    /// @param replicas what is wanted, preferred leader first
    /// @param original what a cancellation returns to; empty when nothing is left to be cancelled
    /// @param leaving nodes whose replicas are wanted no more but may still vote; empty when the move is complete
    record PartitionReassigned(
            Uuid topicId, int partition, List<Integer> replicas, List<Integer> original, List<Integer> leaving)
            implements MetadataRecord {
        public PartitionReassigned {
            replicas = List.copyOf(replicas);
            original = List.copyOf(original);
            leaving = List.copyOf(leaving);
        }
    }

    /// An operator gave up the voters of a partition that has no leader: one replica alone votes from an epoch on.
    record ConfigForced(Uuid topicId, int partition, ForcedConfig config) implements MetadataRecord {}

    /// A node took a block of producer ids.
    ///
    /// @param nextProducerId first id that no block covers yet
    record ProducerIdsAllocated(int nodeId, long nextProducerId) implements MetadataRecord {}

    /// @param mechanism Kafka's name, such as SCRAM-SHA-256
    /// @param credential salt, keys and iterations in Kafka's textual form; null: deleted
    record ScramCredentialChanged(
            String mechanism, String user, @Nullable String credential) implements MetadataRecord {}
}
