package io.sampo.core.metadata;

import io.sampo.core.partition.PartitionId;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import org.apache.kafka.common.Uuid;

/// A topic as the metadata log describes it.
///
/// @param partitions by index
/// @param configs what was set for this topic, by Kafka's config names; defaults are not in here
public record TopicImage(
        String name, Uuid id, List<PartitionAssignment> partitions, SortedMap<String, String> configs) {

    public TopicImage {
        partitions = List.copyOf(partitions);
        configs = Collections.unmodifiableSortedMap(configs);
    }

    public PartitionId partitionId(int partition) {
        return new PartitionId(id, partition);
    }

    /// @param replicas node ids, preferred leader first
    public record PartitionAssignment(List<Integer> replicas) {
        public PartitionAssignment {
            replicas = List.copyOf(replicas);
        }
    }
}
