package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import io.sampo.core.partition.ReplicaContext.TestDeletion;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// A partition in which nothing happens is silent, and wakes for everything that does (docs/adr/0012).
class RestTest {
    private final QuorumCluster cluster = new QuorumCluster(5, 3, true);

    private static void alive(Node at, int nodeId) {
        if (at.id.nodeId() != nodeId) {
            at.step(new ReplicaInput.NodeAlive(nodeId));
        }
    }

    /// All nodes hear each other.
    private Node leaderAtRest() {
        Node leader = cluster.leader();
        leader.append(Batches.plain(1), -1);
        cluster.settle();
        cluster.nodes.values().forEach(at -> cluster.nodes.keySet().forEach(nodeId -> alive(at, nodeId)));
        cluster.pass(2_000);
        cluster.nodes.values().forEach(node -> assertTrue(node.core.isResting(), node::toString));
        return leader;
    }

    private int messagesOf(long ms) {
        int[] count = {0};
        cluster.delivers = _ -> {
            count[0]++;
            return true;
        };
        cluster.pass(ms);
        return count[0];
    }

    private void nodeLost(Node lost) {
        cluster.nodes.values().stream()
                .filter(node -> node.up && node != lost)
                .forEach(node -> node.step(new ReplicaInput.NodeLost(lost.id.nodeId())));
    }

    @Test
    void nothingIsSentAndNoTickIsDue() {
        leaderAtRest();
        cluster.nodes.values().forEach(node -> assertEquals(Long.MAX_VALUE, node.core.nextTickMs(), node::toString));
        assertEquals(0, messagesOf(60_000));
    }

    @Test
    void withoutLivenessNobodyRests() {
        cluster.leader();
        cluster.pass(5_000);
        cluster.nodes.values().forEach(node -> assertFalse(node.core.isResting(), node::toString));
        assertTrue(messagesOf(1_000) > 0);
    }

    @Test
    void anAppendAfterALongRestIsCommittedAtOnce() {
        Node leader = leaderAtRest();
        cluster.pass(10L * ReplicationSettings.DEFAULTS.replicaLagTimeMaxMs());

        TestAppend append = leader.append(Batches.plain(1), -1);
        cluster.settle();

        assertEquals(Errors.NONE, leader.outcomes(append).getLast().error());
        cluster.pass(3_000);
        for (Node node : cluster.nodes.values()) {
            assertEquals(2, node.core.highWatermark(), node::toString);
            assertTrue(node.core.isResting(), node::toString);
        }
    }

    @Test
    void deletedRecordsAreDeletedOnFollowersToo() {
        Node leader = leaderAtRest();
        leader.step(new ReplicaInput.Requests(List.of(new TestDeletion(1))));
        cluster.pass(3_000);
        for (Node node : cluster.nodes.values()) {
            assertEquals(1, node.core.logStartOffset(), node::toString);
            assertTrue(node.core.isResting(), node::toString);
        }
    }

    @Test
    void whenTheLeadersNodeIsLostAnotherOneLeadsSoon() {
        Node leader = leaderAtRest();
        leader.kill();
        cluster.pass(60_000);
        assertEquals(null, cluster.active(), "nobody said that the node is lost");

        nodeLost(leader);
        cluster.pass(1_200);

        assertNotEquals(null, cluster.active());
    }

    /// The leader's own connections to its followers were made anew; theirs to it, on which they wait, were
    /// not.
    @Test
    void anotherConnectionToItsFollowersDoesNotTakeThemOutOfSync() {
        Node leader = leaderAtRest();
        for (int nodeId : cluster.nodes.keySet()) {
            if (nodeId != leader.id.nodeId()) {
                leader.step(new ReplicaInput.NodeLost(nodeId));
                leader.step(new ReplicaInput.NodeAlive(nodeId));
            }
        }
        cluster.pass(5_000);

        TestAppend append = leader.append(Batches.plain(1), -1);
        cluster.settle();

        assertEquals(Errors.NONE, leader.outcomes(append).getLast().error());
        cluster.pass(3_000);
        cluster.nodes.values().forEach(node -> assertTrue(node.core.isResting(), node::toString));
    }

    @Test
    void aWrongSuspicionChangesNothing() {
        Node leader = leaderAtRest();
        int epoch = leader.core.promisedEpoch();
        Node follower = cluster.anyFollower();
        follower.step(new ReplicaInput.NodeLost(leader.id.nodeId()));
        cluster.pass(5_000);

        assertTrue(leader.core.isActive());
        assertEquals(epoch, leader.core.promisedEpoch());
        follower.step(new ReplicaInput.NodeAlive(leader.id.nodeId()));
        cluster.pass(3_000);
        assertTrue(follower.core.isResting());
        assertTrue(leader.core.isResting());
    }

    @Test
    void aLeaderThatLosesAMajorityOfItsNodesStepsDown() {
        Node leader = leaderAtRest();
        cluster.isolate(leader.id.nodeId());
        cluster.nodes.keySet().stream()
                .filter(nodeId -> nodeId != leader.id.nodeId())
                .forEach(nodeId -> leader.step(new ReplicaInput.NodeLost(nodeId)));
        cluster.pass(5_000);
        assertFalse(leader.core.isActive());
    }

    @Test
    void aLeaderThatResignsUnheardIsNoticedByItsQuestion() {
        Node leader = leaderAtRest();
        cluster.delivers = envelope -> !(envelope.message() instanceof ReplicaMessage.Resigned);
        leader.step(new ReplicaInput.Resign(leader.core.leaseNumber()));
        cluster.pass(10_000);
        assertNotEquals(null, cluster.active());
    }
}
