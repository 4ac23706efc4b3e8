package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// How leadership passes from one replica to another: what becomes of appends meanwhile, who is asked, how
/// soon.
class SuccessionTest {
    private final QuorumCluster cluster = new QuorumCluster(11, 3, true);

    private static Errors error(Node node, TestAppend append) {
        return node.outcomes(append).getFirst().error();
    }

    private Node leader() {
        Node leader = cluster.leader();
        leader.append(Batches.plain(1), -1);
        cluster.settle();
        cluster.pass(100);
        return leader;
    }

    private void nobodyIsToldToTakeOver() {
        cluster.delivers = envelope -> !(envelope.message() instanceof ReplicaMessage.TimeoutNow);
    }

    @Test
    void appendsWaitForTheEndOfATransferAndAreRefusedByWhoDoesNotLeadAnyMore() {
        Node leader = leader();
        nobodyIsToldToTakeOver();
        leader.step(new ReplicaInput.TransferLeadership(cluster.anyFollower().id));
        TestAppend append = leader.append(Batches.plain(1), -1);
        cluster.pass(200);
        assertEquals(List.of(), leader.outcomes(append));

        cluster.delivers = _ -> true;
        cluster.pass(400);

        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, error(leader, append));
        List<ReplicaEffect.Immediate> effects = leader.effects;
        int resigned = effects.indexOf(leader.all(ReplicaEffect.Resigned.class).getLast());
        int refused =
                effects.indexOf(leader.all(ReplicaEffect.AppendCompleted.class).getLast());
        assertTrue(resigned < refused, "clients are told when this replica is known not to lead");
    }

    @Test
    void appendsGoOnInTheirOrderWhenATransferIsGivenUp() {
        Node leader = leader();
        nobodyIsToldToTakeOver();
        leader.step(new ReplicaInput.TransferLeadership(cluster.anyFollower().id));
        TestAppend first = leader.append(Batches.plain(1), -1);
        TestAppend second = leader.append(Batches.plain(1), -1);

        cluster.pass(1_200);

        assertEquals(1, leader.outcomes(first).getFirst().baseOffset());
        assertEquals(2, leader.outcomes(second).getFirst().baseOffset());
    }

    @Test
    void whoCountsAsInSyncButIsNotHeardAnyMoreIsNoSuccessor() {
        Node leader = leader();
        List<ReplicaId> others = leader.core.config().voters().stream()
                .filter(voter -> !voter.equals(leader.id))
                .toList();
        assertEquals(others, leader.core.successors());

        Node gone = cluster.node(others.getFirst().nodeId());
        gone.kill();
        leader.step(new ReplicaInput.NodeLost(gone.id.nodeId()));
        leader.step(new ReplicaInput.NodeAlive(gone.id.nodeId()));
        assertEquals(List.of(others.getLast()), leader.core.successors(), "the new process has not fetched yet");

        cluster.node(others.getLast().nodeId()).kill();
        cluster.pass(1_300);
        assertEquals(List.of(), leader.core.successors());
    }

    @Test
    void onlyALeaderHasSuccessors() {
        leader();
        assertEquals(List.of(), cluster.anyFollower().core.successors());
    }

    @Test
    void whenTheLeadersProcessIsGoneAnotherReplicaLeadsInAFractionOfASecond() {
        Node leader = leader();
        leader.kill();
        cluster.nodes.values().stream()
                .filter(node -> node.up)
                .forEach(node -> node.step(new ReplicaInput.NodeLost(leader.id.nodeId())));

        cluster.pass(200);

        assertNotEquals(null, cluster.active());
    }

    @Test
    void aNewConnectionToALeaderThatLivesDeposesNobody() {
        Node leader = leader();
        int epoch = leader.core.promisedEpoch();
        for (Node node : cluster.nodes.values()) {
            for (int other : cluster.nodes.keySet()) {
                if (other != node.id.nodeId()) {
                    node.step(new ReplicaInput.NodeLost(other));
                    node.step(new ReplicaInput.NodeAlive(other));
                }
            }
        }

        cluster.pass(3_000);

        assertTrue(leader.core.isActive());
        assertEquals(epoch, leader.core.promisedEpoch());
    }
}
