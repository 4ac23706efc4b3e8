package io.sampo.core.partition;

import static io.sampo.core.partition.QuorumSteps.assertSameLogs;
import static io.sampo.core.partition.QuorumSteps.batch;
import static io.sampo.core.partition.QuorumSteps.outcome;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// Who leads three replicas, and what the next leader has.
class QuorumLeadershipTest {
    @Test
    void whenTheLeaderDiesAnotherOneHasEverythingAndKnowsRepeatedBatches() {
        QuorumCluster cluster = new QuorumCluster(3, 3, true);
        Node first = cluster.leader();
        TestAppend append = first.append(batch(0), -1);
        cluster.settle();
        first.kill();

        Node second = cluster.leader();
        TestAppend repeated = second.append(batch(0), -1);
        cluster.settle();

        assertNotEquals(first.id, second.id);
        assertEquals(
                outcome(first, append).baseOffset(), outcome(second, repeated).baseOffset());
        assertEquals(1, second.core.logEndOffset());
        assertEquals(1, second.core.highWatermark());
    }

    @Test
    void aDeposedLeaderCutsWhatNobodyElseHas() {
        QuorumCluster cluster = new QuorumCluster(4, 3, true);
        Node first = cluster.leader();
        first.append(batch(0), -1);
        cluster.settle();
        cluster.isolate(first.id.nodeId());
        TestAppend lost = first.append(batch(1), -1);
        first.append(Batches.plain(5), 1);
        assertEquals(7, first.core.logEndOffset());
        cluster.pass(8_000);

        Node second = cluster.leader();
        assertNotEquals(first.id, second.id);
        second.append(Batches.plain(2), -1);
        cluster.heal();
        cluster.pass(3_000);

        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, outcome(first, lost).error());
        assertSameLogs(cluster);
        assertFalse(first.all(ReplicaEffect.Truncate.class).isEmpty());
        // The producer's state went back too: sequence 1 is new to everybody.
        TestAppend again = second.append(batch(1), -1);
        cluster.settle();
        assertEquals(3, outcome(second, again).baseOffset());
        cluster.pass(1_000);
        first.core
                .checkpoint()
                .producers()
                .forEach(entry -> assertEquals(
                        second.core.checkpoint().producers().getFirst().lastBatches(), entry.lastBatches()));
    }

    @Test
    void aLeaderWithoutAMajorityStepsDown() {
        QuorumCluster cluster = new QuorumCluster(5, 3, true);
        Node leader = cluster.leader();
        cluster.isolate(leader.id.nodeId());
        TestAppend append = leader.append(batch(0), -1);

        cluster.pass(3_000);

        assertFalse(leader.core.isActive());
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, outcome(leader, append).error());
        assertEquals(1, leader.all(ReplicaEffect.Resigned.class).size());
    }

    @Test
    void aReplicaThatWasCutOffDoesNotDisturbWhenItComesBack() {
        QuorumCluster cluster = new QuorumCluster(6, 3, true);
        Node leader = cluster.leader();
        int epoch = leader.core.promisedEpoch();
        Node follower = cluster.anyFollower();
        cluster.isolate(follower.id.nodeId());
        cluster.pass(20_000);
        assertEquals(epoch, follower.core.promisedEpoch(), "pre-vote raises no epoch");

        cluster.heal();
        cluster.pass(3_000);

        assertTrue(leader.core.isActive());
        assertEquals(epoch, leader.core.promisedEpoch());
    }

    @Test
    void leadershipMovesToTheTargetWithoutLoss() {
        QuorumCluster cluster = new QuorumCluster(7, 3, true);
        Node leader = cluster.leader();
        leader.append(batch(0), -1);
        cluster.settle();
        Node target = cluster.anyFollower();

        leader.step(new ReplicaInput.TransferLeadership(target.id));
        cluster.settle();

        assertTrue(target.core.isActive());
        assertFalse(leader.core.isActive());
        assertEquals(1, target.core.highWatermark());
        assertTrue(leader.all(ReplicaEffect.TransferEnded.class).getLast().moved());
    }

    @Test
    void aTransferThatTakesTooLongIsGivenUpAndAppendsGoOn() {
        QuorumCluster cluster = new QuorumCluster(8, 3, true);
        Node leader = cluster.leader();
        Node target = cluster.anyFollower();
        target.kill();

        leader.step(new ReplicaInput.TransferLeadership(target.id));
        TestAppend held = leader.append(batch(0), -1);
        cluster.pass(1_200);
        TestAppend taken = leader.append(batch(1), -1);
        cluster.settle();

        assertEquals(Errors.NONE, outcome(leader, held).error());
        assertEquals(Errors.NONE, outcome(leader, taken).error());
        assertFalse(leader.all(ReplicaEffect.TransferEnded.class).getLast().moved());
    }

    @Test
    void timeoutNowOfAnOlderEpochIsIgnored() {
        QuorumCluster cluster = new QuorumCluster(9, 3, true);
        Node leader = cluster.leader();
        Node follower = cluster.anyFollower();
        int epoch = leader.core.promisedEpoch();

        cluster.network.add(new ReplicaEnvelope(
                ReplicaContext.PARTITION,
                leader.id,
                leader.core.life(),
                follower.id,
                new ReplicaMessage.TimeoutNow(epoch - 1)));
        cluster.settle();

        assertEquals(epoch, follower.core.promisedEpoch());
        assertTrue(leader.core.isActive());
    }

    @Test
    void aResignedLeaderIsReplacedAtOnce() {
        QuorumCluster cluster = new QuorumCluster(10, 3, true);
        Node leader = cluster.leader();

        leader.step(new ReplicaInput.Resign(leader.core.leaseNumber()));
        cluster.pass(700);

        assertTrue(cluster.active() != null, "long before an election timeout");
        assertNotEquals(leader, cluster.active());
    }

    @Test
    void aCandidateTakesOverTheBestLogBeforeItLeads() {
        QuorumCluster cluster = new QuorumCluster(14, 3, true);
        Node leader = cluster.leader();
        List<Node> followers =
                cluster.nodes.values().stream().filter(node -> node != leader).toList();
        Node behind = followers.get(0);
        cluster.isolate(behind.id.nodeId());
        for (int i = 0; i < 3; i++) {
            leader.append(batch(i), -1);
            cluster.settle();
        }
        leader.kill();
        cluster.heal();

        behind.step(new ReplicaInput.Received(new ReplicaEnvelope(
                ReplicaContext.PARTITION,
                leader.id,
                leader.core.life(),
                behind.id,
                new ReplicaMessage.TimeoutNow(leader.core.promisedEpoch()))));
        cluster.settle();

        assertTrue(behind.core.isActive(), behind::toString);
        assertEquals(3, behind.core.highWatermark());
        assertEquals(leader.log(), behind.log());
    }

    @Test
    void aReplicaThatPromisedAHigherEpochIsTakenAlong() {
        QuorumCluster cluster = new QuorumCluster(31, 3, true);
        Node leader = cluster.leader();
        Node ahead = cluster.anyFollower();
        Node candidate = cluster.nodes.values().stream()
                .filter(node -> node != leader && node != ahead)
                .findFirst()
                .orElseThrow();
        int epoch = leader.core.promisedEpoch() + 7;
        ahead.step(new ReplicaInput.Received(new ReplicaEnvelope(
                ReplicaContext.PARTITION,
                candidate.id,
                candidate.core.life(),
                ahead.id,
                new ReplicaMessage.PromiseRequest(epoch, null))));
        TestAppend append = leader.append(batch(0), -1);

        cluster.pass(1_000);

        assertTrue(leader.core.isActive());
        assertTrue(leader.core.promisedEpoch() > epoch);
        assertEquals(Errors.NONE, outcome(leader, append).error());
        assertEquals(leader.log(), ahead.log());
    }

    @Test
    void campaignsAreRefusedWhileALeaderIsHeard() {
        QuorumCluster cluster = new QuorumCluster(30, 3, true);
        Node leader = cluster.leader();
        Node follower = cluster.anyFollower();

        follower.step(new ReplicaInput.Campaign());
        cluster.settle();

        assertTrue(follower.all(ReplicaEffect.CampaignRefused.class)
                .getLast()
                .reason()
                .contains("leads epoch"));
        assertTrue(leader.core.isActive());
    }
}
