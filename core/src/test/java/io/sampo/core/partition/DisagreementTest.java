package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

/// When sharding and the quorum disagree (docs/testing.md has the whole table): whatever sharding starts or
/// fails to start, the quorum decides who leads.
class DisagreementTest {

    private static MemoryRecords batch(int sequence) {
        return Batches.idempotent(7, (short) 0, sequence, 1);
    }

    private static void appendAndCommit(QuorumCluster cluster, Node leader, int sequence) {
        TestAppend append = leader.append(batch(sequence), -1);
        cluster.pass(500);
        assertEquals(Errors.NONE, leader.outcomes(append).getLast().error());
    }

    @Test
    void allocatedWhereTheQuorumDidNotElectTheEntityIsSentAway() {
        QuorumCluster cluster = new QuorumCluster(1, 3, true);
        Node elected = cluster.leader();
        Node allocated = cluster.anyFollower();
        int epoch = elected.core.promisedEpoch();

        allocated.step(new ReplicaInput.Campaign());
        cluster.pass(1_000);

        String reason =
                allocated.all(ReplicaEffect.CampaignRefused.class).getLast().reason();
        assertTrue(reason.contains("leads epoch " + epoch), reason);
        assertSame(elected, cluster.active());
        appendAndCommit(cluster, elected, 0);
    }

    @Test
    void ofTwoAllocationsOneLeadsAndTheOtherFollows() {
        for (int seed = 1; seed <= 50; seed++) {
            QuorumCluster cluster = new QuorumCluster(seed, 3, true);
            cluster.node(1).step(new ReplicaInput.Campaign());
            cluster.node(3).step(new ReplicaInput.Campaign());
            Node leader = cluster.leader();
            appendAndCommit(cluster, leader, 0);

            List<Integer> epochs = new ArrayList<>();
            for (Node node : cluster.nodes.values()) {
                node.all(ReplicaEffect.BecameActive.class).forEach(active -> epochs.add(active.leaderEpoch()));
                assertEquals(node == leader, node.core.isActive(), node::toString);
                assertEquals(leader.log(), node.log(), node::toString);
            }
            assertEquals(epochs.stream().distinct().count(), epochs.size(), () -> "one leader in an epoch: " + epochs);
        }
    }

    @Test
    void whenNobodyAllocatesTheTimersElect() {
        QuorumCluster cluster = new QuorumCluster(3, 3, true);
        Node first = cluster.leader();
        appendAndCommit(cluster, first, 0);
        first.kill();
        cluster.pass(5_000);

        Node second = cluster.leader();
        assertNotEquals(first.id, second.id);
        appendAndCommit(cluster, second, 1);
    }

    @Test
    void aHandOverThatNeverComesDoesNotHoldLeadershipBack() {
        QuorumCluster cluster = new QuorumCluster(4, 3, true);
        Node from = cluster.leader();
        appendAndCommit(cluster, from, 0);
        Node to = cluster.anyFollower();
        cluster.pass(1_000);

        // The entity at the old place is never told to stop: nobody resigns.
        from.step(new ReplicaInput.TransferLeadership(to.id));
        cluster.pass(2_000);

        assertSame(to, cluster.active());
        assertFalse(from.core.isActive());
        assertEquals(1, from.all(ReplicaEffect.Resigned.class).size(), "the entity learns that it is over");
        appendAndCommit(cluster, to, 1);
    }

    @Test
    void theMinoritySideCommitsNothingAndServesWhatIsCommittedUntilItsLeaderStepsDown() {
        QuorumCluster cluster = new QuorumCluster(5, 3, true);
        Node minority = cluster.leader();
        appendAndCommit(cluster, minority, 0);
        cluster.isolate(minority.id.nodeId());

        TestAppend append = minority.append(batch(1), -1);
        cluster.pass(300);
        assertTrue(minority.core.isActive());
        assertEquals(1, minority.core.highWatermark(), "what is committed can be read");
        assertEquals(List.of(), minority.outcomes(append), "and nothing more");

        cluster.pass(5_000);
        assertFalse(minority.core.isActive());
        assertEquals(
                Errors.NOT_LEADER_OR_FOLLOWER,
                minority.outcomes(append).getLast().error());
        int promised = minority.core.promisedEpoch();
        minority.step(new ReplicaInput.Campaign());
        cluster.pass(10_000);
        assertFalse(minority.core.isActive());
        assertEquals(promised, minority.core.promisedEpoch(), "no promise is to be had there");

        Node majority = cluster.leader();
        assertNotEquals(minority.id, majority.id);
        appendAndCommit(cluster, majority, 1);
        cluster.heal();
        cluster.pass(5_000);
        assertEquals(cluster.leader().log(), minority.log());
    }
}
