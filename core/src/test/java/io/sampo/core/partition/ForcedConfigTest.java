package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ForcedConfig.Duty;
import io.sampo.core.partition.QuorumCluster.Node;
import io.sampo.core.partition.ReplicaContext.TestAppend;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaEvent.ConfigForced;
import io.sampo.core.partition.ReplicaEvent.EpochStarted;
import io.sampo.core.partition.ReplicaEvent.ProducerBatch;
import io.sampo.core.partition.ReplicaEvent.ProducerEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// What becomes of a partition when an operator gives up the voters that are lost.
class ForcedConfigTest {
    private static final ReplicaId X = QuorumCluster.id(1);
    private static final ReplicaId OTHER = QuorumCluster.id(2);

    // ---- the rule --------------------------------------------------------------------------------------------

    @Test
    void theForcedEpochIsTheFirstOfTheNextEra() {
        assertEquals(ForcedConfig.ERA, ForcedConfig.nextEpoch(-1));
        assertEquals(ForcedConfig.ERA, ForcedConfig.nextEpoch(0));
        assertEquals(ForcedConfig.ERA, ForcedConfig.nextEpoch(ForcedConfig.ERA - 1));
        assertEquals(2 * ForcedConfig.ERA, ForcedConfig.nextEpoch(ForcedConfig.ERA));
        assertEquals(2047 * ForcedConfig.ERA, ForcedConfig.nextEpoch(2047 * ForcedConfig.ERA - 1));
        assertThrows(ArithmeticException.class, () -> ForcedConfig.nextEpoch(Integer.MAX_VALUE));
    }

    @Test
    void whoKnowsAnEpochOfItsEraKnowsTheConfiguration() {
        assertFalse(ForcedConfig.isOfLaterEra(ForcedConfig.ERA - 1, -1));
        assertTrue(ForcedConfig.isOfLaterEra(ForcedConfig.ERA, ForcedConfig.ERA - 1));
        assertFalse(ForcedConfig.isOfLaterEra(ForcedConfig.ERA + 7, ForcedConfig.ERA));
        assertFalse(ForcedConfig.isOfLaterEra(5, ForcedConfig.ERA));
    }

    @Test
    void aForcedConfigurationAsksForOneThingOnce() {
        ForcedConfig forced = new ForcedConfig(100, X);

        assertEquals(Duty.LEAD, forced.dutyOf(X, 7, 7));
        assertEquals(Duty.LEAD, forced.dutyOf(X, 100, 7), "the process ended between promise and marker");
        assertEquals(Duty.NOTHING, forced.dutyOf(X, 100, 100));
        assertEquals(Duty.NOTHING, forced.dutyOf(X, 101, 100));
        assertEquals(Duty.PROMISE, forced.dutyOf(OTHER, 99, 98));
        assertEquals(Duty.NOTHING, forced.dutyOf(OTHER, 100, 98));
        assertEquals(Duty.NOTHING, forced.dutyOf(OTHER, 120, 98), "somebody went on from there");
    }

    // ---- stories ---------------------------------------------------------------------------------------------

    private static ForcedConfig force(QuorumCluster cluster, Node voter) {
        int known = cluster.nodes.values().stream()
                .mapToInt(node -> node.core.promisedEpoch())
                .max()
                .orElse(-1);
        return new ForcedConfig(ForcedConfig.nextEpoch(known), voter.id);
    }

    private static void tell(Node node, List<ReplicaId> desired, ForcedConfig forced) {
        node.step(new ReplicaInput.DesiredReplicas(desired, List.of(), forced));
    }

    /// Three replicas hold one record, and a fourth learns nothing; then only the followers' processes are
    /// killed.
    private static Node survivor(QuorumCluster cluster) {
        cluster.leader().append(Batches.plain(1), -1);
        cluster.pass(1_000);
        Node survivor = cluster.anyFollower();
        for (Node node : cluster.nodes.values()) {
            if (node != survivor) {
                node.kill();
            }
        }
        cluster.pass(10_000);
        assertNull(cluster.active());
        return survivor;
    }

    private static List<ReplicaId> ids(QuorumCluster cluster) {
        return cluster.nodes.values().stream().map(node -> node.id).toList();
    }

    private static void assertServes(QuorumCluster cluster) {
        Node leader = cluster.leader();
        TestAppend append = leader.append(Batches.plain(1), -1);
        cluster.pass(2_000);
        assertEquals(Errors.NONE, leader.outcomes(append).getLast().error());
    }

