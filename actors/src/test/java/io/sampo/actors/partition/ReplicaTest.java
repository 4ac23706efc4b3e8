package io.sampo.actors.partition;

import static io.sampo.actors.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.GatherRule;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.ReplicationQuotas;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.dispatch.Futures;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import scala.concurrent.Promise;

/// The replica over a memory journal whose writes can be held back and made to fail.
class ReplicaTest {
    private static final ActorTestKit KIT = ActorTestKit.create(
            "replica-test", ConfigFactory.parseString("""
                            pekko.actor.provider = local
                            pekko.actor.testkit.typed.single-expect-default = 20s""").withFallback(ConfigFactory.load("partition-test")));

    private final PartitionId id = new PartitionId(Uuid.randomUuid(), 0);
    private final MemoryLogs logs = new MemoryLogs();
    private final NodeLeaderDirectory directory = new NodeLeaderDirectory(new LeaderBoard(1));
    private final TestProbe<LocalReplicas.Command> local = KIT.createTestProbe(LocalReplicas.Command.class);
    private final TestProbe<PartitionLeader.Command> leader = KIT.createTestProbe(PartitionLeader.Command.class);

    @AfterAll
    static void shutdown() {
        KIT.shutdownTestKit();
    }

    private ActorRef<Replica.Command> start(PartitionActorSettings settings) {
        return KIT.spawn(Replica.create(id, host(settings)));
    }

    private ReplicaHost host(PartitionActorSettings settings) {
        ReplicaHost host = new ReplicaHost(
                "boot",
                logs,
                logs,
                directory,
                settings,
                System::currentTimeMillis,
                PartitionService.Network.NONE.connections(),
                _ -> true,
                _ -> {},
                new ReplicationQuotas(),
                new CatchUpReads(Runnable::run, 1));
        host.reportTo(local.getRef());
        host.specs()
                .put(
                        id,
                        new ReplicaSpec(
                                id,
                                "orders",
                                List.of(1),
                                VoterSet.single(logs.self()),
                                new ReplicaInput.DesiredReplicas(List.of()),
                                LogSettings.DEFAULTS,
                                ReplicaSettings.DEFAULTS));
        logs.register(id, "orders", LogSettings.DEFAULTS);
        return host;
    }

    private ActorRef<Replica.Command> startActive(PartitionActorSettings settings) {
        ActorRef<Replica.Command> replica = start(settings);
        local.expectMessageClass(LocalReplicas.ReplicaOpened.class);
        replica.tell(new Replica.Campaign(leader.getRef()));
        leader.expectMessageClass(PartitionLeader.Active.class);
        return replica;
    }

    private static PartitionActorSettings settings(int intakeMaxRequests, long checkpointBytes) {
        PartitionActorSettings defaults = PartitionActorSettings.DEFAULTS;
        return new PartitionActorSettings(
                intakeMaxRequests,
                defaults.intakeMaxBytes(),
                2,
                defaults.drainMaxBytes(),
                defaults.gatherMaxWait(),
                checkpointBytes,
                checkpointBytes,
                defaults.startsAtATime(),
                defaults.settlingAtATime(),
                defaults.settleLimit(),
                defaults.stopsAtATime(),
                defaults.handOverTimeout(),
                defaults.retryInterval(),
                defaults.reopenMinBackoff(),
                defaults.reopenMaxBackoff(),
                Duration.ofSeconds(5),
                defaults.producerExpirationCheckInterval(),
                1,
                defaults.helloInterval(),
                defaults.nodeLostAfter(),
                defaults.successionMaxWait());
    }

    private LeaderHandle handle() {
        return directory.local(id).orElseThrow();
    }

