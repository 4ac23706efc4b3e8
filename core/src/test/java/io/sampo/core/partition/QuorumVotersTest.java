package io.sampo.core.partition;

import static io.sampo.core.partition.QuorumSteps.batch;
import static io.sampo.core.partition.QuorumSteps.outcome;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// Voters that come, leave and are lost.
class QuorumVotersTest {
    @Test
    void aVoterIsReplacedByAnotherOneStepByStep() {
        QuorumCluster cluster = new QuorumCluster(11, 3, true);
        Node leader = cluster.leader();
        for (int i = 0; i < 5; i++) {
            leader.append(batch(i), -1);
        }
        cluster.settle();
        Node leaving = cluster.anyFollower();
        Node fourth = cluster.add(QuorumCluster.id(4), VoterSet.NONE);
        fourth.start();
        List<ReplicaId> desired =
                ReplicaState.union(leader.core.config().without(leaving.id).voters(), List.of(fourth.id));
        cluster.nodes.values().forEach(node -> node.step(new ReplicaInput.DesiredReplicas(desired)));
        assertEquals(ReplicaRole.LEARNER, fourth.core.role());

        cluster.pass(10_000);

        assertEquals(Set.copyOf(desired), Set.copyOf(leader.core.config().voters()));
        assertTrue(leader.core.isActive());
        assertEquals(ReplicaRole.FOLLOWER, fourth.core.role());
        assertEquals(leader.log(), fourth.log());
        assertEquals(ReplicaRole.LEARNER, leaving.core.role(), "it knows that it does not vote any more");
        // add and remove, each with an epoch of its own
        assertEquals(2, leader.all(ReplicaEffect.ConfigCommitted.class).size());
        // The new voter counts: with one of the others dead there is a majority.
        leaving.kill();
        cluster.nodes.values().stream()
                .filter(node -> node.up && node != leader && node != fourth)
                .forEach(Node::kill);
        TestAppend append = leader.append(batch(5), -1);
        cluster.settle();
        assertEquals(Errors.NONE, outcome(leader, append).error());
    }

    @Test
    void aLeaderThatShallLeaveHandsOverFirst() {
        QuorumCluster cluster = new QuorumCluster(12, 3, true);
        Node leader = cluster.leader();
        leader.append(batch(0), -1);
        List<ReplicaId> desired = leader.core.config().without(leader.id).voters();
        cluster.nodes.values().forEach(node -> node.step(new ReplicaInput.DesiredReplicas(desired)));

        cluster.pass(10_000);

        Node next = cluster.leader();
        assertNotEquals(leader.id, next.id);
        assertEquals(desired, next.core.config().voters());
        assertEquals(1, next.core.highWatermark());
    }

    @Test
    void appendsThatWaitSurviveAChangeOfConfiguration() {
        QuorumCluster cluster = new QuorumCluster(13, 3, true);
        Node leader = cluster.leader();
        List<Node> followers =
                cluster.nodes.values().stream().filter(node -> node != leader).toList();
        cluster.pass(500);
        List<ReplicaId> desired =
                leader.core.config().without(followers.getFirst().id).voters();
        leader.step(new ReplicaInput.DesiredReplicas(desired));
        cluster.delivers = envelope -> !(envelope.message() instanceof ReplicaMessage.FetchReply);
        TestAppend append = leader.append(batch(0), -1);
        cluster.pass(400);
        assertTrue(leader.outcomes(append).isEmpty());

        cluster.heal();
        cluster.pass(3_000);

        assertEquals(Errors.NONE, outcome(leader, append).error());
        assertEquals(1, leader.outcomes(append).size());
    }

    @Test
    void aVoterThatIsLostForGoodIsReplacedAlthoughEveryVoterWouldBeNeededToCommit() {
        ReplicaSettings all = new ReplicaSettings(3, 1_000_000, 100);
        QuorumCluster cluster = new QuorumCluster(34, 3, true, all, Set.of());
        Node leader = cluster.leader();
        leader.append(batch(0), -1);
        cluster.settle();
        Node lost = cluster.anyFollower();
        lost.kill();
        leader.step(new ReplicaInput.Resign(leader.core.leaseNumber()));
        cluster.pass(4_000);
        assertEquals(null, cluster.active(), "nobody can commit a marker");
        Node fourth = cluster.add(QuorumCluster.id(4), VoterSet.NONE);
        fourth.start();
        List<ReplicaId> desired = cluster.nodes.values().stream()
                .filter(node -> node.up)
                .map(node -> node.id)
                .toList();
        cluster.nodes.values().stream()
                .filter(node -> node.up)
                .forEach(node -> node.step(new ReplicaInput.DesiredReplicas(desired)));

        cluster.pass(10_000);

        Node next = cluster.leader();
        assertEquals(Set.copyOf(desired), Set.copyOf(next.core.config().voters()));
        TestAppend append = next.append(batch(1), -1);
        cluster.settle();
        assertEquals(Errors.NONE, outcome(next, append).error());
    }

    @Test
    void anEmptyDiskIsAStrangerAndADiskOfYesterdayIsFoundOut() {
        QuorumCluster cluster = new QuorumCluster(21, 3, true);
        Node leader = cluster.leader();
        leader.append(batch(0), -1);
        cluster.settle();
        Node follower = cluster.anyFollower();
        List<ReplicaEvent> yesterday = List.copyOf(follower.journal.subList(0, 2));
        follower.kill();
        follower.start();
        follower.kill();
        follower.start();
        cluster.pass(1_000);

        follower.kill();
        follower.journal.clear();
        follower.journal.addAll(yesterday);
        follower.start();
        cluster.pass(4_000);

        assertEquals(ReplicaRole.OFFLINE, follower.core.role());
        assertTrue(follower.all(ReplicaEffect.SetBack.class).getLast().text().contains("older state"));

        Node empty = cluster.add(new ReplicaId(follower.id.nodeId(), new Uuid(99, 99)), VoterSet.NONE);
        empty.start();
        cluster.pass(3_000);
        assertEquals(0, empty.core.logEndOffset(), "nobody wants it here");
    }
}
