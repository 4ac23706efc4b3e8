package io.sampo.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class RestartTest {
    private static final ActorSystem SYSTEM = ActorSystem.create("restart-test");
    private static final Restart RESTART = Restart.exponential(Duration.ofMillis(500), Duration.ofSeconds(30));

    @AfterAll
    static void end() {
        SYSTEM.terminate();
    }

    @Test
    void pausesDoubleUpToTheLongestAndDifferByAFifth() {
        assertEquals(OptionalLong.of(500), RESTART.pauseMs(1, 0.5));
        assertEquals(OptionalLong.of(1_000), RESTART.pauseMs(2, 0.5));
        assertEquals(OptionalLong.of(16_000), RESTART.pauseMs(6, 0.5));
        assertEquals(OptionalLong.of(30_000), RESTART.pauseMs(7, 0.5));
        assertEquals(OptionalLong.of(30_000), RESTART.pauseMs(Integer.MAX_VALUE, 0.5));
        assertEquals(OptionalLong.of(400), RESTART.pauseMs(1, 0));
        assertEquals(600, RESTART.pauseMs(1, 0.999_999).orElseThrow());
    }

    @Test
    void thereAreNoMoreThanWereAskedFor() {
        assertTrue(RESTART.max(2).pauseMs(2, 0).isPresent());
        assertFalse(RESTART.max(2).pauseMs(3, 0).isPresent());
        assertFalse(Restart.never().pauseMs(1, 0).isPresent());
    }

    @Test
    void aRunIsHealthyAfterAMinuteOrTheLongestPause() {
        assertFalse(RESTART.isHealthy(59_999));
        assertTrue(RESTART.isHealthy(60_000));
        Restart slow = Restart.exponential(Duration.ofSeconds(1), Duration.ofMinutes(5));
        assertFalse(slow.isHealthy(299_999));
        assertTrue(slow.isHealthy(300_000));
    }

    @Test
    void aStreamBeginsAnewAfterWhatMayPassOnly() {
        AtomicInteger runs = new AtomicInteger();
        Restart quick = Restart.exponential(Duration.ofMillis(1), Duration.ofMillis(2));
        Source<Integer, NotUsed> numbers = quick.source(() -> {
            int run = runs.incrementAndGet();
            RuntimeException end = run < 3 ? new TimeoutException("passes") : new GroupAuthorizationException("stays");
            return Source.from(List.of(run, 0)).map(number -> {
                if (number == 0) {
                    throw end;
                }
                return number;
            });
        });
        List<Integer> seen = new CopyOnWriteArrayList<>();
        assertInstanceOf(GroupAuthorizationException.class, failure(numbers, seen));
        assertEquals(List.of(1, 2, 3), seen);
    }

    @Test
    void aStreamBeginsAnewAsOftenAsItMay() {
        AtomicInteger runs = new AtomicInteger();
        Restart twice =
                Restart.exponential(Duration.ofMillis(1), Duration.ofMillis(2)).max(2);
        for (Restart restart : List.of(twice, Restart.never())) {
            runs.set(0);
            Source<Integer, NotUsed> failing = restart.source(() -> {
                runs.incrementAndGet();
                return Source.failed(new TimeoutException("passes"));
            });
            assertInstanceOf(TimeoutException.class, failure(failing, new ArrayList<>()));
            assertEquals(restart.maxRestarts() + 1, runs.get());
        }
    }

    private static @Nullable Throwable failure(Source<Integer, NotUsed> numbers, List<Integer> seen) {
        ExecutionException failure = assertThrows(
                ExecutionException.class,
                () -> numbers.runForeach(seen::add, SYSTEM)
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS));
        return failure.getCause();
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        Duration second = Duration.ofSeconds(1);
        assertThrows(IllegalArgumentException.class, () -> Restart.exponential(second, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> Restart.exponential(second.negated(), second));
        assertThrows(IllegalArgumentException.class, () -> RESTART.max(-1));
    }
}
