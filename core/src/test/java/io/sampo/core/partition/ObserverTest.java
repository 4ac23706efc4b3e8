package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.sampo.core.partition.QuorumCluster.Node;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A replica that follows for ever and never votes.
class ObserverTest {

    private static void wants(QuorumCluster cluster, List<ReplicaId> desired, ReplicaId observer) {
        cluster.nodes.values().forEach(node -> node.step(new ReplicaInput.DesiredReplicas(desired, List.of(observer))));
    }

    @Test
    void itGetsEverythingAndNeverVotes() {
        QuorumCluster cluster = new QuorumCluster(1, 3, true);
        Node leader = cluster.leader();
        List<ReplicaId> voters = leader.core.config().voters();
        Node observer = cluster.add(QuorumCluster.id(4), VoterSet.NONE);
        observer.start();
        wants(cluster, voters, observer.id);
        leader.append(Batches.plain(3), -1);

        cluster.pass(10_000);

        assertEquals(3, observer.core.highWatermark());
        assertEquals(leader.log(), observer.log());
        assertEquals(ReplicaRole.LEARNER, observer.core.role());
        assertEquals(voters, leader.core.config().voters());
    }

    @Test
    void itCountsForNothingAndFollowsTheNextLeader() {
        QuorumCluster cluster = new QuorumCluster(2, 3, true);
        Node first = cluster.leader();
        Node observer = cluster.add(QuorumCluster.id(4), VoterSet.NONE);
        observer.start();
        wants(cluster, first.core.config().voters(), observer.id);
        cluster.pass(2_000);
        first.kill();

        Node second = cluster.leader();
        assertNotEquals(first.id, second.id);
        second.append(Batches.plain(1), -1);
        cluster.pass(2_000);
        assertEquals(1, observer.core.highWatermark());

        // Two of three voters are down: the observer is no majority with the last one.
        cluster.nodes.values().stream()
                .filter(node -> node.up && node != second && node != observer)
                .forEach(Node::kill);
        ReplicaContext.TestAppend append = second.append(Batches.plain(1), -1);
        cluster.pass(10_000);
        assertFalse(second.core.isActive());
        assertEquals(1, observer.core.highWatermark());
        assertNotEquals(
                org.apache.kafka.common.protocol.Errors.NONE,
                second.outcomes(append).getLast().error());
    }
}
