package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.api.Test;

class RefreshGateTest {

    private final RefreshGate gate = new RefreshGate(new Backoff(100, 1_000), 5_000);

    @Test
    void nothingIsAskedBeforeSomebodyWantsIt() {
        assertEquals(-1, gate.waitMs(0));
        gate.want(Set.of());
        assertEquals(0, gate.waitMs(0));
    }

    @Test
    void whatIsWantedMeanwhileIsAnsweredByTheNextOneAfterAPause() {
        gate.want(Set.of("a"));
        gate.begin();
        gate.want(Set.of());
        assertEquals(-1, gate.waitMs(10));

        gate.end(true, 20, 0.5);

        assertEquals(100, gate.waitMs(20));
        assertEquals(1, gate.waitMs(119));
        assertEquals(0, gate.waitMs(120));
        assertEquals(Set.of("a"), gate.topics());
    }

    @Test
    void aNewTopicDoesNotWaitForThePauseUnlessQuestionsFail() {
        gate.want(Set.of("a"));
        gate.begin();
        gate.end(true, 0, 0.5);
        gate.want(Set.of("b"));
        assertEquals(0, gate.waitMs(0));

        gate.begin();
        gate.end(false, 0, 0.5);
        gate.want(Set.of("c"));
        assertEquals(100, gate.waitMs(0));
    }

    @Test
    void thePauseGrowsWhileQuestionsFail() {
        for (int failures = 0; failures < 4; failures++) {
            gate.want(Set.of());
            gate.begin();
            gate.end(false, 0, 0.5);
        }
        gate.want(Set.of());
        assertEquals(800, gate.waitMs(0));
        gate.begin();
        gate.end(true, 0, 0.5);
        gate.want(Set.of());
        assertEquals(100, gate.waitMs(0));
    }

    @Test
    void whatIsKnownIsRenewedWhenItIsOld() {
        gate.want(Set.of());
        gate.begin();
        gate.end(true, 1_000, 0.5);
        assertEquals(5_000, gate.waitMs(1_000));
        assertEquals(0, gate.waitMs(6_000));
    }
}
