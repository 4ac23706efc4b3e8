package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WarmTailTest {
    private final WarmTail tail = new WarmTail();

    @Test
    void nothingIsWarmBeforeSomethingWasWritten() {
        assertFalse(tail.contains(0, 1_000));
        assertFalse(tail.contains(1_000_000, 1_000));
    }

    @Test
    void whatWasJustWrittenIsWarmAndWhatWasThereBeforeIsNot() {
        tail.written(100, 1_000, 5_000);
        tail.written(120, 1_000, 5_001);
        assertTrue(tail.contains(100, 5_002));
        assertTrue(tail.contains(120, 5_002));
        assertFalse(tail.contains(99, 5_002));
    }

    @Test
    void theOldestOfManyBytesIsForgotten() {
        for (int i = 0; i < 10; i++) {
            tail.written(i, WarmTail.MAX_BYTES, 5_000);
        }
        assertFalse(tail.contains(7, 5_000));
        assertTrue(tail.contains(8, 5_000));
        assertTrue(tail.contains(9, 5_000));
    }

    @Test
    void whatIsOldIsForgottenAlsoWhenNothingCameAfterIt() {
        tail.written(100, 1_000, 5_000);
        assertTrue(tail.contains(100, 5_000 + WarmTail.MAX_AGE_MS));
        assertFalse(tail.contains(100, 5_000 + 3 * WarmTail.MAX_AGE_MS));
        tail.written(200, 1_000, 80_000);
        assertTrue(tail.contains(200, 80_000));
        assertFalse(tail.contains(199, 80_000));
    }

    @Test
    void aDayOfSlowWritesIsNotWarm() {
        long nowMs = 0;
        for (int i = 0; i < 1_440; i++) {
            nowMs += 60_000;
            tail.written(i, 100, nowMs);
        }
        assertTrue(tail.contains(1_439, nowMs));
        assertFalse(tail.contains(1_430, nowMs));
    }
}