    @Test
    void theNamedVoterLeadsAloneAndSaysSo() {
        QuorumCluster cluster = new QuorumCluster(1, 3, true);
        Node survivor = survivor(cluster);
        ForcedConfig forced = force(cluster, survivor);

        tell(survivor, ids(cluster), forced);
        cluster.settle();

        assertEquals(ReplicaRole.LEADER, survivor.core.role());
        assertEquals(VoterSet.single(survivor.id), survivor.core.config());
        assertEquals(forced.leaderEpoch(), survivor.core.promisedEpoch());
        assertFalse(survivor.core.isSuspect());
        ReplicaEffect.Alarm alarm = survivor.all(ReplicaEffect.Alarm.class).getLast();
        assertTrue(alarm.text().startsWith("possible data loss in orders-0"), alarm.text());
        assertServes(cluster);
    }

    @Test
    void itDoesNotHappenTwice() {
        QuorumCluster cluster = new QuorumCluster(2, 3, true);
        Node survivor = survivor(cluster);
        ForcedConfig forced = force(cluster, survivor);
        tell(survivor, ids(cluster), forced);
        cluster.settle();
        int events = survivor.journal.size();

        tell(survivor, ids(cluster), forced);
        survivor.kill();
        survivor.start();
        tell(survivor, ids(cluster), forced);
        cluster.pass(3_000);

        assertEquals(ReplicaRole.LEADER, survivor.core.role());
        assertEquals(
                1,
                survivor.journal.stream().filter(ConfigForced.class::isInstance).count());
        assertTrue(survivor.core.promisedEpoch() > forced.leaderEpoch(), "elected in the ordinary way");
        assertTrue(survivor.journal.size() > events);
    }

    @Test
    void itGoesOnWhereAnEndedProcessLeftIt() {
        for (int written = 0; written <= 2; written++) {
            QuorumCluster cluster = new QuorumCluster(3, 3, true);
            Node survivor = survivor(cluster);
            ForcedConfig forced = force(cluster, survivor);
            survivor.holdsPersists = true;
            tell(survivor, ids(cluster), forced);
            assertEquals(2, survivor.outstanding.size());
            survivor.killWhilePersisting(written);
            survivor.holdsPersists = false;

            survivor.start();
            cluster.pass(5_000);
            assertEquals(written == 2, survivor.core.isActive(), "written " + written);
            tell(survivor, ids(cluster), forced);
            cluster.pass(5_000);

            assertEquals(ReplicaRole.LEADER, survivor.core.role(), "written " + written);
            assertEquals(VoterSet.single(survivor.id), survivor.core.config());
            assertFalse(survivor.core.isSuspect());
        }
    }

    @Test
    void aSuspectReplicaMayLead() {
        QuorumCluster cluster = new QuorumCluster(4, 3, false);
        Node survivor = survivor(cluster);
        survivor.crash(0);
        survivor.start();
        cluster.pass(5_000);
        assertTrue(survivor.core.isSuspect());

        tell(survivor, ids(cluster), force(cluster, survivor));
        cluster.settle();

        assertEquals(ReplicaRole.LEADER, survivor.core.role());
        assertFalse(survivor.core.isSuspect());
        assertServes(cluster);
    }

    @Test
    void anEmptyReplicaMayLead() {
        QuorumCluster cluster = new QuorumCluster(5, 1, true);
        cluster.leader().append(Batches.plain(3), -1);
        cluster.pass(1_000);
        cluster.node(1).kill();
        Node empty = cluster.add(new ReplicaId(1, new Uuid(1, 99)), VoterSet.NONE);
        empty.start();
        cluster.pass(5_000);
        assertEquals(ReplicaRole.LEARNER, empty.core.role());

        tell(empty, List.of(empty.id), new ForcedConfig(ForcedConfig.ERA, empty.id));
        cluster.settle();

        assertEquals(ReplicaRole.LEADER, empty.core.role());
        assertEquals(List.of(), empty.log());
        assertServes(cluster);
    }

    @Test
    void thoseThatComeBackEmptyBecomeVotersAgain() {
        QuorumCluster cluster = new QuorumCluster(6, 3, true);
        Node survivor = survivor(cluster);
        List<ReplicaId> desired = new ArrayList<>();
        for (ReplicaId old : ids(cluster)) {
            desired.add(old.equals(survivor.id) ? old : new ReplicaId(old.nodeId(), new Uuid(old.nodeId(), 99)));
        }
        for (ReplicaId replica : desired) {
            if (!replica.equals(survivor.id)) {
                cluster.add(replica, VoterSet.NONE).start();
            }
        }
        ForcedConfig forced = force(cluster, survivor);
        cluster.nodes.values().forEach(node -> tell(node, desired, forced));
        cluster.pass(20_000);

        assertEquals(
                Set.copyOf(desired), Set.copyOf(cluster.leader().core.config().voters()));
        assertServes(cluster);
        for (Node node : cluster.nodes.values()) {
            assertEquals(survivor.log(), node.log(), node::toString);
            assertFalse(node.core.isSuspect());
        }
    }

