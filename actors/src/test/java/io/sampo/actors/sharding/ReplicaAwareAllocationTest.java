package io.sampo.actors.sharding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.actors.partition.PartitionLeader;
import io.sampo.actors.partition.Replica;
import io.sampo.core.partition.PartitionId;
import java.io.NotSerializableException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ReplicaAwareAllocationTest {
    private static final Map<Integer, String> LIVE = Map.of(1, "region 1", 3, "region 3");

    @Test
    void leadersGoToTheFirstLiveNodeOfTheirReplicaList() {
        assertEquals(
                Optional.of("region 1"),
                ReplicaAwareAllocation.choose(PlacementGroups.leaderShard(List.of(1, 2, 3)), LIVE));
        assertEquals(
                Optional.of("region 3"),
                ReplicaAwareAllocation.choose(PlacementGroups.leaderShard(List.of(2, 3, 1)), LIVE));
    }

    @Test
    void nothingIsPlacedWhereNoReplicaLives() {
        assertEquals(Optional.empty(), ReplicaAwareAllocation.choose(PlacementGroups.leaderShard(List.of(2, 4)), LIVE));
        assertEquals(Optional.empty(), ReplicaAwareAllocation.choose(PlacementGroups.replicaShard(2), LIVE));
        assertEquals(Optional.of("region 3"), ReplicaAwareAllocation.choose(PlacementGroups.replicaShard(3), LIVE));
    }

    @Test
    void entityIdsCarryShardAndPartition() {
        PartitionId id = new PartitionId(Uuid.randomUuid(), 12);
        String entityId = PlacementGroups.entityId(PlacementGroups.leaderShard(List.of(3, 1)), id);
        assertEquals("g3.1", PlacementGroups.shardOf(entityId));
        assertEquals(id, PlacementGroups.partitionOf(entityId));
    }

    @Test
    void aMembersNodeIdIsReadOffItsRole() {
        assertEquals(
                Optional.of(12), ReplicaAwareAllocation.nodeId(Set.of("dc-default", ShardedPartitions.nodeRole(12))));
        assertEquals(Optional.empty(), ReplicaAwareAllocation.nodeId(Set.of("dc-default")));
    }

    @Test
    void shardedMessagesSurviveTheirStoredForm() throws Exception {
        EntityMessageSerializer serializer = new EntityMessageSerializer();
        for (Object message : List.of(Replica.Start.INSTANCE, PartitionLeader.Wake.INSTANCE)) {
            assertEquals(message, serializer.fromBinary(serializer.toBinary(message), serializer.manifest(message)));
        }
        assertEquals("replica-start-1", serializer.manifest(Replica.Start.INSTANCE), "never changes");
        assertEquals("leader-wake-1", serializer.manifest(PartitionLeader.Wake.INSTANCE), "never changes");
        assertThrows(NotSerializableException.class, () -> serializer.fromBinary(new byte[0], "other"));
    }
}
