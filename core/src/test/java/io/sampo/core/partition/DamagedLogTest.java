package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// Damage that is found in the log of a replica while it runs: who is cut, when, and who is not.
class DamagedLogTest {
    private static final int RECORDS = 20;
    private static final Predicate<ReplicaEnvelope> ALL = _ -> true;

    /// What a leader sends to make good what was cut.
    private static final Predicate<ReplicaEnvelope> NO_TAILS =
            envelope -> !(envelope.message() instanceof ReplicaMessage.FetchReply reply
                    && !reply.batches().isEmpty());

    private static QuorumCluster written(int voters) {
        QuorumCluster cluster = new QuorumCluster(11, voters, true);
        append(cluster, RECORDS);
        return cluster;
    }

    private static void append(QuorumCluster cluster, int count) {
        for (int i = 0; i < count; i++) {
            cluster.leader().append(Batches.plain(1), -1);
            cluster.settle();
        }
        cluster.pass(2_000);
    }

    private static List<Node> followers(QuorumCluster cluster) {
        Node leader = cluster.leader();
        return cluster.nodes.values().stream().filter(node -> node != leader).toList();
    }

    private static void damaged(Node node, long fromOffset, long toOffset) {
        node.step(new ReplicaInput.DamageFound(fromOffset, toOffset));
    }

    private static long cuts(Node node) {
        return node.all(ReplicaEffect.CutDamage.class).size();
    }

    private static void assertWhole(QuorumCluster cluster) {
        cluster.delivers = ALL;
        cluster.pass(5_000);
        Node leader = cluster.leader();
        for (Node node : cluster.nodes.values()) {
            assertEquals(leader.log(), node.log(), node::toString);
            assertFalse(node.core.isSuspect(), node::toString);
        }
        TestAppend append = leader.append(Batches.plain(1), -1);
        cluster.settle();
        assertEquals(Errors.NONE, leader.outcomes(append).getLast().error());
    }

    @Test
    void aFollowerIsCutAndCountsForNothingUntilItHasEverythingAgain() {
        QuorumCluster cluster = written(3);
        Node follower = followers(cluster).getFirst();
        cluster.delivers = NO_TAILS;

        damaged(follower, 7, 8);
        cluster.settle();

        assertEquals(1, cuts(follower));
        assertEquals(7, follower.core.logEndOffset());
        assertTrue(follower.core.isSuspect());
        assertWhole(cluster);
    }

    @Test
    void itIsCutAlsoWhenThePartitionRests() {
        QuorumCluster cluster = written(3);
        for (Node node : cluster.nodes.values()) {
            cluster.nodes.keySet().forEach(other -> node.step(new ReplicaInput.NodeAlive(other)));
        }
        cluster.pass(3_000);
        assertTrue(cluster.leader().core.isResting());
        cluster.pass(60_000);
        Node follower = followers(cluster).getFirst();

        damaged(follower, 7, 8);
        cluster.settle();

        assertEquals(1, cuts(follower));
        assertWhole(cluster);
    }

    @Test
    void neverTwoOfThreeAreCutTogether() {
        QuorumCluster cluster = written(3);
        List<Node> followers = followers(cluster);
        cluster.delivers = NO_TAILS;

        damaged(followers.get(0), 7, 8);
        damaged(followers.get(1), 3, 4);
        cluster.settle();
        for (int i = 0; i < 3; i++) {
            cluster.pass(5_000);
            damaged(followers.get(1), 3, 4);
        }

        assertEquals(1, cuts(followers.get(0)));
        assertEquals(0, cuts(followers.get(1)));

        cluster.delivers = ALL;
        cluster.pass(5_000);
        damaged(followers.get(1), 3, 4);
        cluster.settle();
        assertEquals(1, cuts(followers.get(1)));
        assertWhole(cluster);
    }

    @Test
    void aGrantThatWasNotUsedKeepsOthersBackForALimitedTime() {
        QuorumCluster cluster = written(3);
        List<Node> followers = followers(cluster);
        cluster.delivers = envelope -> !(envelope.message() instanceof ReplicaMessage.RepairReply);
        damaged(followers.get(0), 7, 8);
        cluster.settle();
        cluster.delivers = ALL;
        damaged(followers.get(1), 3, 4);
        cluster.settle();
        assertEquals(0, cuts(followers.get(1)));

        cluster.pass(31_000);
        damaged(followers.get(1), 3, 4);
        cluster.settle();

        assertEquals(1, cuts(followers.get(1)));
        assertEquals(0, cuts(followers.get(0)));
    }

