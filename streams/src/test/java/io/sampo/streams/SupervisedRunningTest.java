package io.sampo.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.pekko.Done;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SupervisedRunningTest {
    private static final TopicPartition P0 = new TopicPartition("orders", 0);
    private static final TimeoutException PASSES = new TimeoutException("no leader");
    private static final Restart RESTART = Restart.exponential(Duration.ofMillis(100), Duration.ofSeconds(10));

    private static final class FakeRun implements Running {
        final CompletableFuture<Done> completion = new CompletableFuture<>();
        final CompletableFuture<Done> over = new CompletableFuture<>();
        final List<Duration> drained = new ArrayList<>();
        final List<Map<TopicPartition, Long>> sought = new ArrayList<>();

        void failAndRest(Throwable failure) {
            completion.completeExceptionally(failure);
            over.complete(Done.getInstance());
        }

        @Override
        public CompletionStage<Done> completion() {
            return completion;
        }

        @Override
        public Set<TopicPartition> assignment() {
            return Set.of(P0);
        }

        @Override
        public CompletionStage<Lag> lag() {
            return CompletableFuture.completedFuture(new Lag(Map.of(P0, new Lag.OfPartition(3, 7, Optional.empty()))));
        }

        @Override
        public CompletionStage<Void> seek(Map<TopicPartition, Long> offsets) {
            sought.add(offsets);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Done> drain(Duration limit) {
            drained.add(limit);
            return completion;
        }

        @Override
        public void close() {
            throw new IllegalStateException("it is drained");
        }
    }

    private record Waiting(long pauseMs, Runnable task) {}

    private final List<FakeRun> runs = new ArrayList<>();
    private final ArrayDeque<Waiting> timers = new ArrayDeque<>();
    private long nowMs;

    private SupervisedRunning start(Restart restart) {
        return SupervisedRunning.start(
                () -> {
                    FakeRun run = new FakeRun();
                    runs.add(run);
                    return new SupervisedRunning.Run(run, run.over);
                },
                new SupervisedRunning.Supervision(
                        restart,
                        (pauseMs, task) -> timers.add(new Waiting(pauseMs, task)),
                        () -> nowMs,
                        () -> 0.5,
                        Duration.ofSeconds(60)));
    }

    private FakeRun newest() {
        return runs.getLast();
    }

    private void failAndGoOn(long expectedPauseMs) {
        newest().failAndRest(PASSES);
        Waiting pause = timers.remove();
        assertEquals(expectedPauseMs, pause.pauseMs());
        pause.task().run();
    }

    private static @Nullable Throwable failure(SupervisedRunning running) {
        assertTrue(running.completion().toCompletableFuture().isDone());
        return assertThrows(
                        CompletionException.class,
                        () -> running.completion().toCompletableFuture().join())
                .getCause();
    }

    private static boolean isOver(SupervisedRunning running) {
        return running.completion().toCompletableFuture().isDone();
    }

    @Test
    void whatMayPassIsFollowedByANewRunAfterAPauseThatDoubles() {
        SupervisedRunning running = start(RESTART);
        assertEquals(new Restarts(0, Optional.empty()), running.restarts());
        failAndGoOn(100);
        assertEquals(new Restarts(1, Optional.of(PASSES)), running.restarts());
        failAndGoOn(200);
        failAndGoOn(400);
        assertEquals(3, running.restarts().count());
        assertEquals(4, runs.size());
        assertFalse(isOver(running));
        assertEquals(Set.of(P0), running.assignment());

        newest().completion.complete(Done.getInstance());
        assertEquals(
                Done.getInstance(), running.completion().toCompletableFuture().join());
    }

    @Test
    void seekIsTheRunsAndThereIsNoneWithinAPause() {
        SupervisedRunning running = start(RESTART);
        Map<TopicPartition, Long> back = Map.of(P0, 3L);
        running.seek(back).toCompletableFuture().join();
        assertEquals(List.of(back), newest().sought);
        newest().failAndRest(PASSES);
        assertTrue(running.seek(back).toCompletableFuture().isCompletedExceptionally());
    }

    @Test
    void noRunBeginsBeforeNothingOfTheOneBeforeIsUnderWay() {
        SupervisedRunning running = start(RESTART);
        newest().completion.completeExceptionally(new CompletionException(PASSES));
        assertTrue(timers.isEmpty());
        assertEquals(new Restarts(0, Optional.of(PASSES)), running.restarts(), "seen before the next run");
        assertEquals(Set.of(), running.assignment());
        assertEquals(0, running.lag().toCompletableFuture().join().records());
        newest().over.complete(Done.getInstance());
        assertEquals(1, timers.size());
        assertEquals(1, runs.size());
    }

    @Test
    void whatDoesNotPassEndsItWithItsFailure() {
        SupervisedRunning running = start(RESTART);
        failAndGoOn(100);
        GroupAuthorizationException denied = new GroupAuthorizationException("billing");
        newest().failAndRest(denied);
        assertSame(denied, failure(running));
        assertTrue(timers.isEmpty());
        assertEquals(new Restarts(1, Optional.of(PASSES)), running.restarts());
    }

    @Test
    void afterTheLastRestartTheFailureEndsIt() {
        SupervisedRunning running = start(RESTART.max(2));
        failAndGoOn(100);
        failAndGoOn(200);
        newest().failAndRest(PASSES);
        assertSame(PASSES, failure(running));
        assertEquals(3, runs.size());
    }

    @Test
    void afterAHealthyRunCountingBeginsAnew() {
        SupervisedRunning running = start(RESTART.max(2));
        failAndGoOn(100);
        failAndGoOn(200);
        nowMs += 60_000;
        failAndGoOn(100);
        assertEquals(3, running.restarts().count(), "this one counts all of them");
    }

    @Test
    void drainingDrainsTheRunAndItsFailureIsThenTheLast() {
        SupervisedRunning running = start(RESTART);
        running.drain(Duration.ofSeconds(3));
        assertEquals(List.of(Duration.ofSeconds(3)), newest().drained);
        newest().failAndRest(PASSES);
        assertSame(PASSES, failure(running));
        assertTrue(timers.isEmpty());
    }

    @Test
    void drainedWithinAPauseItIsOverAtOnceAndForGood() {
        SupervisedRunning running = start(RESTART);
        newest().failAndRest(PASSES);
        running.close();
        assertEquals(
                Done.getInstance(), running.completion().toCompletableFuture().join());
        timers.remove().task().run();
        assertEquals(1, runs.size());
    }

    @Test
    void drainedWhileHandlersAreUnderWayItWaitsForThemUpToTheLimit() {
        SupervisedRunning patient = start(RESTART);
        newest().completion.completeExceptionally(PASSES);
        patient.drain(Duration.ofSeconds(3));
        assertFalse(isOver(patient));
        newest().over.complete(Done.getInstance());
        assertTrue(isOver(patient));
        assertEquals(3_000, timers.remove().pauseMs());

        SupervisedRunning impatient = start(RESTART);
        newest().completion.completeExceptionally(PASSES);
        impatient.drain(Duration.ofSeconds(3));
        timers.remove().task().run();
        assertTrue(isOver(impatient));
        newest().over.complete(Done.getInstance());
        assertTrue(timers.isEmpty());
        assertEquals(2, runs.size());
    }
}
