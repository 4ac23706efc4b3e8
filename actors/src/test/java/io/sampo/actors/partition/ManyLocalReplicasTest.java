package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigFactory;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.leadership.HandOverWindow;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.GatherRule;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaInput;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.ReplicationQuotas;
import io.sampo.core.partition.VoterSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.Uuid;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.LoggingTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ManyLocalReplicasTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final ActorTestKit KIT = ActorTestKit.create(
            "many-local-replicas",
            ConfigFactory.parseString("pekko.actor.provider = local").withFallback(ConfigFactory.load()));
    private static final PartitionActorSettings SETTINGS = PartitionActorSettings.DEFAULTS;

    private final MemoryLogs logs = new MemoryLogs();
    private final LeaderBoard board = new LeaderBoard(logs.self().nodeId());
    private final NodeLeaderDirectory directory = new NodeLeaderDirectory(board);
    private final AtomicLong skippedMs = new AtomicLong();
    private final BlockingQueue<PartitionId> woken = new LinkedBlockingQueue<>();
    private final TestProbe<Replica.Command> replica = KIT.createTestProbe(Replica.Command.class);
    private final ActorRef<LocalReplicas.Command> replicas = KIT.spawn(LocalReplicas.create(
            new ReplicaHost(
                    "boot",
                    logs,
                    logs,
                    directory,
                    SETTINGS,
                    () -> System.currentTimeMillis() + skippedMs.get(),
                    PartitionService.Network.NONE.connections(),
                    _ -> true,
                    _ -> {},
                    new ReplicationQuotas(),
                    new CatchUpReads(Runnable::run, 1)),
            new PartitionEntities() {
                @Override
                public void startReplica(PartitionId id) {}

                @Override
                public void wakeLeader(PartitionId id, List<Integer> nodes) {
                    woken.add(id);
                }
            },
            _ -> LogSettings.DEFAULTS,
            _ -> ReplicaSettings.DEFAULTS));

    @AfterAll
    static void shutdown() {
        KIT.shutdownTestKit();
    }

    private PartitionId ensure() {
        PartitionId id = new PartitionId(Uuid.randomUuid(), 0);
        logs.register(id, "orders", LogSettings.DEFAULTS);
        replicas.tell(new LocalReplicas.Ensure(new ReplicaSpec(
                id,
                "orders",
                List.of(1),
                VoterSet.single(logs.self()),
                new ReplicaInput.DesiredReplicas(List.of()),
                LogSettings.DEFAULTS,
                ReplicaSettings.DEFAULTS)));
        return id;
    }

    private static PartitionId next(BlockingQueue<PartitionId> queue) throws InterruptedException {
        PartitionId id = queue.poll(10, TimeUnit.SECONDS);
        if (id == null) {
            throw new AssertionError("nothing came");
        }
        return id;
    }

    /// Each waking costs a message through sharding and an entity that is refused and stops.
    @Test
    void nobodyIsWokenForAPartitionThatHasALeader() throws Exception {
        PartitionId led = ensure();
        PartitionId leaderless = ensure();
        replicas.tell(new LocalReplicas.ReplicaOpened(led, replica.getRef()));
        replicas.tell(new LocalReplicas.ReplicaOpened(leaderless, replica.getRef()));
        assertEquals(led, next(woken));
        assertEquals(leaderless, next(woken));
        board.heard(led, new Leadership(9, 4, List.of(9), List.of(), List.of()));

        assertEquals(leaderless, next(woken));
        assertEquals(leaderless, next(woken));
    }

    @Test
    void aNodeStopsItsReplicasAFewAtATime() throws Exception {
        int more = 3;
        TestProbe<PartitionId> stops = KIT.createTestProbe(PartitionId.class);
        for (int i = 0; i < SETTINGS.stopsAtATime() + more; i++) {
            PartitionId id = ensure();
            replicas.tell(new LocalReplicas.ReplicaOpened(id, tellsWhenAskedToStop(id, stops)));
        }
        TestProbe<Done> done = KIT.createTestProbe(Done.class);
        replicas.tell(new LocalReplicas.Stop(done.getRef()));
        Deque<PartitionId> asked = new ArrayDeque<>();
        for (int i = 0; i < SETTINGS.stopsAtATime(); i++) {
            asked.add(stops.receiveMessage(LIMIT));
        }
        for (int i = 0; i < more; i++) {
            stops.expectNoMessage(Duration.ofMillis(50));
            replicas.tell(new LocalReplicas.ReplicaEnded(asked.remove(), null, null));
            asked.add(stops.receiveMessage(LIMIT));
        }
        asked.forEach(id -> replicas.tell(new LocalReplicas.ReplicaEnded(id, null, null)));
        done.expectMessage(LIMIT, Done.getInstance());
    }

    @Test
    void aNodeHandsOverAFewAtATimeBeforeItClosesAny() throws Exception {
        int more = 3;
        TestProbe<PartitionId> leaves = KIT.createTestProbe(PartitionId.class);
        TestProbe<PartitionId> stops = KIT.createTestProbe(PartitionId.class);
        for (int i = 0; i < HandOverWindow.MIN_AT_A_TIME + more; i++) {
            PartitionId id = ensure();
            leads(id);
            replicas.tell(new LocalReplicas.ReplicaOpened(id, tells(id, Replica.Leave.INSTANCE, leaves)));
        }
        PartitionId follower = ensure();
        replicas.tell(new LocalReplicas.ReplicaOpened(follower, tellsWhenAskedToStop(follower, stops)));
        replicas.tell(new LocalReplicas.Stop(KIT.createTestProbe(Done.class).getRef()));
        Deque<PartitionId> asked = new ArrayDeque<>();
        for (int i = 0; i < HandOverWindow.MIN_AT_A_TIME; i++) {
            asked.add(leaves.receiveMessage(LIMIT));
        }
        for (int i = 0; i < more; i++) {
            leaves.expectNoMessage(Duration.ofMillis(50));
            replicas.tell(new LocalReplicas.LeadershipLeft(asked.remove()));
            asked.add(leaves.receiveMessage(LIMIT));
        }
        stops.expectNoMessage(Duration.ofMillis(50));
        asked.forEach(id -> replicas.tell(new LocalReplicas.LeadershipLeft(id)));
        stops.expectMessage(LIMIT, follower);
    }

    /// Its start may wait in sharding for a node that is gone.
    @Test
    void aReplicaThatDoesNotStartDoesNotKeepTheNodeFromStopping() {
        ensure();
        TestProbe<Done> done = KIT.createTestProbe(Done.class);
        replicas.tell(new LocalReplicas.Stop(done.getRef()));
        done.expectNoMessage(Duration.ofMillis(50));
        replicas.tell(LocalReplicas.Close.INSTANCE);
        done.expectMessage(LIMIT, Done.getInstance());
    }

    /// With a full disk it is opened again and fails again for hours.
    @Test
    void aPartitionThatIsOfflineIsSaidOnceUntilItHasBeenBackForAWhile() throws Exception {
        PartitionId id = ensure();
        PartitionId leaderless = ensure();
        Runnable opens = () -> {
            replicas.tell(new LocalReplicas.ReplicaOpened(id, replica.getRef()));
            replicas.tell(new LocalReplicas.LeaderKnown(id, true));
        };
        Runnable fails = () -> replicas.tell(new LocalReplicas.ReplicaEnded(
                id, new UncheckedIOException(new IOException("No space left on device")), null));
        LoggingTestKit.error("is offline, and is tried again: java.io.IOException: No space left on device")
                .withOccurrences(1)
                .expect(KIT.system(), () -> {
                    fails.run();
                    opens.run();
                    fails.run();
                    opens.run();
                    replicas.tell(new LocalReplicas.ReplicaOpened(leaderless, replica.getRef()));
                    awaitWoken(leaderless);
                    return null;
                });
        skippedMs.addAndGet(OfflineNews.ONLINE_AFTER.toMillis());
        woken.clear();
        // Each time that it looks around: the first one may have begun before.
        awaitWoken(leaderless);
        awaitWoken(leaderless);
        LoggingTestKit.error("is offline").withOccurrences(1).expect(KIT.system(), () -> {
            fails.run();
            return null;
        });
    }

    private void awaitWoken(PartitionId id) {
        try {
            while (!next(woken).equals(id)) {
                // another one
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void leads(PartitionId id) {
        LocalLeaderHandle handle = new LocalLeaderHandle(
                id,
                new ReadView(0, 0, 0, 0, 0),
                logs.find(id).orElseThrow(),
                new ReplicaIntake(1, 1, 1, new GatherRule(0), () -> {}, (_, _) -> {}),
                _ -> {},
                _ -> {});
        directory.started(handle, new Leadership(1, 0, List.of(1), List.of(), List.of()));
    }

    private static ActorRef<Replica.Command> tellsWhenAskedToStop(PartitionId id, TestProbe<PartitionId> stops) {
        return tells(id, Replica.Stop.INSTANCE, stops);
    }

    private static ActorRef<Replica.Command> tells(PartitionId id, Replica.Command which, TestProbe<PartitionId> whom) {
        return KIT.spawn(Behaviors.receiveMessage(command -> {
            if (command.equals(which)) {
                whom.getRef().tell(id);
            }
            return Behaviors.same();
        }));
    }
}