    @Test
    void withoutALeaderNothingIsCut() {
        QuorumCluster cluster = written(3);
        Node follower = followers(cluster).getFirst();
        cluster.isolate(follower.id.nodeId());
        cluster.pass(10_000);

        damaged(follower, 7, 8);
        cluster.settle();

        assertEquals(0, cuts(follower));
        assertEquals(RECORDS, follower.core.logEndOffset());
    }

    @Test
    void withoutTheThirdReplicaNothingIsCut() {
        QuorumCluster cluster = written(3);
        List<Node> followers = followers(cluster);
        followers.get(1).kill();
        append(cluster, 1);
        cluster.pass(31_000);
        append(cluster, 1);

        damaged(followers.get(0), 7, 8);
        cluster.settle();

        assertEquals(0, cuts(followers.get(0)));
    }

    @Test
    void aLeaderGivesLeadershipToOneThatIsWholeAndIsCutThen() {
        QuorumCluster cluster = written(3);
        Node old = cluster.leader();
        List<Node> others = followers(cluster);

        for (int i = 0; i < 4; i++) {
            damaged(others.get(0), 7, 8);
            damaged(old, 3, 4);
            cluster.pass(5_000);
        }
        // One of the two is cut after the other.
        for (int i = 0; i < 4; i++) {
            if (cuts(others.get(0)) == 0) {
                damaged(others.get(0), 7, 8);
            }
            if (cuts(old) == 0) {
                damaged(old, 3, 4);
            }
            cluster.pass(5_000);
        }

        assertEquals(others.get(1), cluster.leader());
        assertTrue(cuts(old) >= 1);
        assertTrue(cuts(others.get(0)) >= 1);
        assertEquals(0, cuts(others.get(1)));
        assertWhole(cluster);
    }

    @Test
    void aSoleVoterKeepsWhatItHasAndLeads() {
        QuorumCluster cluster = written(1);
        Node only = cluster.leader();

        for (int i = 0; i < 3; i++) {
            damaged(only, 3, 4);
            cluster.pass(5_000);
        }

        assertEquals(only, cluster.leader());
        assertEquals(0, cuts(only));
        assertEquals(RECORDS, only.core.logEndOffset());
    }

    @Test
    void ofTwoReplicasTheOtherOneLeadsAndTheDamagedOneIsCut() {
        QuorumCluster cluster = written(2);
        Node old = cluster.leader();
        for (int i = 0; i < 3; i++) {
            damaged(old, 3, 4);
            cluster.pass(5_000);
        }

        assertNotEquals(old, cluster.leader());
        assertTrue(cuts(old) >= 1);
        assertWhole(cluster);
    }

    /// All of them are damaged at different places: each can be made good by one whose damage lies in front
    /// of its own.
    @Test
    void damageEverywhereIsMendedFromTheEnd() {
        QuorumCluster cluster = written(3);
        long[] damage = {0, 4, 9, 14};
        for (int round = 0; round < 20; round++) {
            for (Node node : cluster.nodes.values()) {
                long at = damage[node.id.nodeId()];
                if (cuts(node) == 0) {
                    damaged(node, at, at + 1);
                }
            }
            cluster.pass(5_000);
        }

        for (Node node : cluster.nodes.values()) {
            assertEquals(1, cuts(node), node::toString);
        }
        assertWhole(cluster);
    }

    /// What the leader cannot send must not be thrown away elsewhere.
    @Test
    void aDamagedLeaderLetsNobodyCutWhatItCannotSend() {
        QuorumCluster cluster = written(2);
        Node leader = cluster.leader();
        Node follower = followers(cluster).getFirst();
        for (int round = 0; round < 4; round++) {
            damaged(leader, 4, 15);
            damaged(follower, 9, 10);
            cluster.pass(5_000);
        }
        // Leadership went to where the damage ends in front.
        assertEquals(follower, cluster.leader());
        assertEquals(0, cuts(follower));
        assertEquals(0, cuts(leader));
        assertEquals(RECORDS, leader.core.logEndOffset());
    }
}
