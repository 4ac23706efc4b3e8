package io.sampo.streams.admin;

import java.util.List;
import java.util.OptionalInt;
import org.apache.kafka.common.Uuid;

/// A topic as a broker describes it.
///
/// {@snippet file="AdminGuideTest.java" region="topics"}
///
/// @param id [Uuid#ZERO_UUID] from a broker that has none (before 2.8)
/// @param internal one of the cluster's own, such as `__consumer_offsets`
/// @param partitions by their index
public record TopicDescription(String name, Uuid id, boolean internal, List<Partition> partitions) {

    /// One of its partitions.
    ///
    /// @param index 0-based
    /// @param leader node id; empty while nobody leads
    /// @param leaderEpoch -1 when unknown
    /// @param replicas node ids, the preferred leader first
    /// @param inSyncReplicas node ids
    /// @param offlineReplicas node ids of replicas that are not available
    public record Partition(
            int index,
            OptionalInt leader,
            int leaderEpoch,
            List<Integer> replicas,
            List<Integer> inSyncReplicas,
            List<Integer> offlineReplicas) {}
}
