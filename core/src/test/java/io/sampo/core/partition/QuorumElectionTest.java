package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Elections that do not go straight.
class QuorumElectionTest {

    private static ReplicationSettings adoptingAtMost(int bytes) {
        ReplicationSettings usual = ReplicationSettings.DEFAULTS;
        return new ReplicationSettings(
                usual.electionTimeoutMs(),
                usual.electionJitterMs(),
                usual.electionStaggerMs(),
                usual.campaignTimeoutMs(),
                usual.heartbeatMs(),
                usual.fetchTimeoutMs(),
                usual.fetchMaxWaitMs(),
                200,
                usual.replicaLagTimeMaxMs(),
                usual.checkQuorumMs(),
                usual.transferTimeoutMs(),
                usual.learnerCaughtUpMs(),
                bytes,
                usual.maxQueuedMessages());
    }

    private static QuorumCluster cluster(long seed, ReplicationSettings replication) {
        return new QuorumCluster(seed, 3, true, new ReplicaSettings(1, 1_000_000, 100, replication), Set.of());
    }

    private static List<Node> followers(QuorumCluster cluster, Node leader) {
        return cluster.nodes.values().stream().filter(node -> node != leader).toList();
    }

    private static void timeOut(QuorumCluster cluster, Node node, Node inTheNameOf) {
        node.step(new ReplicaInput.Received(new ReplicaEnvelope(
                ReplicaContext.PARTITION,
                inTheNameOf.id,
                inTheNameOf.core.life(),
                node.id,
                new ReplicaMessage.TimeoutNow(inTheNameOf.core.promisedEpoch()))));
        cluster.settle();
    }

    @Test
    void whenThereIsTooMuchToAdoptTheBetterReplicaLeads() {
        QuorumCluster cluster = cluster(1, adoptingAtMost(300));
        Node leader = cluster.leader();
        Node behind = followers(cluster, leader).get(0);
        Node better = followers(cluster, leader).get(1);
        cluster.isolate(behind.id.nodeId());
        for (int i = 0; i < 20; i++) {
            leader.append(Batches.plain(1), -1);
            cluster.settle();
        }
        leader.kill();
        cluster.heal();

        timeOut(cluster, behind, leader);

        assertTrue(better.core.isActive(), () -> cluster.nodes.values().toString());
        assertEquals(20, better.core.highWatermark());
        assertTrue(behind.core.logEndOffset() > 0, "what was adopted stays");
    }

    @Test
    void aCandidateThatWouldHaveToCutItsLogLetsTheBetterOneLead() {
        QuorumCluster cluster = cluster(2, ReplicationSettings.DEFAULTS);
        Node first = cluster.leader();
        cluster.isolate(first.id.nodeId());
        first.append(Batches.plain(3), 1);
        cluster.pass(8_000);
        Node second = cluster.leader();
        assertNotEquals(first, second);
        second.append(Batches.plain(2), -1);
        cluster.settle();
        Node third = followers(cluster, second).stream()
                .filter(node -> node != first)
                .findFirst()
                .orElseThrow();
        second.kill();
        cluster.heal();
        assertEquals(3, first.core.logEndOffset());

        timeOut(cluster, first, second);
        cluster.pass(500);

        assertTrue(third.core.isActive(), () -> cluster.nodes.values().toString());
        cluster.pass(2_000);
        assertEquals(third.log(), first.log());
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                ReplicaMessage.PreVote.class,
                ReplicaMessage.PreVoteReply.class,
                ReplicaMessage.PromiseRequest.class,
                ReplicaMessage.PromiseReply.class,
                ReplicaMessage.Announce.class,
                ReplicaMessage.Fetch.class,
                ReplicaMessage.FetchReply.class,
                ReplicaMessage.AdoptRequest.class,
                ReplicaMessage.AdoptReply.class,
                ReplicaMessage.TimeoutNow.class,
                ReplicaMessage.Resigned.class,
            })
    void aMessageThatIsLostOnceIsMadeGood(Class<?> kind) {
        QuorumCluster cluster = cluster(3, ReplicationSettings.DEFAULTS);
        Node first = cluster.leader();
        Node behind = followers(cluster, first).get(0);
        cluster.isolate(behind.id.nodeId());
        for (int i = 0; i < 3; i++) {
            first.append(Batches.plain(1), -1);
            cluster.settle();
        }
        first.kill();
        Set<ReplicaId> lost = new HashSet<>();
        cluster.delivers = envelope -> !kind.isInstance(envelope.message()) || !lost.add(envelope.from());

        timeOut(cluster, behind, first);
        cluster.pass(12_000);

        Node next = cluster.leader();
        assertEquals(3, next.core.highWatermark());
        assertFalse(next.core.isSuspect());
        first.start();
        cluster.pass(5_000);
        assertEquals(cluster.leader().log(), first.log());
    }

    @Test
    void theReplicaThatComesFirstInTheListUsuallyLeads() {
        int first = 0;
        for (int seed = 0; seed < 20; seed++) {
            QuorumCluster cluster = cluster(
                    seed,
                    new ReplicationSettings(
                            1_500, 100, 200, 1_000, 300, 1_000, 500, 1_000, 30_000, 2_000, 1_000, 2_000, 1_000, 256));
            first += cluster.leader().id.nodeId() == 1 ? 1 : 0;
        }
        assertEquals(20, first);
    }
}
