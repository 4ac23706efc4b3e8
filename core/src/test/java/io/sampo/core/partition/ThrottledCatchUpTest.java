package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// KIP-73: replicas that are not in sync catch up no faster than the quotas of the nodes allow, and nobody else
/// notices. In simulated time.
class ThrottledCatchUpTest {
    private static final ThrottledReplicas ALL = new ThrottledReplicas(true, Set.of());
    private static final ThrottledReplicas NONE = ThrottledReplicas.NONE;
    private static final int RECORDS = 200;
    private static final int BATCHES = 100;

    /// What the absent replica missed.
    private static final long MISSED_BYTES =
            (long) BATCHES * Batches.plain(RECORDS).sizeInBytes();

    private static final long RATE = MISSED_BYTES / 20;

    private final List<Arrival> arrivals = new ArrayList<>();

    /// @param bytes of batches; 0: an answer without any
    private record Arrival(long atMs, long bytes) {}

    private static QuorumCluster cluster(ThrottledReplicas leader, ThrottledReplicas follower) {
        ReplicaSettings settings =
                new ReplicaSettings(1, 1_000_000, 100, ReplicationSettings.DEFAULTS, leader, follower);
        return new QuorumCluster(1, 3, true, settings, Set.of());
    }

    /// One of three was away for so long that it is not in sync any more, and missed [#MISSED_BYTES].
    private Node fallBehind(QuorumCluster cluster) {
        Node leader = cluster.leader();
        Node absent = cluster.anyFollower();
        cluster.pass(1_000);
        absent.kill();
        cluster.pass(ReplicationSettings.DEFAULTS.replicaLagTimeMaxMs() + 1_000);
        for (int i = 0; i < BATCHES; i++) {
            TestAppend append = leader.append(Batches.plain(RECORDS), -1);
            cluster.settle();
            assertEquals(Errors.NONE, leader.outcomes(append).getLast().error());
        }
        // What went to the one in sync counts too; the quotas have forgotten it.
        cluster.pass(ReplicationQuotas.DEFAULT_WINDOWS * ReplicationQuotas.DEFAULT_WINDOW_MS + 1_000);
        cluster.delivers = envelope -> {
            if (envelope.to().equals(absent.id) && envelope.message() instanceof ReplicaMessage.FetchReply reply) {
                arrivals.add(new Arrival(cluster.nowMs, QuorumCluster.sizeInBytes(reply.batches())));
            }
            return true;
        };
        arrivals.clear();
        return absent;
    }

    /// In any stretch of time no more than the rate allows: with what one window may hold at once, and the
    /// batch that crosses the limit.
    private void assertRateIsKept() {
        long allowedAtOnce = 2 * RATE + MISSED_BYTES / BATCHES;
        for (int first = 0; first < arrivals.size(); first++) {
            long bytes = 0;
            for (int last = first; last < arrivals.size(); last++) {
                bytes += arrivals.get(last).bytes();
                long ms = arrivals.get(last).atMs() - arrivals.get(first).atMs();
                long allowed = allowedAtOnce + RATE * ms / 1_000;
                assertTrue(bytes <= allowed, bytes + " bytes in " + ms + " ms, allowed " + allowed);
            }
        }
    }

    private void assertCaughtUpInTime(QuorumCluster cluster, Node behind) {
        long startMs = cluster.nowMs;
        while (behind.core.logEndOffset() < cluster.leader().core.logEndOffset()) {
            cluster.pass(100);
            assertTrue(cluster.nowMs - startMs < 26_000, () -> "the rate is not used: " + behind);
        }
        assertTrue(cluster.nowMs - startMs >= 16_000, "there was nothing to hold back");
        assertRateIsKept();
        assertTrue(arrivals.size() < 26 * 20, arrivals.size() + " answers: somebody asks all the time");
    }

    @Test
    void theLeaderSendsNoFasterThanItsQuota() {
        QuorumCluster cluster = cluster(ALL, NONE);
        Node behind = fallBehind(cluster);
        cluster.leader().quotas.leader().changeRate(RATE);
        behind.start();
        assertCaughtUpInTime(cluster, behind);
    }

    @Test
    void theFollowerTakesNoMoreThanItsQuota() {
        QuorumCluster cluster = cluster(NONE, ALL);
        Node behind = fallBehind(cluster);
        behind.quotas.follower().changeRate(RATE);
        behind.start();
        assertCaughtUpInTime(cluster, behind);
    }

    @Test
    void replicasThatAreNotNamedAreNotHeldBack() {
        ThrottledReplicas others = new ThrottledReplicas(false, Set.of(new ThrottledReplicas.Replica(0, 9)));
        QuorumCluster cluster = cluster(others, others);
        Node behind = fallBehind(cluster);
        cluster.nodes.values().forEach(node -> {
            node.quotas.leader().changeRate(1);
            node.quotas.follower().changeRate(1);
        });
        behind.start();
        cluster.pass(2_000);
        assertEquals(cluster.leader().core.logEndOffset(), behind.core.logEndOffset());
    }

