package io.sampo.tcp.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventLoopTest {

    private final EventLoop loop = new EventLoop("test-loop", 0, true, null);

    @AfterEach
    void endLoop() throws InterruptedException {
        if (!loop.hasEnded()) {
            loop.release();
            assertTrue(loop.awaitEnd(10_000), "the loop did not end");
        }
    }

    private <T> T onLoop(java.util.concurrent.Callable<T> task) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                result.complete(task.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result.get(10, TimeUnit.SECONDS);
    }

    @Test
    void noWakeUpIsLostHoweverSubmittersAndSleepInterleave() throws Exception {
        loop.start();
        // Ping-pong lets the loop fall asleep between any two tasks: each round is one chance to lose a wake-up.
        for (int round = 0; round < 20_000; round++) {
            int expected = round;
            CompletableFuture<Integer> answer = new CompletableFuture<>();
            loop.execute(() -> answer.complete(expected));
            assertEquals(expected, answer.get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void everyTaskOfManySubmittersRunsOnceAndInTheOrderOfItsSubmitter() throws Exception {
        loop.start();
        int submitters = 4;
        int tasksEach = 50_000;
        int[] next = new int[submitters];
        AtomicInteger wrong = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(submitters * tasksEach);
        List<Thread> threads = new ArrayList<>();
        for (int s = 0; s < submitters; s++) {
            int submitter = s;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < tasksEach; i++) {
                    int number = i;
                    loop.execute(() -> {
                        if (next[submitter]++ != number) {
                            wrong.incrementAndGet();
                        }
                        left.countDown();
                    });
                    if (i % 1000 == 0) {
                        Thread.yield();
                    }
                }
            }));
        }
        assertTrue(left.await(20, TimeUnit.SECONDS), left.getCount() + " tasks were lost");
        assertEquals(0, wrong.get());
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void aTaskThatSubmitsItselfForEverDoesNotKeepTheLoopFromItsSockets() throws Exception {
        loop.start();
        Pipe pipe = Pipe.open();
        try (Pipe.SourceChannel source = pipe.source();
                Pipe.SinkChannel sink = pipe.sink()) {
            source.configureBlocking(false);
            CountDownLatch ready = new CountDownLatch(1);
            AtomicBoolean stop = new AtomicBoolean();
            onLoop(() -> loop.register(source, SelectionKey.OP_READ, _ -> {
                stop.set(true);
                ready.countDown();
            }));
            Runnable forEver = new Runnable() {
                @Override
                public void run() {
                    if (!stop.get()) {
                        loop.execute(this);
                    }
                }
            };
            loop.execute(forEver);
            sink.write(ByteBuffer.allocate(1));
            assertTrue(ready.await(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void nestedTasksDoNotDeepenTheStack() throws Exception {
        loop.start();
        AtomicInteger left = new AtomicInteger(100_000);
        CountDownLatch done = new CountDownLatch(1);
        AtomicInteger deepest = new AtomicInteger();
        Runnable nested = new Runnable() {
            @Override
            public void run() {
                if (left.get() % 10_000 == 0) {
                    deepest.accumulateAndGet(Thread.currentThread().getStackTrace().length, Math::max);
                }
                if (left.decrementAndGet() > 0) {
                    loop.execute(this);
                } else {
                    done.countDown();
                }
            }
        };
        loop.execute(nested);
        assertTrue(done.await(10, TimeUnit.SECONDS));
        assertTrue(deepest.get() < 20, "stack of " + deepest.get());
    }

    @Test
    void aLoopSurvivesWhatItsTasksThrow() throws Exception {
        loop.start();
        loop.execute(() -> {
            throw new IllegalStateException("on purpose, by a test");
        });
        assertEquals(1, onLoop(() -> 1));
    }

    @Test
    void anIdleLoopUsesNoProcessor() throws Exception {
        loop.start();
        long threadId = onLoop(() -> Thread.currentThread().threadId());
        var threads = ManagementFactory.getThreadMXBean();
        long beforeNs = threads.getThreadCpuTime(threadId);
        CountDownLatch never = new CountDownLatch(1);
        assertTrue(!never.await(500, TimeUnit.MILLISECONDS));
        long usedNs = threads.getThreadCpuTime(threadId) - beforeNs;
        assertTrue(usedNs < 5_000_000, "an idle half second cost " + usedNs + " ns");
    }

    @Test
    void aTaskFromALoopRunsOnThatLoopAndOneFromElsewhereOnAnyLoop() throws Exception {
        Config config =
                ConfigFactory.load(ConfigFactory.parseString("pekko.loglevel = WARNING\n" + LoopConfig.render(3)));
        ActorSystem system = ActorSystem.create("where", config);
        try {
            Consumer<Runnable> replica = system.dispatchers().lookup("sampo.replica-dispatcher")::execute;
            for (int index = 0; index < 3; index++) {
                var sender = system.dispatchers().lookup(LoopConfig.dispatcherId(index));
                CompletableFuture<List<EventLoop>> seen = new CompletableFuture<>();
                sender.execute(() -> {
                    EventLoop here = EventLoop.current();
                    replica.accept(() -> seen.complete(List.of(
                            java.util.Objects.requireNonNull(here),
                            java.util.Objects.requireNonNull(EventLoop.current()))));
                });
                List<EventLoop> loops = seen.get(10, TimeUnit.SECONDS);
                assertSame(loops.get(0), loops.get(1));
                assertEquals(index, loops.get(0).index());
            }
            AtomicReference<@Nullable EventLoop> fromOutside = new AtomicReference<>();
            Exchanger<String> met = new Exchanger<>();
            replica.accept(() -> {
                fromOutside.set(EventLoop.current());
                try {
                    met.exchange("there", 10, TimeUnit.SECONDS);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            met.exchange("here", 10, TimeUnit.SECONDS);
            assertNotNull(fromOutside.get());
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }
}
