package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class ReplicationQuotaTest {
    private static final int WINDOWS = 11;
    private static final long WINDOW_MS = 1_000;

    @Test
    void oneWindowsBytesMayGoAtOnceAndNoMore() {
        ReplicationQuota quota = new ReplicationQuota(WINDOWS, WINDOW_MS, 1_000_000);
        quota.record(1_000_000, 50_000);
        assertFalse(quota.isExceeded(50_000));
        quota.record(1, 50_000);
        assertTrue(quota.isExceeded(50_000));
        assertTrue(quota.isExceeded(51_000));
        assertFalse(quota.isExceeded(51_001));
    }

    @Test
    void aChangedRateHoldsAtOnceAndUnlimitedIsNeverExceeded() {
        ReplicationQuota quota = new ReplicationQuota(WINDOWS, WINDOW_MS, ReplicationQuota.UNLIMITED);
        quota.record(1_000_000_000_000L, 0);
        assertFalse(quota.isExceeded(0));
        quota.changeRate(1_000);
        assertTrue(quota.isExceeded(0));
        quota.changeRate(ReplicationQuota.UNLIMITED);
        assertFalse(quota.isExceeded(0));
        assertThrows(IllegalArgumentException.class, () -> quota.changeRate(0));
    }

    @Test
    void bytesAreForgottenAfterAllWindows() {
        ReplicationQuota quota = new ReplicationQuota(WINDOWS, WINDOW_MS, 10);
        quota.record(1_000_000, 5_500);
        assertEquals(WINDOWS * WINDOW_MS - 500, quota.waitMs(5_500));
        assertTrue(quota.isExceeded(15_999));
        assertFalse(quota.isExceeded(16_000));
        quota.record(10, 16_000);
        assertFalse(quota.isExceeded(16_000), "as new");
    }

    @Test
    void aClockThatGoesBackDoesNoHarm() {
        ReplicationQuota quota = new ReplicationQuota(WINDOWS, WINDOW_MS, 1_000);
        quota.record(5_000, 100_000);
        quota.record(5_000, 3);
        assertTrue(quota.isExceeded(3));
        assertTrue(quota.isExceeded(101_000));
        assertFalse(quota.isExceeded(111_000));
    }

    /// Whoever sends only while the quota is not exceeded, and waits as it says, sends that much and not more.
    @Property(tries = 200)
    void theRateIsKeptAndUsed(
            @ForAll long seed,
            @ForAll @LongRange(min = 10_000, max = 100_000_000) long bytesPerSecond,
            @ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long startMs) {
        Random random = new Random(seed);
        ReplicationQuota quota = new ReplicationQuota(WINDOWS, WINDOW_MS, bytesPerSecond);
        int largest = (int) Math.max(1, bytesPerSecond / 10);
        long now = startMs;
        long sent = 0;
        while (now - startMs < 60_000) {
            long waitMs = quota.waitMs(now);
            assertEquals(waitMs > 0, quota.isExceeded(now));
            if (waitMs > 0) {
                now += waitMs;
                assertFalse(quota.isExceeded(now), "waited as told");
            } else {
                int bytes = 1 + random.nextInt(largest);
                quota.record(bytes, now);
                sent += bytes;
            }
        }
        double seconds = (now - startMs) / 1000.0;
        assertTrue(sent <= bytesPerSecond * (1.1 * seconds + 1) + largest, sent / seconds + " of " + bytesPerSecond);
        assertTrue(sent >= bytesPerSecond * 0.9 * seconds, sent / seconds + " of " + bytesPerSecond);
    }

    /// Every wait is the shortest one.
    @Property(tries = 200)
    void oneMillisecondLessIsTooShort(@ForAll @LongRange(min = 1_001, max = 1_000_000) long bytes) {
        ReplicationQuota quota = new ReplicationQuota(WINDOWS, WINDOW_MS, 1_000);
        quota.record(bytes, 7_300);
        long waitMs = quota.waitMs(7_300);

        assertTrue(quota.isExceeded(7_300 + waitMs - 1));
        assertFalse(quota.isExceeded(7_300 + waitMs));
    }

    @Test
    void throttledReplicasAreAllOrThoseNamed() {
        ThrottledReplicas named = ThrottledReplicas.parse(List.of("0:1", " 3:2 "));
        assertTrue(named.contains(0, 1));
        assertTrue(named.contains(3, 2));
        assertFalse(named.contains(1, 0));
        assertTrue(ThrottledReplicas.parse(List.of("*")).contains(17, 4));
        assertEquals(ThrottledReplicas.NONE, ThrottledReplicas.parse(List.of()));
        assertEquals(ThrottledReplicas.NONE, ThrottledReplicas.parse(List.of("")));
        for (String wrong : List.of("1", ":", "1:", ":1", "a:b", "1:2:3", "-1:2", "*:1")) {
            assertThrows(ConfigException.class, () -> ThrottledReplicas.parse(List.of(wrong)), wrong);
        }
    }
}
