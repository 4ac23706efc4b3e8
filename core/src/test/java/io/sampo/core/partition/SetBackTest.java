package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaEvent.PeerHeard;
import io.sampo.core.partition.ReplicaEvent.SetBack;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A directory that is set back to an older state of itself (design 1.10, docs/adr/0015).
class SetBackTest {
    private static final long SOON_MS = 3_000;

    private final QuorumCluster cluster = new QuorumCluster(41, 3, true);

    private List<ReplicaEvent> copy = List.of();

    /// A follower has acknowledged a record that its directory does not hold any more, as of `restarts`
    /// lives ago.
    private Node setBack(QuorumCluster in, int restarts) {
        Node leader = in.leader();
        in.pass(SOON_MS);
        Node follower = in.anyFollower();
        copy = List.copyOf(follower.journal);
        for (int i = 0; i < restarts; i++) {
            follower.kill();
            follower.start();
            in.pass(SOON_MS);
        }
        assertTrue(leader.core.isActive());
        leader.append(Batches.plain(1), -1);
        in.pass(SOON_MS);
        follower.kill();
        follower.journal.clear();
        follower.journal.addAll(copy);
        return follower;
    }

    private static void restartOthers(QuorumCluster in, Node except) {
        for (Node node : in.nodes.values()) {
            if (node != except) {
                node.kill();
                node.start();
            }
        }
    }

    private static boolean isOut(Node node) {
        return node.core.role() == ReplicaRole.OFFLINE;
    }

    @Test
    void itIsFoundOutByThoseThatWereStartedAgainSince() {
        Node follower = setBack(cluster, 2);
        restartOthers(cluster, follower);

        follower.start();
        cluster.pass(SOON_MS);

        assertTrue(isOut(follower));
        assertTrue(follower.journal.getLast() instanceof SetBack, () -> String.valueOf(follower.journal.getLast()));
        assertTrue(follower.all(ReplicaEffect.SetBack.class).getLast().text().contains("set back to an older state"));
        assertTrue(cluster.leader().core.isActive(), "the others go on");
    }

    @Test
    void itIsFoundOutWhenItComesToTheSameIncarnationOnceMore() {
        Node follower = setBack(cluster, 1);
        long forgotten = cluster.leader().core.checkpoint().peers().stream()
                .filter(heard -> heard.replica().equals(follower.id))
                .findFirst()
                .orElseThrow()
                .life();

        follower.start();
        long life = follower.core.life();
        cluster.pass(SOON_MS);

        assertEquals(forgotten >> 20, life >> 20, "the same incarnation");
        assertNotEquals(forgotten, life);
        assertTrue(isOut(follower));
    }

    @Test
    void whatCheckpointsSayOfOthersIsRememberedToo() {
        Node follower = setBack(cluster, 2);
        for (Node node : cluster.nodes.values()) {
            if (node != follower) {
                node.base = node.core.checkpoint();
                node.journal.clear();
            }
        }
        restartOthers(cluster, follower);

        follower.start();
        cluster.pass(SOON_MS);

        assertTrue(isOut(follower));
    }

    /// With every start its lives come closer to what others know: it must not begin one that nobody has
    /// heard of.
    @Test
    void onceFoundOutItStaysOut() {
        Node follower = setBack(cluster, 2);
        follower.start();
        cluster.pass(SOON_MS);
        long lives = follower.core.incarnation();

        for (int i = 0; i < 5; i++) {
            follower.kill();
            follower.effects.clear();
            follower.start();
            assertTrue(isOut(follower));
            assertTrue(follower.all(ReplicaEffect.Send.class).isEmpty(), "it says nothing");
            assertTrue(
                    follower.all(ReplicaEffect.SetBack.class).getFirst().text().contains("set back"));
        }
        assertEquals(lives + 5, follower.core.incarnation());
    }

    @Test
    void itIsBelievedWhenLivesAreForgottenAtARestart() {
        QuorumCluster forgetful =
                new QuorumCluster(41, 3, true, ReplicaSettings.DEFAULTS, Set.of(Mutation.PEERS_FORGOTTEN_AT_RESTART));
        Node follower = setBack(forgetful, 2);
        restartOthers(forgetful, follower);

        follower.start();
        forgetful.pass(SOON_MS);

        assertFalse(isOut(follower));
    }

    @Test
    void startsTellTheOthersOfEachOthersLives() {
        cluster.leader();
        cluster.pass(SOON_MS);
        for (Node node : cluster.nodes.values()) {
            for (Node other : cluster.nodes.values()) {
                if (node != other) {
                    PeerHeard heard = new PeerHeard(other.id, other.core.life());
                    assertTrue(node.journal.contains(heard), () -> node + " has not written " + heard);
                    assertEquals(1, node.journal.stream().filter(heard::equals).count(), "once is enough");
                }
            }
        }
    }

    @Test
    void aReplicaThatIsMerelyRestartedGoesOn() {
        Node follower = cluster.anyFollower();
        for (int i = 0; i < 3; i++) {
            follower.kill();
            follower.start();
            cluster.pass(SOON_MS);
            restartOthers(cluster, follower);
            cluster.pass(SOON_MS);
        }

        assertFalse(isOut(follower));
        assertTrue(cluster.nodes.values().stream().noneMatch(SetBackTest::isOut));
    }
}
