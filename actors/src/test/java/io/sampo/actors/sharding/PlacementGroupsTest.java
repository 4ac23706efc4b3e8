package io.sampo.actors.sharding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.actors.partition.PartitionLeader;
import io.sampo.actors.partition.Replica;
import io.sampo.core.partition.PartitionId;
import java.io.NotSerializableException;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class PlacementGroupsTest {
    @Test
    void entityIdsCarryShardAndPartition() {
        PartitionId id = new PartitionId(Uuid.randomUuid(), 12);
        String entityId = PlacementGroups.entityId(PlacementGroups.leaderShard(List.of(3, 1)), id);
        assertEquals("g3.1", PlacementGroups.shardOf(entityId));
        assertEquals(List.of(3, 1), PlacementGroups.nodesOf("g3.1"));
        assertEquals(List.of(12), PlacementGroups.nodesOf(PlacementGroups.replicaShard(12)));
        assertEquals(id, PlacementGroups.partitionOf(entityId));
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