    private CompletableFuture<AppendOutcome> append() {
        CompletableFuture<AppendOutcome> outcome = new CompletableFuture<>();
        handle().append(new Append(
                MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[100])),
                Append.Origin.CLIENT,
                (short) -1,
                outcome::complete));
        return outcome;
    }

    private static AppendOutcome get(CompletableFuture<AppendOutcome> outcome) throws Exception {
        return outcome.get(10, TimeUnit.SECONDS);
    }

    @Test
    void whatWaitsDuringAPersistGoesIntoTheNextOnesInOrder() throws Exception {
        startActive(settings(100, Long.MAX_VALUE));
        Promise<Object> held = Futures.promise();
        MemoryJournal.HELD.put(id, held);
        List<CompletableFuture<AppendOutcome>> outcomes = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            outcomes.add(append());
        }
        assertEquals(0, handle().view().highWatermark(), "nothing is durable yet");
        assertFalse(outcomes.getFirst().isDone());

        MemoryJournal.HELD.remove(id);
        held.success("go");
        for (int i = 0; i < 7; i++) {
            assertEquals(i, get(outcomes.get(i)).baseOffset());
        }
        assertEquals(7, handle().view().highWatermark());
    }

    @Test
    void aFullIntakeRefusesAtOnceAndLosesNothing() throws Exception {
        startActive(settings(3, Long.MAX_VALUE));
        Promise<Object> held = Futures.promise();
        MemoryJournal.HELD.put(id, held);
        List<CompletableFuture<AppendOutcome>> outcomes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            outcomes.add(append());
        }
        assertEquals(Errors.REQUEST_TIMED_OUT, get(outcomes.getLast()).error());
        MemoryJournal.HELD.remove(id);
        held.success("go");
        long accepted = 0;
        for (CompletableFuture<AppendOutcome> outcome : outcomes) {
            accepted += get(outcome).error() == Errors.NONE ? 1 : 0;
        }
        assertEquals(accepted, handle().view().highWatermark());
        assertTrue(accepted >= 3);
    }

    @Test
    void aFailedDiskAnswersWhatWaitsAndTakesThePartitionOffline() throws Exception {
        startActive(settings(100, Long.MAX_VALUE));
        LeaderHandle handle = handle();
        local.expectMessageClass(LocalReplicas.ReplicaActive.class);
        MemoryJournal.FAILURES.put(id, new IOException("disk on fire"));

        assertEquals(Errors.KAFKA_STORAGE_ERROR, get(append()).error());

        LocalReplicas.ReplicaEnded ended = local.expectMessageClass(LocalReplicas.ReplicaEnded.class);
        assertInstanceOf(IOException.class, ended.failure());
        assertTrue(directory.local(id).isEmpty());
        CompletableFuture<AppendOutcome> late = new CompletableFuture<>();
        handle.append(new Append(MemoryRecords.EMPTY, Append.Origin.CLIENT, (short) 1, late::complete));
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, get(late).error());

        MemoryJournal.FAILURES.remove(id);
        startActive(settings(100, Long.MAX_VALUE));
        assertEquals(1, handle().leaderEpoch());
    }

    @Test
    void whoWasAnsweredHearsItThoughAnEffectBeforeFailed() throws Exception {
        ReplicaHost host = host(settings(100, Long.MAX_VALUE));
        ReplicaEffects effects = new ReplicaEffects(
                KIT.createTestProbe(Replica.Command.class).getRef(),
                id,
                Objects.requireNonNull(host.specs().get(id)),
                host,
                new ReplicaIntake(1, 1, 1, new GatherRule(0), () -> {}, (_, _) -> {}));
        CompletableFuture<AppendOutcome> outcome = new CompletableFuture<>();
        Append append = new Append(MemoryRecords.EMPTY, Append.Origin.CLIENT, (short) -1, outcome::complete);
        List<ReplicaEffect> decided = List.of(
                // Without a driver there is no leader to be.
                new ReplicaEffect.BecameActive(1, 1, new ReadView(1, 0, 0, 0, 0)),
                new ReplicaEffect.AppendCompleted(append, AppendOutcome.appended(3, 3, -1, 0)));

        assertThrows(RuntimeException.class, () -> effects.carryOut(decided));
        assertEquals(3, get(outcome).baseOffset());
    }

    @Test
    void aReplicaThatCannotRecoverReportsWhy() {
        MemoryJournal.FAILURES.put(id, new IOException("no such disk"));
        start(settings(100, Long.MAX_VALUE));

        LocalReplicas.ReplicaEnded ended = local.expectMessageClass(LocalReplicas.ReplicaEnded.class);
        assertNotNull(ended.failure());
        MemoryJournal.FAILURES.remove(id);
    }

    @Test
    void checkpointsAreStoredBesideTheWorkAndRecoveryStartsFromThem() throws Exception {
        ActorRef<Replica.Command> replica = startActive(settings(100, 1_000));
        for (int i = 0; i < 20; i++) {
            get(append());
        }
        replica.tell(Replica.Stop.INSTANCE);
        LocalReplicas.Command message = local.receiveMessage();
        while (!(message instanceof LocalReplicas.ReplicaEnded)) {
            message = local.receiveMessage();
        }
        SelectedSnapshot stored = Objects.requireNonNull(MemoryJournal.CHECKPOINTS.get(id));
        ReplicaEvent.Checkpoint checkpoint = (ReplicaEvent.Checkpoint) stored.snapshot();
        assertEquals(20, checkpoint.logEndOffset());
        assertInstanceOf(ReplicaEvent.CleanClose.class, MemoryJournal.events(id).getLast());

        // Whatever the checkpoint covers is not needed any more.
        long covered = stored.metadata().sequenceNr();
        assertEquals(MemoryJournal.events(id).size() - 1, covered);
        startActive(settings(100, 1_000));
        assertEquals(20, handle().view().highWatermark());
        assertEquals(20, get(append()).baseOffset());
    }

    @Test
    void aReplicaThatNobodyCanSucceedServesUntilItIsClosed() throws Exception {
        ActorRef<Replica.Command> replica = startActive(settings(100, Long.MAX_VALUE));

        replica.tell(Replica.Leave.INSTANCE);
        local.fishForMessage(
                Duration.ofSeconds(10),
                message -> message instanceof LocalReplicas.LeadershipLeft
                        ? FishingOutcomes.complete()
                        : FishingOutcomes.continueAndIgnore());

        assertEquals(0, get(append()).baseOffset());
        replica.tell(new Replica.Campaign(leader.getRef()));
        leader.expectMessageClass(PartitionLeader.Refused.class);
    }

    @Test
    void aDamagedHistoryTakesThePartitionOfflineAndIsNotTriedAgain() {
        MemoryJournal.events(id).add(new ReplicaEvent.LogStartAdvanced(3));
        MemoryJournal.events(id).add(new ReplicaEvent.EpochStarted(0, 9, logs.self(), VoterSet.single(logs.self())));
        start(settings(100, Long.MAX_VALUE));

        LocalReplicas.ReplicaEnded ended = local.expectMessageClass(LocalReplicas.ReplicaEnded.class);
        assertNotNull(ended.failure());
        assertFalse(ReopenRule.isFromOutside(ended.failure()));
        assertTrue(ReopenRule.isFromOutside(new IllegalStateException(new IOException("disk"))));
    }

    @Test
    void deleteRecordsAnswersWithTheNewLogStart() throws Exception {
        startActive(settings(100, Long.MAX_VALUE));
        for (int i = 0; i < 5; i++) {
            get(append());
        }
        CompletableFuture<String> answer = new CompletableFuture<>();
        handle().deleteRecords(3, 1_000, (error, lowWatermark) -> answer.complete(error + " " + lowWatermark));
        assertEquals("NONE 3", answer.get(10, TimeUnit.SECONDS));
        assertEquals(3, handle().view().logStartOffset());
    }

    @Test
    void aReplicaThatVotesAloneAnswersABarrierOnTheSpot() throws InterruptedException {
        startActive(settings(100, Long.MAX_VALUE));
        LeaderHandle handle = handle();
        eventually("it knows that it votes alone", handle::leadsAlone);
        List<Thread> answeredOn = new ArrayList<>();
        handle.barrier((error, _) -> {
            assertEquals(Errors.NONE, error);
            answeredOn.add(Thread.currentThread());
        });
        assertEquals(List.of(Thread.currentThread()), answeredOn);
    }

    @Test
    void leadershipEndsWhenItsHolderResigns() throws Exception {
        ActorRef<Replica.Command> replica = startActive(settings(100, Long.MAX_VALUE));
        LeaderHandle handle = handle();
        replica.tell(new Replica.Resign(1, leader.getRef()));
        leader.expectMessage(PartitionLeader.Resigned.INSTANCE);
        assertTrue(directory.local(id).isEmpty());

        replica.tell(new Replica.Campaign(leader.getRef()));
        PartitionLeader.Active active = leader.expectMessageClass(PartitionLeader.Active.class);
        assertEquals(1, active.leaderEpoch());
        assertEquals(0, get(append()).baseOffset());
        CompletableFuture<AppendOutcome> late = new CompletableFuture<>();
        handle.append(new Append(MemoryRecords.EMPTY, Append.Origin.CLIENT, (short) 1, late::complete));
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, get(late).error(), "a handle belongs to one epoch");
    }
}