    /// The majority that was given up comes back with all that it had, and hears of it from metadata.
    @Test
    void whoIsNotNamedPromisesAndNeverVotesByTheOldConfiguration() {
        QuorumCluster cluster = new QuorumCluster(7, 3, true);
        Node survivor = survivor(cluster);
        ForcedConfig forced = force(cluster, survivor);
        survivor.kill();
        for (Node node : cluster.nodes.values()) {
            if (node != survivor) {
                node.start();
                tell(node, ids(cluster), forced);
            }
        }
        cluster.pass(30_000);

        assertNull(cluster.active(), "two of three, but the configuration of three counts no more");
        for (Node node : cluster.nodes.values()) {
            if (node != survivor) {
                assertEquals(forced.leaderEpoch(), node.core.promisedEpoch());
                assertTrue(node.core.isSuspect());
                node.kill();
                node.start();
            }
        }
        cluster.pass(30_000);
        assertNull(cluster.active(), "also after another start");

        survivor.start();
        tell(survivor, ids(cluster), forced);
        cluster.pass(20_000);
        assertEquals(
                Set.copyOf(ids(cluster)),
                Set.copyOf(cluster.leader().core.config().voters()));
        assertServes(cluster);
    }

    /// The same, but metadata reach them late: what they hear from the new leader must do.
    @Test
    void whoHearsOfALaterEraKnowsThatItsConfigurationCountsNoMore() {
        QuorumCluster cluster = new QuorumCluster(8, 3, true);
        Node survivor = survivor(cluster);
        ForcedConfig forced = force(cluster, survivor);
        tell(survivor, ids(cluster), forced);
        cluster.pass(500);
        TestAppend kept = survivor.append(Batches.plain(2), -1);
        cluster.settle();
        assertEquals(Errors.NONE, survivor.outcomes(kept).getLast().error());
        List<String> log = survivor.log();
        // The other two come back, hear that the survivor leads, fetch nothing, and then it is gone again.
        cluster.delivers = envelope -> !(envelope.message() instanceof ReplicaMessage.Fetch);
        for (Node node : cluster.nodes.values()) {
            if (node != survivor) {
                node.start();
            }
        }
        cluster.pass(700);
        survivor.kill();
        cluster.heal();
        cluster.pass(30_000);
        assertNull(cluster.active(), "two of three");

        survivor.start();
        tell(survivor, ids(cluster), forced);
        cluster.pass(20_000);
        Node leader = cluster.leader();
        assertEquals(log, leader.log());
        for (Node node : cluster.nodes.values()) {
            assertEquals(log, node.log(), node::toString);
        }
        assertServes(cluster);
    }

    /// Records that were committed by the configuration that was given up are cut, below the own high
    /// watermark, and a person is told which.
    @Test
    void whatTheNamedVoterLackedIsCutElsewhere() {
        QuorumCluster cluster = new QuorumCluster(9, 3, true);
        Node leader = cluster.leader();
        leader.append(Batches.plain(1), -1);
        cluster.pass(1_000);
        Node behind = cluster.anyFollower();
        cluster.isolate(behind.id.nodeId());
        leader.append(Batches.plain(4), -1);
        cluster.pass(1_000);
        assertEquals(5, leader.core.highWatermark());
        List<Node> others =
                cluster.nodes.values().stream().filter(node -> node != behind).toList();
        tell(behind, ids(cluster), force(cluster, behind));
        cluster.pass(100);
        assertEquals(ReplicaRole.LEADER, behind.core.role());

        cluster.heal();
        cluster.pass(5_000);

        for (Node node : others) {
            assertEquals(behind.log(), node.log(), node::toString);
            assertTrue(
                    node.all(ReplicaEffect.Alarm.class).stream()
                            .anyMatch(alarm -> alarm.text().contains("from offset 1 to 5 (exclusive) were committed")),
                    node::toString);
            assertFalse(node.core.isSuspect(), "it has caught up");
        }
        cluster.pass(20_000);
        assertServes(cluster);
        assertEquals(3, cluster.leader().core.config().voters().size());
    }

    /// The old majority leads when the configuration is forced: it is in the way.
    @Test
    void aLeaderOfTheOldConfigurationStepsDown() {
        QuorumCluster cluster = new QuorumCluster(10, 3, true);
        Node old = cluster.leader();
        Node named = cluster.anyFollower();
        ForcedConfig forced = force(cluster, named);

        tell(named, ids(cluster), forced);
        cluster.pass(5_000);

        assertFalse(old.core.isActive() && old.core.promisedEpoch() < forced.leaderEpoch());
        assertEquals(
                named.id,
                cluster.nodes.values().stream()
                        .flatMap(node -> node.journal.stream())
                        .filter(EpochStarted.class::isInstance)
                        .map(EpochStarted.class::cast)
                        .filter(started -> started.leaderEpoch() == forced.leaderEpoch())
                        .findFirst()
                        .orElseThrow()
                        .leader());
        assertServes(cluster);
    }

