package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.api.Test;

class RefreshGateTest {

    private final RefreshGate gate = new RefreshGate(new Backoff(100, 1_000), 5_000, 20_000);

    @Test
    void nothingIsAskedBeforeSomebodyWantsIt() {
        assertEquals(-1, gate.waitMs(0));
        gate.want(Set.of(), 0);
        assertEquals(0, gate.waitMs(0));
    }

    @Test
    void whatIsWantedMeanwhileIsAnsweredByTheNextOneAfterAPause() {
        gate.want(Set.of("a"), 0);
        gate.begin(0);
        gate.want(Set.of(), 0);
        assertEquals(-1, gate.waitMs(10));

        gate.end(true, 20, 0.5);

        assertEquals(100, gate.waitMs(20));
        assertEquals(1, gate.waitMs(119));
        assertEquals(0, gate.waitMs(120));
        assertEquals(Set.of("a"), gate.topics());
    }

    @Test
    void aNewTopicDoesNotWaitForThePauseUnlessQuestionsFail() {
        gate.want(Set.of("a"), 0);
        gate.begin(0);
        gate.end(true, 0, 0.5);
        gate.want(Set.of("b"), 0);
        assertEquals(0, gate.waitMs(0));

        gate.begin(0);
        gate.end(false, 0, 0.5);
        gate.want(Set.of("c"), 0);
        assertEquals(100, gate.waitMs(0));
    }

    @Test
    void thePauseGrowsWhileQuestionsFail() {
        for (int failures = 0; failures < 4; failures++) {
            gate.want(Set.of(), 0);
            gate.begin(0);
            gate.end(false, 0, 0.5);
        }
        gate.want(Set.of(), 0);
        assertEquals(800, gate.waitMs(0));
        gate.begin(0);
        gate.end(true, 0, 0.5);
        gate.want(Set.of(), 0);
        assertEquals(100, gate.waitMs(0));
    }

    @Test
    void whatIsKnownIsRenewedWhenItIsOld() {
        gate.want(Set.of(), 0);
        gate.begin(0);
        gate.end(true, 1_000, 0.5);
        assertEquals(5_000, gate.waitMs(1_000));
        assertEquals(0, gate.waitMs(6_000));
    }

    @Test
    void aTopicThatNobodyAskedForWithinTheIdleTimeIsForgotten() {
        gate.want(Set.of("old", "used", "asked"), 0);
        assertEquals(Set.of(), gate.begin(0));
        gate.end(true, 0, 0.5);
        gate.use(Set.of("used"), 10_000);
        gate.want(Set.of("asked"), 11_000);
        assertEquals(Set.of(), gate.begin(19_999));
        gate.end(true, 19_999, 0.5);
        assertEquals(Set.of("old", "used", "asked"), gate.topics());

        assertEquals(Set.of("old"), gate.begin(20_000));

        assertEquals(Set.of("used", "asked"), gate.topics());
        gate.end(true, 20_000, 0.5);
        gate.want(Set.of("old"), 20_001);
        assertEquals(0, gate.waitMs(20_001), "as one that was never asked for");
    }

    @Test
    void whatSomebodyWaitsForIsNotForgottenHoweverLateItIsAskedFor() {
        gate.want(Set.of("a"), 0);
        assertEquals(Set.of(), gate.begin(50_000));
        assertEquals(Set.of("a"), gate.topics());
        gate.end(false, 60_000, 0.5);
        assertEquals(Set.of("a"), gate.begin(70_000));
    }
}
