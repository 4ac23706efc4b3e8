package io.sampo.core.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.cluster.NodeHeartbeats.Event;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeHeartbeatsTest {
    private static final Event ALIVE = new Event.Alive(2);
    private static final Event LOST = new Event.Lost(2);

    private final NodeHeartbeats heartbeats = new NodeHeartbeats(1_000);

    @Test
    void aNodeIsAliveWhenBothHearEachOther() {
        assertEquals(List.of(), heartbeats.heard(2, 7, 0, false, 0));
        assertEquals(Map.of(2, 7L), heartbeats.hears(500), "it is told that it is heard");
        assertEquals(List.of(ALIVE), heartbeats.heard(2, 7, 0, true, 500));
        assertEquals(List.of(), heartbeats.heard(2, 7, 0, true, 900));
        assertEquals(List.of(2), heartbeats.alive());
        assertEquals(List.of(LOST), heartbeats.heard(2, 7, 0, false, 1_000), "it hears us no more");
        assertEquals(List.of(ALIVE), heartbeats.heard(2, 7, 0, true, 1_100));
    }

    @Test
    void silenceLosesItOnce() {
        heartbeats.heard(2, 7, 0, true, 0);
        assertEquals(List.of(), heartbeats.tick(1_000));
        assertEquals(List.of(LOST), heartbeats.tick(1_001));
        assertEquals(List.of(), heartbeats.tick(2_000));
        assertEquals(Map.of(), heartbeats.hears(2_000));
        assertEquals(List.of(ALIVE), heartbeats.heard(2, 7, 0, true, 3_000));
    }

    @Test
    void whateverMayHaveBeenForgottenOverThereIsALossAndAReturn() {
        heartbeats.heard(2, 7, 0, true, 0);
        assertEquals(List.of(LOST, ALIVE), heartbeats.heard(2, 7, 1, true, 100), "a replica ended");
        assertEquals(List.of(LOST, ALIVE), heartbeats.heard(2, 8, 1, true, 200), "another process");
        assertEquals(List.of(LOST, ALIVE), heartbeats.connectionChanged(2));
        assertEquals(List.of(), heartbeats.connectionChanged(3), "nobody knows it");
    }

    @Test
    void endsThatAreNamedConcernNobodyElse() {
        heartbeats.heard(2, 7, 0, true, 0);
        assertTrue(heartbeats.ended(2, 7, 0, 3));
        assertEquals(List.of(), heartbeats.heard(2, 7, 3, true, 100), "all of the three were named");
        assertFalse(heartbeats.ended(2, 7, 4, 1), "one was missed");
        assertEquals(List.of(LOST, ALIVE), heartbeats.heard(2, 7, 5, true, 200), "so anybody may be concerned");
        assertFalse(heartbeats.ended(2, 8, 0, 1), "another process has not been heard yet");
        assertFalse(heartbeats.ended(3, 7, 0, 1), "nobody knows it");
    }

    @Test
    void aProcessThatIsGoneIsLostAtOnceAndForgotten() {
        heartbeats.heard(2, 7, 0, true, 0);
        assertEquals(List.of(LOST), heartbeats.gone(2));
        assertEquals(List.of(), heartbeats.gone(2));
        assertEquals(Map.of(), heartbeats.hears(0));
    }
}
