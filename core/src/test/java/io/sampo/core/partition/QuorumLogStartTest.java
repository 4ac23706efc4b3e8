package io.sampo.core.partition;

import static io.sampo.core.partition.QuorumSteps.batch;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestDeletion;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// The log start: it moves everywhere, and logs that end below it begin anew.
class QuorumLogStartTest {
    @Test
    void aFollowerBelowTheLogStartBeginsAnewAndStillKnowsTheProducers() {
        QuorumCluster cluster = new QuorumCluster(17, 3, true);
        Node leader = cluster.leader();
        Node behind = cluster.anyFollower();
        behind.kill();
        for (int i = 0; i < 6; i++) {
            leader.append(batch(i), -1);
            cluster.settle();
        }
        leader.step(new ReplicaInput.Requests(List.of(new TestDeletion(4))));
        cluster.settle();

        behind.start();
        cluster.pass(3_000);

        assertEquals(1, behind.all(ReplicaEffect.Reset.class).size());
        assertEquals(4, behind.core.logStartOffset());
        assertFalse(behind.core.isSuspect());
        assertEquals(leader.log(), behind.log());
        assertEquals(
                leader.core.checkpoint().producers(), behind.core.checkpoint().producers());
    }

    @Test
    void aLogThatLostItsEndBelowItsStartGetsTheProducersFromTheLeader() {
        QuorumCluster cluster = new QuorumCluster(35, 3, false);
        Node leader = cluster.leader();
        for (int i = 0; i < 6; i++) {
            leader.append(batch(i), -1);
        }
        cluster.settle();
        leader.step(new ReplicaInput.Requests(List.of(new TestDeletion(6))));
        cluster.pass(2_000);
        Node crashed = cluster.anyFollower();
        assertEquals(6, crashed.core.logStartOffset());

        crashed.crash(2);
        crashed.start();
        assertEquals(6, crashed.core.logEndOffset());
        cluster.pass(2_000);

        assertFalse(crashed.core.isSuspect());
        assertEquals(1, crashed.all(ReplicaEffect.Reset.class).size());
        assertEquals(
                leader.core.checkpoint().producers(), crashed.core.checkpoint().producers());
    }

    @Test
    void followersMoveTheirLogStartToo() {
        QuorumCluster cluster = new QuorumCluster(18, 3, true);
        Node leader = cluster.leader();
        for (int i = 0; i < 4; i++) {
            leader.append(batch(i), -1);
        }
        cluster.settle();

        leader.step(new ReplicaInput.Requests(List.of(new TestDeletion(3))));
        cluster.pass(2_000);

        for (Node node : cluster.nodes.values()) {
            assertEquals(3, node.core.logStartOffset(), node::toString);
        }
    }

    private static QuorumCluster clusterWithFourRecords(int seed) {
        QuorumCluster cluster = new QuorumCluster(seed, 3, true);
        Node leader = cluster.leader();
        cluster.nodes.keySet().forEach(nodeId -> leader.step(new ReplicaInput.NodeAlive(nodeId)));
        for (int i = 0; i < 4; i++) {
            leader.append(batch(i), -1);
        }
        cluster.settle();
        return cluster;
    }

    @Test
    void aDeletionIsAnsweredWhenTheLogStartHasMovedEverywhereAndWithoutWaitingForAHeartbeat() {
        QuorumCluster cluster = clusterWithFourRecords(41);
        Node leader = cluster.leader();
        Node slow = cluster.anyFollower();
        slow.holdsPersists = true;

        leader.step(new ReplicaInput.Requests(List.of(new TestDeletion(3))));
        cluster.settle();
        assertEquals(3, leader.core.logStartOffset());
        assertTrue(leader.all(ReplicaEffect.DeleteCompleted.class).isEmpty(), "one follower has not written it");

        slow.holdsPersists = false;
        slow.completePersist();
        cluster.settle();
        ReplicaEffect.DeleteCompleted completed =
                leader.all(ReplicaEffect.DeleteCompleted.class).getFirst();
        assertEquals(Errors.NONE, completed.error());
        assertEquals(3, completed.lowWatermark());
        cluster.nodes.values().forEach(node -> assertEquals(3, node.core.logStartOffset(), node::toString));
    }

    @Test
    void aDeletionThatAFollowerDoesNotFollowIsTimedOutAndCanBeRepeated() {
        QuorumCluster cluster = clusterWithFourRecords(42);
        Node leader = cluster.leader();
        Node slow = cluster.anyFollower();
        slow.holdsPersists = true;
        leader.step(new ReplicaInput.Requests(List.of(new TestDeletion(3, 1_000))));
        cluster.pass(900);
        assertTrue(leader.all(ReplicaEffect.DeleteCompleted.class).isEmpty());
        cluster.pass(500);
        assertEquals(
                Errors.REQUEST_TIMED_OUT,
                leader.all(ReplicaEffect.DeleteCompleted.class).getFirst().error());

        leader.step(new ReplicaInput.Requests(List.of(new TestDeletion(2, 1_000))));
        cluster.settle();
        assertEquals(1, leader.all(ReplicaEffect.DeleteCompleted.class).size(), "it is deleted here only");
        slow.holdsPersists = false;
        slow.completePersist();
        cluster.settle();
        ReplicaEffect.DeleteCompleted repeated =
                leader.all(ReplicaEffect.DeleteCompleted.class).getLast();
        assertEquals(Errors.NONE, repeated.error());
        assertEquals(3, repeated.lowWatermark());
    }

    @Test
    void aDeletionDoesNotWaitForAReplicaWhoseNodeIsGone() {
        QuorumCluster cluster = clusterWithFourRecords(43);
        Node leader = cluster.leader();
        Node dead = cluster.anyFollower();
        dead.kill();
        leader.step(new ReplicaInput.Requests(List.of(new TestDeletion(3))));
        cluster.pass(1_000);
        assertTrue(leader.all(ReplicaEffect.DeleteCompleted.class).isEmpty());

        leader.step(new ReplicaInput.NodeLost(dead.id.nodeId()));
        cluster.pass(500);

        assertEquals(
                3, leader.all(ReplicaEffect.DeleteCompleted.class).getFirst().lowWatermark());
    }

    @Test
    void aLogThatBeginsInTheMiddleOfABatchIsSentFromThere() {
        QuorumCluster cluster = new QuorumCluster(32, 3, true);
        Node leader = cluster.leader();
        Node behind = cluster.anyFollower();
        behind.kill();
        leader.append(Batches.idempotent(7, (short) 0, 0, 5), -1);
        leader.append(Batches.idempotent(7, (short) 0, 5, 5), -1);
        cluster.settle();
        leader.step(new ReplicaInput.Requests(List.of(new TestDeletion(7))));
        cluster.settle();

        behind.start();
        cluster.pass(3_000);

        assertEquals(7, behind.core.logStartOffset());
        assertEquals(10, behind.core.logEndOffset());
        assertEquals(leader.log(), behind.log());
        assertEquals(
                leader.core.checkpoint().producers(), behind.core.checkpoint().producers());
        behind.kill();
        behind.start();
        cluster.pass(1_000);
        assertEquals(10, behind.core.highWatermark());
    }
}
