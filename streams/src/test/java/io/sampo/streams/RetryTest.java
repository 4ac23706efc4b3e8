package io.sampo.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.OptionalLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RetryTest {
    private static final double MIDDLE = 0.5;
    private final Retry retry = Retry.exponential(Duration.ofMillis(200), Duration.ofMinutes(5));

    @Test
    void pausesDoubleUpToTheLongest() {
        assertEquals(OptionalLong.of(200), retry.pauseMs(1, MIDDLE));
        assertEquals(OptionalLong.of(400), retry.pauseMs(2, MIDDLE));
        assertEquals(OptionalLong.of(204_800), retry.pauseMs(11, MIDDLE));
        assertEquals(OptionalLong.of(300_000), retry.pauseMs(12, MIDDLE));
        assertEquals(OptionalLong.of(300_000), retry.pauseMs(1_000_000, MIDDLE));
    }

    @Test
    void theLastAttemptIsTheLast() {
        assertEquals(OptionalLong.of(400), retry.max(3).pauseMs(2, MIDDLE));
        assertTrue(retry.max(3).pauseMs(3, MIDDLE).isEmpty());
        assertTrue(Retry.never().pauseMs(1, MIDDLE).isEmpty());
    }

    @Test
    void withoutAFirstPauseThereIsNone() {
        Retry atOnce = Retry.exponential(Duration.ZERO, Duration.ofSeconds(1)).max(4);
        assertEquals(OptionalLong.of(0), atOnce.pauseMs(3, MIDDLE));
    }

    @Test
    void pausesThatShrinkAreRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> Retry.exponential(Duration.ofSeconds(2), Duration.ofSeconds(1)));
        assertThrows(IllegalArgumentException.class, () -> retry.max(0));
    }

    @Property
    void staysWithinItsBounds(@ForAll @IntRange(min = 1) int failures, @ForAll @IntRange(max = 99) int percent) {
        long pauseMs = Retry.exponential(Duration.ofMillis(200), Duration.ofMinutes(5))
                .max(Integer.MAX_VALUE)
                .pauseMs(Math.min(failures, Integer.MAX_VALUE - 1), percent / 100.0)
                .orElseThrow();
        assertTrue(pauseMs >= 160 && pauseMs <= 360_000, "pause " + pauseMs);
    }
}
