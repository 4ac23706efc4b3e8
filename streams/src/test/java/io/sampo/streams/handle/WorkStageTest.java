package io.sampo.streams.handle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.HandlerFailed;
import io.sampo.streams.Ordering;
import io.sampo.streams.Retry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkStageTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();

    @AfterAll
    static void end() {
        KIT.shutdownTestKit();
    }

    private Delivery<Event<byte[], byte[]>> delivery(int partition, long offset, String key) {
        return Delivery.of(
                new Event<>(
                        "orders",
                        partition,
                        offset,
                        1,
                        TimestampType.CREATE_TIME,
                        key.getBytes(StandardCharsets.UTF_8),
                        new byte[0],
                        new RecordHeaders(),
                        Optional.of(0)),
                () -> acknowledged.add(offset));
    }

    private static Handling handling(Ordering ordering, int concurrency, Retry retry, Handling.Work work) {
        return new Handling(
                ordering,
                concurrency,
                concurrency + 4,
                retry,
                work,
                (_, _, _, _) -> CompletableFuture.failedFuture(new IllegalStateException("no dead letters here")),
                task -> Thread.ofVirtual().start(task));
    }

    private CompletionStage<Done> run(List<Delivery<Event<byte[], byte[]>>> deliveries, Handling handling) {
        return start(deliveries, handling).completion();
    }

    private WorkEnd start(List<Delivery<Event<byte[], byte[]>>> deliveries, Handling handling) {
        return Source.from(deliveries).runWith(Sink.fromGraph(new WorkStage(handling)), KIT.system());
    }

    private List<Delivery<Event<byte[], byte[]>>> deliveries(int count, int keys) {
        return IntStream.range(0, count)
                .mapToObj(offset -> delivery(0, offset, "key-" + offset % keys))
                .toList();
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void keysGoBesideEachOtherAndEachInOrder() throws Exception {
        CountDownLatch together = new CountDownLatch(4);
        ConcurrentLinkedQueue<Long> order = new ConcurrentLinkedQueue<>();
        CompletionStage<Done> done = run(deliveries(40, 4), handling(Ordering.KEY, 4, Retry.never(), event -> {
            together.countDown();
            assertTrue(together.await(20, TimeUnit.SECONDS), "four keys at a time");
            order.add(event.offset());
            return CompletableFuture.completedFuture(Done.getInstance());
        }));
        get(done);
        for (int key = 0; key < 4; key++) {
            int remainder = key;
            List<Long> ofKey =
                    order.stream().filter(offset -> offset % 4 == remainder).toList();
            assertEquals(10, ofKey.size());
            assertEquals(ofKey.stream().sorted().toList(), ofKey);
        }
        assertEquals(40, acknowledged.size());
    }

    @Test
    void aPartitionIsOneAfterTheOther() throws Exception {
        AtomicInteger underWay = new AtomicInteger();
        ConcurrentLinkedQueue<Long> order = new ConcurrentLinkedQueue<>();
        get(run(deliveries(20, 4), handling(Ordering.PARTITION, 8, Retry.never(), event -> {
            assertEquals(1, underWay.incrementAndGet());
            order.add(event.offset());
            underWay.decrementAndGet();
            return CompletableFuture.completedFuture(Done.getInstance());
        })));
        assertEquals(order.stream().sorted().toList(), List.copyOf(order));
    }

    @Test
    void aFailureIsTriedAgainBeforeItsKeyGoesOn() throws Exception {
        ConcurrentLinkedQueue<Long> order = new ConcurrentLinkedQueue<>();
        AtomicInteger failures = new AtomicInteger();
        Retry retry = Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(4));
        get(run(deliveries(8, 2), handling(Ordering.KEY, 8, retry, event -> {
            if (event.offset() == 0 && failures.incrementAndGet() < 4) {
                throw new IllegalStateException("not yet");
            }
            order.add(event.offset());
            return CompletableFuture.completedFuture(Done.getInstance());
        })));
        assertEquals(4, failures.get());
        assertEquals(
                List.of(0L, 2L, 4L, 6L),
                order.stream().filter(offset -> offset % 2 == 0).toList());
        assertEquals(8, acknowledged.size());
    }

    @Test
    void afterTheLastAttemptTheConsumptionEndsAndTheRecordIsNotAcknowledged() {
        CompletionStage<Done> done = run(
                deliveries(8, 1),
                handling(
                        Ordering.KEY,
                        2,
                        Retry.exponential(Duration.ZERO, Duration.ZERO).max(2),
                        event -> {
                            if (event.offset() == 3) {
                                throw new IllegalStateException("never");
                            }
                            return CompletableFuture.completedFuture(Done.getInstance());
                        }));
        ExecutionException failed = assertThrows(ExecutionException.class, () -> get(done));
        HandlerFailed last = assertInstanceOf(HandlerFailed.class, failed.getCause());
        assertEquals("java.lang.IllegalStateException: never", String.valueOf(last.getCause()));
        assertEquals(new org.apache.kafka.common.TopicPartition("orders", 0), last.partition());
        assertEquals(3, last.offset());
        assertEquals(2, last.attempts());
        assertEquals(Set.of(0L, 1L, 2L), acknowledged);
    }

    /// Else its key would wait for it for ever, without a word.
    @Test
    void anErrorIsAFailureLikeOthers() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        Retry retry = Retry.exponential(Duration.ZERO, Duration.ZERO).max(2);
        get(run(deliveries(2, 1), handling(Ordering.KEY, 2, retry, _ -> {
            if (attempts.incrementAndGet() == 1) {
                throw new StackOverflowError("planted");
            }
            return CompletableFuture.completedFuture(Done.getInstance());
        })));
        assertEquals(Set.of(0L, 1L), acknowledged);
    }

    @Test
    void aDeadLetterThatCannotBeWrittenEndsTheConsumption() {
        CompletionStage<Done> done =
                run(deliveries(2, 1), handling(Ordering.KEY, 2, Retry.never().thenDeadLetter("orders-dead"), event -> {
                    throw new IllegalStateException("poison");
                }));
        ExecutionException failed = assertThrows(ExecutionException.class, () -> get(done));
        assertTrue(String.valueOf(failed.getCause()).contains("no dead letters here"), failed::toString);
        assertTrue(acknowledged.isEmpty());
    }

    /// A letter that waits for room holds up nobody else.
    @Test
    void aDeadLetterThatWaitsForRoomHoldsUpItsKeyOnly() throws Exception {
        CountDownLatch room = new CountDownLatch(1);
        CountDownLatch others = new CountDownLatch(1);
        Handling handling = new Handling(
                Ordering.KEY,
                2,
                4,
                Retry.never().thenDeadLetter("orders-dead"),
                event -> {
                    if (event.offset() == 0) {
                        throw new IllegalStateException("poison");
                    }
                    others.countDown();
                    return CompletableFuture.completedFuture(Done.getInstance());
                },
                (_, _, _, _) -> {
                    assertTrue(awaits(room));
                    return CompletableFuture.completedFuture(Done.getInstance());
                },
                Runnable::run);
        CompletionStage<Done> done = run(deliveries(2, 2), handling);
        assertTrue(awaits(others), "the other key goes on");
        room.countDown();
        get(done);
        assertEquals(Set.of(0L, 1L), acknowledged);
    }

    private static boolean awaits(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void whatIsSkippedCountsAsDone() throws Exception {
        get(run(deliveries(4, 1), handling(Ordering.KEY, 2, Retry.never().thenSkip(), event -> {
            if (event.offset() == 1) {
                return CompletableFuture.failedFuture(new IllegalStateException("later"));
            }
            return CompletableFuture.completedFuture(Done.getInstance());
        })));
        assertEquals(4, acknowledged.size());
    }

    @Test
    void aDeadLetterIsAcknowledgedWhenItIsWritten() throws Exception {
        CompletableFuture<Done> written = new CompletableFuture<>();
        CompletableFuture<String> asked = new CompletableFuture<>();
        Handling handling = new Handling(
                Ordering.KEY,
                2,
                4,
                Retry.exponential(Duration.ZERO, Duration.ZERO).max(3).thenDeadLetter("orders-dead"),
                _ -> {
                    throw new IllegalStateException("poison");
                },
                (topic, event, attempts, failure) -> {
                    asked.complete(topic + " " + event.offset() + " " + attempts + " " + failure.getMessage());
                    return written;
                },
                Runnable::run);
        CompletionStage<Done> done = run(deliveries(1, 1), handling);
        assertEquals("orders-dead 0 3 poison", asked.get(20, TimeUnit.SECONDS));
        assertTrue(acknowledged.isEmpty());
        assertFalse(done.toCompletableFuture().isDone());
        written.complete(Done.getInstance());
        get(done);
        assertEquals(Set.of(0L), acknowledged);
    }

    @Test
    void whatNoAttemptCanMendIsNotTriedAgain() throws Exception {
        final class Undecodable extends RuntimeException implements UnretriableFailure {
            private static final long serialVersionUID = 1L;
        }
        AtomicInteger attempts = new AtomicInteger();
        Retry retry = Retry.exponential(Duration.ofMinutes(1), Duration.ofMinutes(1));
        ExecutionException failed = assertThrows(
                ExecutionException.class,
                () -> get(run(deliveries(1, 1), handling(Ordering.KEY, 1, retry, _ -> {
                    attempts.incrementAndGet();
                    throw new Undecodable();
                }))));
        assertInstanceOf(Undecodable.class, failed.getCause());
        assertEquals(1, attempts.get());
    }

    @Test
    void isAtRestWhenTheLastHandlerHasReturnedAlsoAfterAFailure() throws Exception {
        CompletableFuture<Done> slow = new CompletableFuture<>();
        CompletableFuture<Done> wrong = new CompletableFuture<>();
        Handling handling = handling(Ordering.KEY, 2, Retry.never(), event -> event.offset() == 0 ? slow : wrong);
        // The end is heard of upstream after the stage itself has gone.
        Pair<CompletionStage<Done>, WorkEnd> run = Source.from(deliveries(2, 2))
                .concat(Source.maybe())
                .watchTermination(Keep.right())
                .toMat(Sink.fromGraph(new WorkStage(handling)), Keep.both())
                .run(KIT.system());
        WorkEnd end = run.second();
        wrong.completeExceptionally(new IllegalStateException("wrong"));
        assertThrows(ExecutionException.class, () -> get(end.completion()));
        get(run.first().exceptionally(_ -> Done.getInstance()));
        assertFalse(end.atRest().toCompletableFuture().isDone(), "one is still at work");
        slow.complete(Done.getInstance());
        get(end.atRest());
        assertTrue(acknowledged.isEmpty(), "the stage that would acknowledge it is gone");

        WorkEnd good = start(
                deliveries(4, 2),
                handling(Ordering.KEY, 2, Retry.never(), _ -> CompletableFuture.completedFuture(Done.getInstance())));
        get(good.completion());
        get(good.atRest());
    }

    @Test
    void aDeadLetterThatCannotBeWrittenEndsTheConsumptionWithWhatRefusedIt() {
        IllegalStateException closed = new IllegalStateException("the client is closed");
        Handling handling = new Handling(
                Ordering.KEY,
                1,
                4,
                Retry.never().thenDeadLetter("orders-dead"),
                _ -> {
                    throw new IllegalStateException("poison");
                },
                (_, _, _, _) -> {
                    throw closed;
                },
                Runnable::run);
        ExecutionException failed = assertThrows(ExecutionException.class, () -> get(run(deliveries(1, 1), handling)));
        assertSame(closed, failed.getCause());
        assertTrue(acknowledged.isEmpty());
    }

    @Test
    void takesNoMoreThanItMayHold() throws Exception {
        AtomicInteger taken = new AtomicInteger();
        CompletableFuture<Done> gate = new CompletableFuture<>();
        CountDownLatch working = new CountDownLatch(2);
        CompletionStage<Done> done = Source.from(deliveries(100, 100))
                .map(delivery -> {
                    taken.incrementAndGet();
                    return delivery;
                })
                .runWith(
                        Sink.fromGraph(new WorkStage(handling(Ordering.KEY, 2, Retry.never(), _ -> {
                            working.countDown();
                            return gate;
                        }))),
                        KIT.system())
                .completion();
        assertTrue(working.await(20, TimeUnit.SECONDS));
        // Fused: what could have been taken by now has been.
        assertTrue(taken.get() <= 6, taken + " taken with room for 6");
        gate.complete(Done.getInstance());
        get(done);
        assertEquals(100, acknowledged.size());
    }
}
