package io.sampo.core.partition;

import static io.sampo.core.partition.QuorumSteps.assertSameLogs;
import static io.sampo.core.partition.QuorumSteps.batch;
import static io.sampo.core.partition.QuorumSteps.outcome;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// What three replicas commit, over a network that does what it is told.
class QuorumTest {
    @Test
    void oneReplicaIsElectedAndAnAppendIsCommittedEverywhere() {
        QuorumCluster cluster = new QuorumCluster(1, 3, true);
        Node leader = cluster.leader();

        TestAppend append = leader.append(batch(0), -1);
        cluster.settle();

        assertEquals(Errors.NONE, outcome(leader, append).error());
        assertEquals(1, leader.core.highWatermark());
        cluster.pass(1_000);
        assertSameLogs(cluster);
        for (Node node : cluster.nodes.values()) {
            assertEquals(1, node.core.highWatermark(), node::toString);
        }
        assertEquals(
                3,
                leader.all(ReplicaEffect.ReplicasChanged.class)
                        .getLast()
                        .inSync()
                        .size());
    }

    @Test
    void anAppendIsNotAcknowledgedBeforeAMajorityHasIt() {
        QuorumCluster cluster = new QuorumCluster(2, 3, true);
        Node leader = cluster.leader();
        cluster.isolate(leader.id.nodeId());

        TestAppend all = leader.append(batch(0), -1);
        TestAppend one = leader.append(Batches.plain(1), 1);
        cluster.settle();

        assertEquals(List.of(), leader.outcomes(all));
        assertEquals(Errors.NONE, outcome(leader, one).error());
        assertEquals(0, leader.core.highWatermark());
    }

    @Test
    void anAppendThatTooFewConfirmInTimeFailsAndMayBeCommittedLater() {
        ReplicaSettings all = new ReplicaSettings(3, 1_000_000, 100);
        QuorumCluster cluster = new QuorumCluster(2, 3, true, all, Set.of());
        Node leader = cluster.leader();
        cluster.pass(1_000);
        int follower = cluster.nodes.values().stream()
                .mapToInt(node -> node.id.nodeId())
                .filter(nodeId -> nodeId != leader.id.nodeId())
                .findFirst()
                .orElseThrow();
        cluster.isolate(follower);
        TestAppend hasty = new TestAppend(batch(0), true, (short) -1, 700);
        TestAppend patient = new TestAppend(Batches.plain(1), true, (short) -1, 60_000);
        leader.step(new ReplicaInput.Requests(List.of(hasty, patient)));

        cluster.pass(600);
        assertEquals(List.of(), leader.outcomes(hasty));
        cluster.pass(500);
        assertEquals(Errors.REQUEST_TIMED_OUT, outcome(leader, hasty).error());
        assertEquals(List.of(), leader.outcomes(patient));

        cluster.heal();
        cluster.pass(2_000);
        assertEquals(Errors.NONE, outcome(leader, patient).error());
        assertEquals(1, leader.outcomes(hasty).size());
        assertEquals(2, leader.core.highWatermark());
    }

    @Test
    void whatIsWrittenWhenTooFewReplicasStayInSyncIsNotWaitedForAnyLonger() {
        ReplicaSettings all = new ReplicaSettings(3, 1_000_000, 100);
        QuorumCluster cluster = new QuorumCluster(44, 3, true, all, Set.of());
        Node leader = cluster.leader();
        cluster.pass(31_000);
        cluster.anyFollower().kill();
        TestAppend timedOut = new TestAppend(Batches.plain(1), true, (short) -1, 1_000);
        leader.step(new ReplicaInput.Requests(List.of(timedOut)));
        TestAppend waits = leader.append(batch(0), -1);
        cluster.pass(2_000);
        assertEquals(Errors.REQUEST_TIMED_OUT, outcome(leader, timedOut).error());
        assertTrue(leader.outcomes(waits).isEmpty(), "the dead follower may still be back in time");

        cluster.pass(30_000);

        assertEquals(
                Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND, outcome(leader, waits).error());
        assertEquals(0, leader.core.highWatermark(), "it was not committed");
    }

    @Test
    void minInSyncReplicasAboveTheMajorityIsHonoured() {
        ReplicaSettings all = new ReplicaSettings(3, 1_000_000, 100);
        QuorumCluster cluster = new QuorumCluster(19, 3, true, all, Set.of());
        Node leader = cluster.leader();
        TestAppend first = leader.append(batch(0), -1);
        cluster.settle();
        assertEquals(Errors.NONE, outcome(leader, first).error());
        cluster.anyFollower().kill();

        TestAppend waits = leader.append(batch(1), -1);
        cluster.pass(1_000);
        assertTrue(leader.outcomes(waits).isEmpty());
        cluster.pass(31_000);
        TestAppend refused = leader.append(batch(2), -1);
        TestAppend one = leader.append(Batches.plain(1), 1);
        cluster.settle();

        assertEquals(Errors.NOT_ENOUGH_REPLICAS, outcome(leader, refused).error());
        assertEquals(Errors.NONE, outcome(leader, one).error());
    }

    @Test
    void aReadBarrierNeedsAMajority() {
        QuorumCluster cluster = new QuorumCluster(20, 3, true);
        Node leader = cluster.leader();
        leader.step(new ReplicaInput.ReadBarrier(new QuorumCluster.Barrier(1)));
        cluster.settle();
        assertEquals(
                Errors.NONE,
                leader.all(ReplicaEffect.BarrierCompleted.class).getLast().error());

        cluster.isolate(leader.id.nodeId());
        leader.step(new ReplicaInput.ReadBarrier(new QuorumCluster.Barrier(2)));
        cluster.pass(500);
        assertEquals(1, leader.all(ReplicaEffect.BarrierCompleted.class).size());
        cluster.pass(3_000);
        assertEquals(
                Errors.NOT_LEADER_OR_FOLLOWER,
                leader.all(ReplicaEffect.BarrierCompleted.class).getLast().error());
    }

    @Test
    void recordsAreSentWhileTheLeadersOwnDiskIsAtWork() {
        QuorumCluster cluster = new QuorumCluster(22, 3, true);
        Node leader = cluster.leader();
        leader.holdsPersists = true;

        TestAppend append = leader.append(batch(0), -1);
        cluster.settle();

        Node follower = cluster.anyFollower();
        assertEquals(1, follower.core.logEndOffset());
        assertTrue(leader.outcomes(append).isEmpty(), "the leader has not written it itself");
        assertEquals(0, leader.core.highWatermark());
        leader.completePersist();
        assertEquals(Errors.NONE, outcome(leader, append).error(), "no further round trip is needed");
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        assertEquals(run(5), run(5));
        assertNotEquals(run(5), run(6));
    }

    private static List<String> run(long seed) {
        QuorumCluster cluster = new QuorumCluster(seed, 5, true);
        cluster.leader().append(batch(0), -1);
        cluster.pass(5_000);
        cluster.leader().kill();
        cluster.pass(5_000);
        return cluster.nodes.values().stream()
                .flatMap(node -> node.effects.stream())
                .filter(effect -> !(effect instanceof ReplicaEffect.AppendCompleted))
                .map(effect -> effect instanceof ReplicaEffect.SendTail tail
                        ? tail.envelope().to().toString()
                        : effect instanceof ReplicaEffect.Send send
                                ? send.envelope().to().toString()
                                : effect.toString())
                .toList();
    }
}
