package io.sampo.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.log.FileOps;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Prints how many persists per second go through the plugins, one in flight for each replica. By hand:
/// `mvn -pl persistence -am test -Dtest=JournalThroughputTest -Dsampo.excluded.groups=none`.
@Tag("long")
class JournalThroughputTest {
    private static final int SECONDS = 3;

    @TempDir
    Path path;

    @ParameterizedTest
    @CsvSource({
        "page-cache, 1, 2",
        "page-cache, 16, 2",
        "durable, 1, 1",
        "durable, 1, 2",
        "durable, 16, 1",
        "durable, 16, 2",
        "durable, 16, 4",
        "durable, 16, 8",
        "durable, 100, 1",
        "durable, 100, 2",
        "durable, 100, 4"
    })
    void persistsPerSecond(String mode, int partitions, int syncThreads) throws Exception {
        LogSettings settings = mode.equals("durable")
                ? new TestEvents.Settings().build()
                : new TestEvents.Settings().pageCache().build();
        JournalFixture fixture =
                new JournalFixture(path, FileOps.SYSTEM, "sampo.persistence.sync-threads = " + syncThreads, 2);
        try {
            TestProbe<TestReplica.State> states = TestProbe.create(Adapter.toTyped(fixture.system));
            CountDownLatch done = new CountDownLatch(partitions);
            long[] counts = new long[partitions];
            long warmEnd = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            long end = warmEnd + TimeUnit.SECONDS.toNanos(SECONDS);
            for (int p = 0; p < partitions; p++) {
                PartitionId id = TestEvents.partition(p);
                fixture.register(id, settings);
                ActorRef<TestReplica.Command> replica = Adapter.spawnAnonymous(
                        fixture.system,
                        TestReplica.create(id, 0, states.getRef()),
                        DispatcherSelector.fromConfig(PluginDispatchers.REPLICA));
                states.receiveMessage();
                replica.tell(new TestReplica.Begin(states.getRef()));
                states.receiveMessage();
                Adapter.spawnAnonymous(
                        fixture.system,
                        driver(replica, p, counts, warmEnd, end, done),
                        DispatcherSelector.fromConfig(PluginDispatchers.REPLICA));
            }
            assertTrue(done.await(60, TimeUnit.SECONDS));
            long total = 0;
            for (long count : counts) {
                total += count;
            }
            System.out.printf(
                    "%s, %d partitions, %d sync threads: %d persists/s, %d sync rounds%n",
                    mode,
                    partitions,
                    syncThreads,
                    total / SECONDS,
                    LogStorage.get(fixture.system).groupCommit().rounds());
            assertTrue(total > 0);
        } finally {
            fixture.close();
        }
    }

    private static Behavior<TestReplica.State> driver(
            ActorRef<TestReplica.Command> replica,
            int index,
            long[] counts,
            long warmEnd,
            long end,
            CountDownLatch done) {
        return Behaviors.setup(context -> {
            replica.tell(new TestReplica.Write(1, context.getSelf()));
            return Behaviors.receiveMessage(_ -> {
                long now = System.nanoTime();
                if (now > warmEnd) {
                    counts[index]++;
                }
                if (now < end) {
                    replica.tell(new TestReplica.Write(1, context.getSelf()));
                } else {
                    done.countDown();
                }
                return Behaviors.same();
            });
        });
    }
}
