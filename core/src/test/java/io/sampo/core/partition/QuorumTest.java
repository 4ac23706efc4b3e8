package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import io.sampo.core.partition.ReplicaContext.TestDeletion;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Stories of three replicas (and a fourth) over a network that does what it is told.
class QuorumTest {

    private static MemoryRecords batch(int sequence) {
        return Batches.idempotent(7, (short) 0, sequence, 1);
    }

    private static AppendOutcome outcome(Node node, TestAppend append) {
        return node.outcomes(append).getLast();
    }

    private static void assertSameLogs(QuorumCluster cluster) {
        Node first = cluster.leader();
        for (Node node : cluster.nodes.values()) {
            assertEquals(first.log(), node.log(), node::toString);
            assertEquals(first.core.epochStarts(), node.core.epochStarts(), node::toString);
        }
    }

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
    void afterACrashOfTheMachineAReplicaDoesNotCountUntilItCaughtUp() {
        QuorumCluster cluster = new QuorumCluster(15, 3, false);
        Node leader = cluster.leader();
        for (int i = 0; i < 4; i++) {
            leader.append(batch(i), -1);
        }
        cluster.settle();
        Node crashed = cluster.anyFollower();
        crashed.crash(1);
        cluster.isolate(crashed.id.nodeId());
        crashed.start();
        assertTrue(crashed.core.isSuspect());
        assertEquals(1, crashed.core.logEndOffset());
        cluster.pass(8_000);
        assertEquals(leader.core.promisedEpoch(), crashed.core.promisedEpoch(), "it asks, but raises no epoch");

        cluster.heal();
        cluster.pass(2_000);

        assertFalse(crashed.core.isSuspect());
        assertSameLogs(cluster);
    }

    @Test
    void aReplicaThatMissesCommittedRecordsOrIsDamagedFetchesThemAgainBeforeItCounts() {
        QuorumCluster cluster = new QuorumCluster(33, 3, true);
        Node leader = cluster.leader();
        for (int i = 0; i < 4; i++) {
            leader.append(batch(i), -1);
        }
        cluster.settle();
        cluster.pass(500);
        Node damaged = cluster.anyFollower();
        damaged.base = damaged.core.checkpoint();
        damaged.kill();
        // The file behind the checkpoint lost its end.
        ReplicaEvent.Checkpoint whole = damaged.base;
        damaged.journal.clear();
        damaged.base = new ReplicaEvent.Checkpoint(
                whole.topic(),
                whole.partition(),
                whole.self(),
                whole.config(),
                whole.incarnation(),
                whole.bootId(),
                whole.promisedEpoch(),
                0,
                0,
                whole.highWatermark(),
                false,
                whole.epochStarts().stream()
                        .filter(marker -> marker.startOffset() == 0)
                        .toList(),
                List.of(),
                whole.configs(),
                false,
                -1,
                whole.peers());

        damaged.start();
        assertTrue(damaged.core.isSuspect());
        cluster.pass(2_000);

        assertFalse(damaged.core.isSuspect());
        assertEquals(leader.log(), damaged.log());
    }

    @Test
    void whenAllAreSuspectTheBestOfAllLeadsAndSaysSo() {
        QuorumCluster cluster = new QuorumCluster(16, 3, false);
        Node leader = cluster.leader();
        for (int i = 0; i < 4; i++) {
            leader.append(batch(i), -1);
        }
        cluster.settle();
        int keep = 0;
        for (Node node : cluster.nodes.values()) {
            node.crash(keep++);
        }
        cluster.node(1).start();
        cluster.node(2).start();
        cluster.pass(10_000);
        assertEquals(null, cluster.active(), "two of three are not all");

        cluster.node(3).start();
        cluster.pass(10_000);

        Node next = cluster.leader();
        assertEquals(2, next.core.highWatermark(), "the best that is left");
        assertTrue(next.all(ReplicaEffect.Alarm.class).getFirst().text().contains("possible data loss"));
        assertSameLogs(cluster);
    }

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

    @ParameterizedTest
    @CsvSource({"0", "1", "2", "3"})
    void aReplicaThatDiesInTheMiddleOfAPersistComesBack(int written) {
        QuorumCluster cluster = new QuorumCluster(23 + written, 3, true);
        Node leader = cluster.leader();
        Node follower = cluster.anyFollower();
        follower.holdsPersists = true;
        leader.append(batch(0), -1);
        leader.append(batch(1), -1);
        cluster.settle();
        follower.killWhilePersisting(written);
        follower.holdsPersists = false;

        follower.start();
        cluster.pass(3_000);

        assertSameLogs(cluster);
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
