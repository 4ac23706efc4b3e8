package io.sampo.core.metadata;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.core.metadata.LeaderBalance.Move;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LeaderBalanceTest {
    private final Cluster cluster = new Cluster(3, Map.of());
    private final Map<PartitionId, Leadership> leaders = new HashMap<>();
    private final Set<Integer> live = new HashSet<>(Set.of(1, 2, 3));
    private final TopicImage topic;

    /// Ten partitions prefer node 1, ten prefer node 2; all are led where they should be.
    LeaderBalanceTest() {
        List<List<Integer>> replicas = new ArrayList<>();
        for (int partition = 0; partition < 20; partition++) {
            replicas.add(partition % 2 == 0 ? List.of(1, 2, 3) : List.of(2, 1, 3));
        }
        cluster.create(Cluster.assigned("t", replicas));
        topic = requireNonNull(cluster.image.topic("t"));
        for (int partition = 0; partition < 20; partition++) {
            leads(partition, 1 + partition % 2, List.of(1, 2, 3));
        }
    }

    private void leads(int partition, int nodeId, List<Integer> inSync) {
        leaders.put(topic.partitionId(partition), new Leadership(nodeId, 4, inSync, List.of()));
    }

    private List<Move> moves() {
        return LeaderBalance.moves(cluster.image, id -> Optional.ofNullable(leaders.get(id)), live::contains, 10);
    }

    @Test
    void aLittleImbalanceIsLeftAlone() {
        assertEquals(List.of(), moves());
        leads(0, 2, List.of(1, 2, 3));
        assertEquals(List.of(), moves(), "one of ten is not more than 10 %");
    }

    @Test
    void whatANodeLostGoesBackToIt() {
        leads(0, 2, List.of(1, 2, 3));
        leads(4, 3, List.of(1, 2, 3));
        assertEquals(List.of(new Move(topic.partitionId(0), 1), new Move(topic.partitionId(4), 1)), moves());
    }

    @Test
    void onlyToNodesThatAreUpAndInSync() {
        leads(0, 2, List.of(2, 3));
        leads(2, 2, List.of(1, 2));
        leaders.remove(topic.partitionId(4));
        assertEquals(List.of(new Move(topic.partitionId(2), 1)), moves());
        live.remove(1);
        assertEquals(List.of(), moves());
    }
}
