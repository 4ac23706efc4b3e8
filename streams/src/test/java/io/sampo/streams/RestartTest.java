package io.sampo.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RestartTest {
    private static final Restart RESTART = Restart.exponential(Duration.ofMillis(500), Duration.ofSeconds(30));

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
    void whatMakesNoSenseIsRefused() {
        Duration second = Duration.ofSeconds(1);
        assertThrows(IllegalArgumentException.class, () -> Restart.exponential(second, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> Restart.exponential(second.negated(), second));
        assertThrows(IllegalArgumentException.class, () -> RESTART.max(-1));
    }
}
