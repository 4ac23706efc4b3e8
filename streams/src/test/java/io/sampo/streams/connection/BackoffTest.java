package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void doublesUpToItsLimit() {
        Backoff backoff = new Backoff(50, 1_000);

        assertEquals(50, backoff.delayMs(1, 0.5));
        assertEquals(100, backoff.delayMs(2, 0.5));
        assertEquals(800, backoff.delayMs(5, 0.5));
        assertEquals(1_000, backoff.delayMs(6, 0.5));
        assertEquals(1_000, backoff.delayMs(2_000_000, 0.5));
    }

    @Test
    void chanceMovesItByAFifthButNeverAboveTheLimit() {
        Backoff backoff = new Backoff(100, 200);

        assertEquals(80, backoff.delayMs(1, 0));
        assertEquals(120, backoff.delayMs(1, 1));
        assertEquals(160, backoff.delayMs(2, 0));
        assertEquals(200, backoff.delayMs(2, 1));
    }

    @Test
    void aLimitBelowTheFirstPauseIsThatPause() {
        assertEquals(100, new Backoff(100, 10).delayMs(1, 0.5));
        assertEquals(0, new Backoff(0, 0).delayMs(9, 1));
    }
}