    @Test
    void itCanBeForcedAgain() {
        QuorumCluster cluster = new QuorumCluster(11, 3, true);
        Node survivor = survivor(cluster);
        tell(survivor, ids(cluster), force(cluster, survivor));
        cluster.pass(500);
        survivor.kill();
        Node other = cluster.nodes.values().stream()
                .filter(node -> node != survivor)
                .findFirst()
                .orElseThrow();
        other.start();

        tell(other, ids(cluster), force(cluster, other));
        cluster.pass(500);
        assertEquals(ReplicaRole.LEADER, other.core.role());
        assertEquals(2 * ForcedConfig.ERA, other.core.promisedEpoch());

        survivor.start();
        cluster.pass(20_000);
        assertEquals(other.log(), survivor.log());
        assertServes(cluster);
    }

    /// Finding 28: a log that began anew and had not caught up when it was named. What was said of
    /// producers then counts with the records that were committed then.
    @Test
    void aLaterEraForgetsWhatAResetSaidOfProducers() {
        PartitionId partition = new PartitionId(new Uuid(5, 5), 0);
        ProducerBatch inTheLog = new ProducerBatch(0, 0, 3, 3, 1_000);
        long nowhere = ProducerStates.OFFSET_UNKNOWN;
        ProducerBatch sequenceOnly = new ProducerBatch(9, 9, nowhere, nowhere, 1_000);
        ReplicaHistory history = new ReplicaHistory(partition, X, Mutations.NONE);
        history.restore(new Checkpoint(
                "orders",
                partition,
                X,
                VoterSet.single(X).with(OTHER),
                1,
                "boot",
                4,
                10,
                10,
                10,
                false,
                List.of(new EpochStart(4, 2)),
                List.of(
                        new ProducerEntry(7, (short) 0, -1, 1_000, -1, List.of(inTheLog)),
                        new ProducerEntry(8, (short) 0, -1, 1_000, -1, List.of(sequenceOnly)))));
        history.finishRecovery();

        history.apply(new EpochStarted(5, 10, OTHER, VoterSet.single(X).with(OTHER)), ReplicaSettings.DEFAULTS);
        assertEquals(2, history.producers().size(), "an election gives nothing up");

        int forced = ForcedConfig.nextEpoch(5);
        history.apply(new EpochStarted(forced, 10, X, VoterSet.single(X)), ReplicaSettings.DEFAULTS);
        assertEquals(
                List.of(7L),
                history.producers().entries().stream()
                        .map(ProducerEntry::producerId)
                        .toList());
    }

    /// Finding 29: damage below the log start leaves a voter that would begin anew with another's log;
    /// named, it leads, and what it follows later continues its own.
    @Test
    void whatANamedVoterLackedItDoesNotAskForLater() {
        ReplicaId self = ReplicaContext.SELF;
        ReplicaContext context = new ReplicaContext();
        context.core.restore(new Checkpoint(
                "orders",
                ReplicaContext.PARTITION,
                self,
                VoterSet.single(self).with(OTHER),
                1,
                "boot",
                4,
                10,
                6,
                10,
                true,
                List.of(new EpochStart(4, 2)),
                List.of()));
        context.step(new ReplicaInput.Open("orders", VoterSet.NONE, "boot", true));
        context.step(received(new ReplicaMessage.Announce(5, 12, 12, false)));
        assertEquals(LogKey.NOTHING, lastFetch(context).key());

        ForcedConfig forced = new ForcedConfig(ForcedConfig.ERA, self);
        context.step(new ReplicaInput.DesiredReplicas(List.of(self), List.of(), forced));
        assertTrue(context.core.isActive());
        context.step(received(new ReplicaMessage.Announce(ForcedConfig.ERA + 1, 10, 10, false)));

        assertEquals(new LogKey(ForcedConfig.ERA, 10), lastFetch(context).key());
    }

    private static ReplicaInput received(ReplicaMessage message) {
        return new ReplicaInput.Received(
                new ReplicaEnvelope(ReplicaContext.PARTITION, OTHER, 1, ReplicaContext.SELF, message));
    }

    private static ReplicaMessage.Fetch lastFetch(ReplicaContext context) {
        return context.all(ReplicaEffect.Send.class).stream()
                .map(send -> send.envelope().message())
                .filter(ReplicaMessage.Fetch.class::isInstance)
                .map(ReplicaMessage.Fetch.class::cast)
                .toList()
                .getLast();
    }
}
