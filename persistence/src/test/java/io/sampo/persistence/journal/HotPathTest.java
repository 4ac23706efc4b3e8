package io.sampo.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.sampo.core.partition.PartitionId;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.log.FileOps;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// In page-cache mode a write and its answer stay on the thread that sent the command.
@Timeout(60)
class HotPathTest {
    private static final PartitionId ID = TestEvents.partition(0);
    private static final int WRITES = 2000;

    @TempDir
    Path path;

    @Test
    void aPageCacheWriteIsHandedToNoOtherThread() throws Exception {
        String config = "sampo.replica-dispatcher { type = Dispatcher, executor = \"" + LoopConfigurator.class.getName()
                + "\", throughput = 64 }";
        JournalFixture fixture = new JournalFixture(path, FileOps.SYSTEM, config, 2);
        try {
            fixture.register(ID, new TestEvents.Settings().pageCache().build());
            TestProbe<TestReplica.State> states = TestProbe.create(Adapter.toTyped(fixture.system));
            ActorRef<TestReplica.Command> replica = Adapter.spawnAnonymous(
                    fixture.system,
                    TestReplica.create(ID, 0, states.getRef()),
                    org.apache.pekko.actor.typed.DispatcherSelector.fromConfig(PluginDispatchers.REPLICA));
            states.receiveMessage();
            replica.tell(new TestReplica.Begin(states.getRef()));
            states.receiveMessage();

            CountDownLatch done = new CountDownLatch(1);
            Adapter.spawnAnonymous(
                    fixture.system,
                    driver(replica, done),
                    org.apache.pekko.actor.typed.DispatcherSelector.fromConfig(PluginDispatchers.REPLICA));
            assertTrue(done.await(30, TimeUnit.SECONDS));

            Loop loop = Loop.NEWEST.get();
            assertEquals(0, loop.foreignInDrive.get(), "tasks that came from another thread");
            // Replica, journal, its futures' callbacks, replica again, driver: nothing else is scheduled.
            int perWrite = loop.tasksInDrive.get() / WRITES;
            assertTrue(perWrite <= 6, "tasks for each write: " + perWrite);
        } finally {
            fixture.close();
        }
    }

    /// Sends the next command when the answer to the last one has come.
    private static Behavior<TestReplica.State> driver(ActorRef<TestReplica.Command> replica, CountDownLatch done) {
        return Behaviors.setup(context -> {
            AtomicInteger left = new AtomicInteger(WRITES);
            Loop loop = Loop.NEWEST.get();
            loop.driving = true;
            replica.tell(new TestReplica.Write(1, context.getSelf()));
            return Behaviors.receiveMessage(_ -> {
                if (left.decrementAndGet() > 0) {
                    replica.tell(new TestReplica.Write(1, context.getSelf()));
                } else {
                    loop.driving = false;
                    done.countDown();
                }
                return Behaviors.same();
            });
        });
    }

    /// One thread that runs what it is given, and counts what others gave it.
    static final class Loop extends AbstractExecutorService {
        static final AtomicReference<Loop> NEWEST = new AtomicReference<>();

        final AtomicInteger foreignInDrive = new AtomicInteger();
        final AtomicInteger tasksInDrive = new AtomicInteger();
        volatile boolean driving;
        private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
        private volatile boolean stopped;
        private final Thread thread =
                Thread.ofPlatform().daemon().name("test-loop").start(this::run);

        private void run() {
            while (!stopped || !tasks.isEmpty()) {
                try {
                    Runnable task = tasks.poll(10, TimeUnit.MILLISECONDS);
                    if (task != null) {
                        task.run();
                    }
                } catch (InterruptedException _) {
                    return;
                }
            }
        }

        @Override
        public void execute(Runnable task) {
            if (driving) {
                tasksInDrive.incrementAndGet();
                if (Thread.currentThread() != thread) {
                    foreignInDrive.incrementAndGet();
                }
            }
            tasks.add(task);
        }

        @Override
        public void shutdown() {
            stopped = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            stopped = true;
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return stopped;
        }

        @Override
        public boolean isTerminated() {
            return stopped && !thread.isAlive();
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
            thread.join(unit.toMillis(timeout));
            return !thread.isAlive();
        }
    }

    /// Named in the configuration of the test.
    public static final class LoopConfigurator extends ExecutorServiceConfigurator {
        public LoopConfigurator(Config config, DispatcherPrerequisites prerequisites) {
            super(config, prerequisites);
        }

        @Override
        public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threadFactory) {
            return new ExecutorServiceFactory() {
                @Override
                public ExecutorService createExecutorService() {
                    Loop loop = new Loop();
                    Loop.NEWEST.set(loop);
                    return loop;
                }
            };
        }
    }
}
