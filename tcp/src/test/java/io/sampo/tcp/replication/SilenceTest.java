package io.sampo.tcp.replication;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SilenceTest {
    private final Silence silence = new Silence();

    @Test
    void whoIsSilentForAllTicksCountsAsDead() {
        assertFalse(silence.tick(10, true));
        for (int i = 1; i < Silence.TICKS_TO_DEATH; i++) {
            assertFalse(silence.tick(10, true));
        }
        assertTrue(silence.tick(10, true));
    }

    @Test
    void eachByteCountsAsALife() {
        for (int bytes = 1; bytes < 100; bytes++) {
            assertFalse(silence.tick(bytes, true));
        }
    }

    @Test
    void whoDoesNotListenJudgesNobodyAndBeginsAnew() {
        for (int i = 0; i < 100; i++) {
            assertFalse(silence.tick(10, false));
        }
        for (int i = 1; i < Silence.TICKS_TO_DEATH; i++) {
            assertFalse(silence.tick(10, true));
        }
        assertTrue(silence.tick(10, true));
    }
}
