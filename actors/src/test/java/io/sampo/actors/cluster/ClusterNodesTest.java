package io.sampo.actors.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.actors.cluster.ClusterNodes.Node;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.Address;
import org.junit.jupiter.api.Test;

class ClusterNodesTest {
    private static Map<Integer, Node> node(int nodeId, int port, boolean reachable) {
        return Map.of(nodeId, new Node(nodeId, new Address("pekko", "sampo", "127.0.0.1", port), reachable, null));
    }

    @Test
    void aNodeIsLostWhenItIsGoneOrSuspectedOrAnotherProcess() {
        Map<Integer, Node> before = node(2, 7_000, true);
        assertEquals(List.of(2), ClusterNodes.lost(before, Map.of()));
        assertEquals(List.of(2), ClusterNodes.lost(before, node(2, 7_000, false)));
        assertEquals(List.of(2), ClusterNodes.lost(before, node(2, 7_001, true)));
        assertEquals(List.of(), ClusterNodes.lost(before, node(2, 7_000, true)));
    }

    @Test
    void whoWasNotThereBeforeIsNotLostAgain() {
        assertEquals(List.of(), ClusterNodes.lost(Map.of(), node(2, 7_000, false)));
        assertEquals(List.of(), ClusterNodes.lost(node(2, 7_000, false), Map.of()));
    }
}
