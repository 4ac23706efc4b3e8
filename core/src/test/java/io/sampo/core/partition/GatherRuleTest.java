package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class GatherRuleTest {
    private static final long MILLISECOND = 1_000_000;

    private final GatherRule rule = new GatherRule(2 * MILLISECOND);

    @Test
    void aSlowRoundIsFollowedByAWaitForAllThatWereUnderWay() {
        rule.started(4, 0);
        assertEquals(5, rule.answered(1, MILLISECOND));
        assertEquals(MILLISECOND, rule.waitNanos());
    }

    @Test
    void aFastRoundIsNot() {
        rule.started(4, 0);
        assertEquals(1, rule.answered(1, GatherRule.MIN_ROUND_NANOS - 1));
        assertEquals(0, rule.waitNanos());
    }

    @Test
    void aSingleRequestIsNot() {
        rule.started(1, 0);
        assertEquals(1, rule.answered(0, MILLISECOND));
    }

    @Test
    void aRoundThatServedNothingIsNot() {
        rule.started(0, 0);
        assertEquals(1, rule.answered(3, MILLISECOND));
    }

    @Test
    void noWaitIsLongerThanItsBound() {
        rule.started(4, 0);
        assertEquals(4, rule.answered(0, 100 * MILLISECOND));
        assertEquals(2 * MILLISECOND, rule.waitNanos());
    }

    @Property
    void aWaitIsNeverLongerThanTheRoundBeforeIt(
            @ForAll @IntRange(max = 2_000) int underWay,
            @ForAll @IntRange(max = 20_000) int waiting,
            @ForAll @LongRange(max = 10_000_000_000L) long roundNanos,
            @ForAll @LongRange(max = 10_000_000) long maxWaitNanos) {
        GatherRule bounded = new GatherRule(maxWaitNanos);
        bounded.started(underWay, 0);
        int expected = bounded.answered(waiting, roundNanos);
        assertTrue(bounded.waitNanos() <= roundNanos && bounded.waitNanos() <= maxWaitNanos);
        assertTrue(expected == 1 || expected == underWay + waiting);
        assertEquals(expected == 1, bounded.waitNanos() == 0);
    }
}
