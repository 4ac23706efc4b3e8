package io.sampo.core.partition;

import static io.sampo.core.partition.QuorumSteps.assertSameLogs;
import static io.sampo.core.partition.QuorumSteps.batch;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Replicas that lost what they had acknowledged, or may have.
class QuorumDamageTest {
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
}
