package io.sampo.core.leadership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.PartitionId;
import java.util.ArrayDeque;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class HandOverWindowTest {
    private static final int MAX = 64;

    private final HandOverWindow window = new HandOverWindow(MAX);
    private final ArrayDeque<PartitionId> underWay = new ArrayDeque<>();
    private long nowMs = 1_000;
    private int next;

    /// Begins as many as there is room for.
    private int fill() {
        while (window.hasRoom(nowMs)) {
            PartitionId id = new PartitionId(Uuid.ZERO_UUID, next++);
            window.begun(id, nowMs);
            underWay.add(id);
        }
        return underWay.size();
    }

    private void endOldest() {
        window.ended(underWay.remove(), nowMs);
    }

    /// All that are under way end so much later.
    private void endAllAfter(long tookMs) {
        nowMs += tookMs;
        while (!underWay.isEmpty()) {
            endOldest();
        }
    }

    private void grow(int rounds) {
        for (int i = 0; i < rounds; i++) {
            fill();
            endAllAfter(HandOverWindow.QUICK_MS);
        }
    }

    @Test
    void itBeginsSmallAndGrowsByOneWithEachQuickRound() {
        assertEquals(HandOverWindow.MIN_AT_A_TIME, fill());
        endAllAfter(HandOverWindow.QUICK_MS);
        assertEquals(0, window.size());
        assertEquals(HandOverWindow.MIN_AT_A_TIME + 1, fill());
        endAllAfter(0);
        assertEquals(HandOverWindow.MIN_AT_A_TIME + 2, fill());
    }

    @Test
    void neverMoreThanTheNodeStopsAtATime() {
        grow(MAX + 10);
        assertEquals(MAX, fill());
    }

    @Test
    void aNodeThatStopsFewAtATimeHandsOverNoMore() {
        HandOverWindow narrow = new HandOverWindow(1);
        narrow.begun(new PartitionId(Uuid.ZERO_UUID, 0), nowMs);
        assertFalse(narrow.hasRoom(nowMs));
        narrow.ended(new PartitionId(Uuid.ZERO_UUID, 0), nowMs + HandOverWindow.QUICK_MS + 1);
        narrow.begun(new PartitionId(Uuid.ZERO_UUID, 1), nowMs);
        assertFalse(narrow.hasRoom(nowMs));
    }

    @Test
    void aSlowOneHalvesItOnceForAllThatWereUnderWay() {
        grow(12);
        assertEquals(16, fill());
        nowMs += HandOverWindow.QUICK_MS + 1;
        endOldest();
        endOldest();
        endOldest();
        assertEquals(13, fill(), "nobody takes the places");
        endAllAfter(0);
        assertEquals(8, fill());

        endAllAfter(HandOverWindow.QUICK_MS + 1);
        assertEquals(HandOverWindow.MIN_AT_A_TIME, fill(), "these began when there were eight");
        endAllAfter(HandOverWindow.QUICK_MS + 1);
        assertEquals(HandOverWindow.MIN_AT_A_TIME, fill(), "never fewer");
    }

    @Test
    void quickOnesOfBeforeASlowOneDoNotCount() {
        grow(4);
        assertEquals(8, fill());
        for (int i = 0; i < 7; i++) {
            endOldest();
        }
        nowMs += HandOverWindow.QUICK_MS + 1;
        endOldest();
        fill();
        endOldest();
        assertEquals(HandOverWindow.MIN_AT_A_TIME, fill());
    }

    /// Nobody else can lead: fewer at a time would not help.
    @Test
    void whatIsStuckGivesItsPlaceAwayAndMakesRoomForOneMore() {
        fill();
        nowMs += HandOverWindow.STUCK_MS - 1;
        assertFalse(window.hasRoom(nowMs));
        nowMs++;
        assertTrue(window.hasRoom(nowMs));
        assertEquals(HandOverWindow.MIN_AT_A_TIME, window.size(), "they are waited for");
        assertEquals(3 * HandOverWindow.MIN_AT_A_TIME, fill());
        PartitionId stuck = underWay.remove();
        window.ended(stuck, nowMs);
        assertEquals(3 * HandOverWindow.MIN_AT_A_TIME - 1, window.size());
        assertFalse(window.hasRoom(nowMs), "its place is taken");
    }

    @Test
    void whatDidNotBeginOrIsNotWaitedForDoesNotCount() {
        window.ended(new PartitionId(Uuid.ZERO_UUID, 99), nowMs);
        fill();
        PartitionId forgotten = underWay.getFirst();
        window.clear();
        assertEquals(0, window.size());
        window.ended(forgotten, nowMs);
        underWay.clear();
        assertEquals(HandOverWindow.MIN_AT_A_TIME, fill());
    }
}
