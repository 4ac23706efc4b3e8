package io.sampo.actors.sharding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.actors.partition.LeaderBoard;
import io.sampo.actors.partition.PartitionLeader;
import io.sampo.actors.partition.Replica;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.PartitionId;
import java.io.NotSerializableException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ReplicaAwareAllocationTest {
    private static final Set<Integer> LIVE = Set.of(1, 3);
    private static final String GROUP = PlacementGroups.leaderShard(List.of(1, 2, 3));

    private final LeaderBoard board = new LeaderBoard(9);
    private final TopicImage topic = new TopicImage(
            "orders",
            Uuid.randomUuid(),
            Collections.nCopies(3, new PartitionAssignment(List.of(1, 2, 3))),
            Collections.emptySortedMap());

    private static final GroupLeaders NOBODY = GroupLeaders.of(MetadataImage.EMPTY, new LeaderBoard(9));

    private GroupLeaders leaders() {
        MetadataImage empty = MetadataImage.EMPTY;
        return GroupLeaders.of(
                new MetadataImage(
                        0,
                        "cluster",
                        new TreeMap<>(Map.of("orders", topic)),
                        Map.of(topic.id(), topic),
                        empty.nodes(),
                        empty.brokerConfigs(),
                        0,
                        empty.scramCredentials()),
                board);
    }

    private void leads(int partition, int node, Integer... inSync) {
        board.heard(topic.partitionId(partition), new Leadership(node, 1, List.of(inSync), List.of()));
    }

    @Test
    void leadersGoToTheFirstLiveNodeOfTheirReplicaList() {
        assertEquals(Optional.of(1), ReplicaAwareAllocation.choose(GROUP, LIVE, NOBODY));
        assertEquals(
                Optional.of(3),
                ReplicaAwareAllocation.choose(PlacementGroups.leaderShard(List.of(2, 3, 1)), LIVE, NOBODY));
    }

    @Test
    void nothingIsPlacedWhereNoReplicaLives() {
        assertEquals(
                Optional.empty(),
                ReplicaAwareAllocation.choose(PlacementGroups.leaderShard(List.of(2, 4)), LIVE, NOBODY));
        assertEquals(Optional.empty(), ReplicaAwareAllocation.choose(PlacementGroups.replicaShard(2), LIVE, NOBODY));
        assertEquals(Optional.of(3), ReplicaAwareAllocation.choose(PlacementGroups.replicaShard(3), LIVE, NOBODY));
    }

    @Test
    void aGroupFollowsItsElectedLeadersUntilThePreferredNodeIsInSync() {
        leads(0, 3, 3, 2);
        leads(1, 3, 3, 1);
        leads(2, 2, 2, 3);
        assertEquals(Optional.of(3), ReplicaAwareAllocation.choose(GROUP, LIVE, leaders()));
        assertTrue(ReplicaAwareAllocation.isMisplaced(GROUP, 1, LIVE, leaders()));
        assertFalse(ReplicaAwareAllocation.isMisplaced(GROUP, 3, LIVE, leaders()));

        leads(0, 3, 3, 1);
        leads(2, 2, 2, 1);
        assertEquals(Optional.of(1), ReplicaAwareAllocation.choose(GROUP, LIVE, leaders()));
        assertTrue(ReplicaAwareAllocation.isMisplaced(GROUP, 3, LIVE, leaders()));
    }

    @Test
    void anElectedLeaderThatIsGoneIsNoPlace() {
        leads(0, 2, 2, 3);
        assertEquals(Optional.of(1), ReplicaAwareAllocation.choose(GROUP, LIVE, leaders()));
    }

    @Test
    void entityIdsCarryShardAndPartition() {
        PartitionId id = new PartitionId(Uuid.randomUuid(), 12);
        String entityId = PlacementGroups.entityId(PlacementGroups.leaderShard(List.of(3, 1)), id);
        assertEquals("g3.1", PlacementGroups.shardOf(entityId));
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
