package io.sampo.core.leadership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.PartitionId;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class GroupPlacementTest {
    private static final Set<Integer> LIVE = Set.of(1, 3);
    private static final List<Integer> GROUP = List.of(1, 2, 3);
    private static final GroupLeaders NOBODY = GroupLeaders.of(MetadataImage.EMPTY, _ -> Optional.empty());

    private final Map<PartitionId, Leadership> known = new HashMap<>();
    private final TopicImage topic = new TopicImage(
            "orders",
            new Uuid(1, 1),
            Collections.nCopies(3, new PartitionAssignment(GROUP)),
            Collections.emptySortedMap());

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
                id -> Optional.ofNullable(known.get(id)));
    }

    private void leads(int partition, int node, Integer... inSync) {
        known.put(topic.partitionId(partition), new Leadership(node, 1, List.of(inSync), List.of()));
    }

    @Test
    void leadersGoToTheFirstLiveNodeOfTheirReplicaList() {
        assertEquals(Optional.of(1), GroupPlacement.choose(GROUP, LIVE, NOBODY));
        assertEquals(Optional.of(3), GroupPlacement.choose(List.of(2, 3, 1), LIVE, NOBODY));
    }

    @Test
    void nothingIsPlacedWhereNoReplicaLives() {
        assertEquals(Optional.empty(), GroupPlacement.choose(List.of(2, 4), LIVE, NOBODY));
        assertEquals(Optional.empty(), GroupPlacement.choose(List.of(2), LIVE, NOBODY));
        assertEquals(Optional.of(3), GroupPlacement.choose(List.of(3), LIVE, NOBODY));
    }

    @Test
    void aGroupFollowsItsElectedLeadersUntilThePreferredNodeIsInSync() {
        leads(0, 3, 3, 2);
        leads(1, 3, 3, 1);
        leads(2, 2, 2, 3);
        assertEquals(Optional.of(3), GroupPlacement.choose(GROUP, LIVE, leaders()));
        assertTrue(GroupPlacement.isMisplaced(GROUP, 1, LIVE, leaders()));
        assertFalse(GroupPlacement.isMisplaced(GROUP, 3, LIVE, leaders()));

        leads(0, 3, 3, 1);
        leads(2, 2, 2, 1);
        assertEquals(Optional.of(1), GroupPlacement.choose(GROUP, LIVE, leaders()));
        assertTrue(GroupPlacement.isMisplaced(GROUP, 3, LIVE, leaders()));
    }

    @Test
    void anElectedLeaderThatIsGoneIsNoPlace() {
        leads(0, 2, 2, 3);
        assertEquals(Optional.of(1), GroupPlacement.choose(GROUP, LIVE, leaders()));
    }

    @Test
    void theNodeThatLeadsMostOfAGroupIsItsLeaderAndTheLowerIdWhenTwoLeadAsMany() {
        leads(0, 2);
        leads(1, 3);
        assertEquals(Optional.of(2), leaders().leaderOf(GROUP));
        leads(2, 3);
        assertEquals(Optional.of(3), leaders().leaderOf(GROUP));
        assertEquals(Optional.empty(), leaders().leaderOf(List.of(1, 3, 2)), "another order is another group");
    }
}
