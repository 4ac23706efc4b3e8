package io.sampo.actors.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.actors.cluster.NodeLiveness.Event;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeLivenessTest {
    private static final Event ALIVE = new Event.Alive(2);
    private static final Event LOST = new Event.Lost(2);

    private final NodeLiveness liveness = new NodeLiveness(1_000);

    @Test
    void aNodeIsAliveWhenBothHearEachOther() {
        assertEquals(List.of(), liveness.heard(2, 7, 0, false, 0));
        assertEquals(Map.of(2, 7L), liveness.hears(500), "it is told that it is heard");
        assertEquals(List.of(ALIVE), liveness.heard(2, 7, 0, true, 500));
        assertEquals(List.of(), liveness.heard(2, 7, 0, true, 900));
        assertEquals(List.of(2), liveness.alive());
        assertEquals(List.of(LOST), liveness.heard(2, 7, 0, false, 1_000), "it hears us no more");
        assertEquals(List.of(ALIVE), liveness.heard(2, 7, 0, true, 1_100));
    }

    @Test
    void silenceLosesItOnce() {
        liveness.heard(2, 7, 0, true, 0);
        assertEquals(List.of(), liveness.tick(1_000));
        assertEquals(List.of(LOST), liveness.tick(1_001));
        assertEquals(List.of(), liveness.tick(2_000));
        assertEquals(Map.of(), liveness.hears(2_000));
        assertEquals(List.of(ALIVE), liveness.heard(2, 7, 0, true, 3_000));
    }

    @Test
    void whateverMayHaveBeenForgottenOverThereIsALossAndAReturn() {
        liveness.heard(2, 7, 0, true, 0);
        assertEquals(List.of(LOST, ALIVE), liveness.heard(2, 7, 1, true, 100), "a replica ended");
        assertEquals(List.of(LOST, ALIVE), liveness.heard(2, 8, 1, true, 200), "another process");
        assertEquals(List.of(LOST, ALIVE), liveness.connectionChanged(2));
        assertEquals(List.of(), liveness.connectionChanged(3), "nobody knows it");
    }

    @Test
    void aProcessThatIsGoneIsLostAtOnceAndForgotten() {
        liveness.heard(2, 7, 0, true, 0);
        assertEquals(List.of(LOST), liveness.gone(2));
        assertEquals(List.of(), liveness.gone(2));
        assertEquals(Map.of(), liveness.hears(0));
    }
}
