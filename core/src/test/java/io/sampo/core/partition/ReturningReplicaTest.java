package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A replica that was given up and deleted comes back to the same directory.
class ReturningReplicaTest {

    private static void wants(QuorumCluster cluster, List<ReplicaId> desired) {
        cluster.nodes.values().forEach(node -> node.step(new ReplicaInput.DesiredReplicas(desired)));
    }

    /// The leader still remembers how far it was; that was another life.
    @Test
    void itIsServedByALeaderThatRemembersItsEarlierLife() {
        QuorumCluster cluster = new QuorumCluster(5, 3, true);
        Node leader = cluster.leader();
        List<ReplicaId> all = leader.core.config().voters();
        ReplicaId given = all.stream()
                .filter(replica -> !replica.equals(leader.id))
                .findFirst()
                .orElseThrow();
        leader.append(Batches.plain(2), -1);
        cluster.pass(2_000);
        Node observing = cluster.node(given.nodeId());
        List<ReplicaId> others =
                all.stream().filter(replica -> !replica.equals(given)).toList();
        // As an observer it goes on fetching in the epoch that has it no more as a voter.
        cluster.nodes.values().forEach(node -> node.step(new ReplicaInput.DesiredReplicas(others, List.of(given))));
        cluster.pass(5_000);
        assertEquals(others, leader.core.config().voters());
        int leaderEpoch = leader.core.epochStarts().getLast().leaderEpoch();
        long firstLife = observing.core.incarnation();
        observing.kill();

        Node again = cluster.add(given, VoterSet.NONE);
        again.start();
        cluster.pass(2_000);
        assertEquals(
                leaderEpoch, leader.core.epochStarts().getLast().leaderEpoch(), "the same leader in the same epoch");
        assertTrue(again.core.incarnation() > firstLife);
        assertEquals(leader.log(), again.log());
        wants(cluster, all);
        cluster.pass(10_000);
        assertEquals(Set.copyOf(all), Set.copyOf(cluster.leader().core.config().voters()));
    }
}