    @Test
    void commitsOfThoseInSyncDoNotWaitForTheQuota() {
        QuorumCluster cluster = cluster(ALL, ALL);
        Node behind = fallBehind(cluster);
        cluster.nodes.values().forEach(node -> {
            node.quotas.leader().changeRate(1);
            node.quotas.follower().changeRate(1);
        });
        behind.start();
        cluster.pass(3_000);
        for (int i = 0; i < 20; i++) {
            TestAppend append = cluster.leader().append(Batches.plain(RECORDS), -1);
            cluster.settle();
            assertEquals(
                    Errors.NONE,
                    cluster.leader().outcomes(append).getLast().error(),
                    "acknowledged without any time passing");
            cluster.pass(300);
        }
        assertTrue(behind.core.logEndOffset() < cluster.leader().core.logEndOffset(), "it is still held back");
        long elections = cluster.nodes.values().stream()
                .flatMap(node -> node.all(ReplicaEffect.BecameActive.class).stream())
                .count();
        assertEquals(1, elections, "waiting is no reason for another leader");
    }

    @Test
    void aReplicaWithoutWhichNothingIsCommittedIsNotHeldBack() {
        QuorumCluster cluster = cluster(ALL, ALL);
        Node behind = fallBehind(cluster);
        cluster.nodes.values().forEach(node -> {
            node.quotas.leader().changeRate(1);
            node.quotas.follower().changeRate(1);
        });
        behind.start();
        cluster.pass(5_000);
        Node leader = cluster.leader();
        assertTrue(behind.core.logEndOffset() < leader.core.logEndOffset());

        cluster.nodes.values().stream()
                .filter(node -> !node.equals(leader) && !node.equals(behind))
                .forEach(Node::kill);
        cluster.pass(5_000);

        assertEquals(leader.core.logEndOffset(), behind.core.logEndOffset());
        assertTrue(leader.core.isActive());
        TestAppend append = leader.append(Batches.plain(1), -1);
        cluster.settle();
        assertEquals(Errors.NONE, leader.outcomes(append).getLast().error());
    }

    @Test
    void itGoesOnWhenTheLimitIsTakenAway() {
        QuorumCluster cluster = cluster(ALL, ALL);
        Node behind = fallBehind(cluster);
        cluster.nodes.values().forEach(node -> {
            node.quotas.leader().changeRate(1);
            node.quotas.follower().changeRate(1);
        });
        behind.start();
        cluster.pass(5_000);
        assertFalse(behind.core.logEndOffset() == cluster.leader().core.logEndOffset());
        cluster.nodes.values().forEach(node -> {
            node.quotas.leader().changeRate(ReplicationQuota.UNLIMITED);
            node.quotas.follower().changeRate(ReplicationQuota.UNLIMITED);
        });
        cluster.pass(3_000);
        assertEquals(cluster.leader().core.logEndOffset(), behind.core.logEndOffset());
        cluster.pass(5_000);
        cluster.nodes.values().forEach(node -> assertTrue(node.core.nextTickMs() > cluster.nowMs - 20, node::toString));
    }

    /// Thousands of replicas wait for the same quota: they look again seldom, and each gets its share.
    @Test
    void manyThatWaitForOneQuotaLookSeldomAndNobodyIsForgotten() {
        ReplicationQuota quota = new ReplicationQuota(11, 1_000, 1_000_000);
        List<CatchUpThrottle> replicas = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            replicas.add(new CatchUpThrottle(new Dice(i), quota));
        }
        long[] sent = new long[replicas.size()];
        long looks = 0;
        long total = 0;
        long[] dueMs = new long[replicas.size()];
        for (long nowMs = 1; nowMs <= 120_000; nowMs++) {
            for (int i = 0; i < replicas.size(); i++) {
                if (dueMs[i] > nowMs) {
                    continue;
                }
                looks++;
                if (replicas.get(i).holdsBack(nowMs)) {
                    dueMs[i] = replicas.get(i).untilMs();
                } else {
                    quota.record(10_000, nowMs);
                    sent[i] += 10_000;
                    total += 10_000;
                    dueMs[i] = nowMs + 1;
                }
            }
        }
        assertTrue(total > 110_000_000 && total < 122_000_000, total + " bytes in 120 s at 1 MB/s");
        assertTrue(looks < 120L * replicas.size() * 10, looks + " looks");
        long share = total / sent.length;
        for (long bytes : sent) {
            assertTrue(bytes > 0 && bytes < share * 4, bytes + " bytes of " + share);
        }
    }
}
