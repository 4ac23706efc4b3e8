package io.sampo.actors.sharding;

import io.sampo.core.partition.PartitionId;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How partitions are spread over shards. A placement group is the set of partitions with the same ordered replica
/// list; it is the shard of their leaders, so that leadership of many partitions moves as one and the coordinator's
/// state stays small. Replicas have one shard per node.
///
/// Entity ids carry their shard: `<shard>|<topicId>/<partition>`. When a partition is assigned anew its leader thus
/// gets another entity, and no two nodes can disagree on the shard of one.
final class PlacementGroups {
    private static final String GROUP_PREFIX = "g";
    private static final String NODE_PREFIX = "n";
    private static final char SHARD_END = '|';

    private PlacementGroups() {}

    /// `n3`: the shard of node 3's replicas.
    static String replicaShard(int nodeId) {
        return NODE_PREFIX + nodeId;
    }

    /// `g1.2.3`: the shard of the leaders of partitions on the nodes 1 (preferred), 2 and 3.
    static String leaderShard(List<Integer> replicas) {
        return replicas.stream().map(String::valueOf).collect(Collectors.joining(".", GROUP_PREFIX, ""));
    }

    static String entityId(String shard, PartitionId id) {
        return shard + SHARD_END + id;
    }

    static String shardOf(String entityId) {
        return entityId.substring(0, entityId.indexOf(SHARD_END));
    }

    static PartitionId partitionOf(String entityId) {
        return PartitionId.parse(entityId.substring(entityId.indexOf(SHARD_END) + 1));
    }

    /// Nodes that may host a shard, preferred first.
    static List<Integer> nodesOf(String shard) {
        return Stream.of(shard.substring(1).split("\\.", -1))
                .map(Integer::valueOf)
                .toList();
    }
}
