package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import org.junit.jupiter.api.Test;

class EpochStartTest {
    private static final List<EpochStart> MARKERS =
            List.of(new EpochStart(0, 0), new EpochStart(2, 10), new EpochStart(3, 10), new EpochStart(5, 20));

    @Test
    void ofTheMarkersAtOrBelowTheLogStartTheNewestIsLeftAndStartsThere() {
        assertEquals(
                List.of(new EpochStart(0, 9), new EpochStart(2, 10), new EpochStart(3, 10), new EpochStart(5, 20)),
                EpochStart.prunedTo(9, MARKERS));
        assertEquals(List.of(new EpochStart(3, 10), new EpochStart(5, 20)), EpochStart.prunedTo(10, MARKERS));
        assertEquals(List.of(new EpochStart(3, 19), new EpochStart(5, 20)), EpochStart.prunedTo(19, MARKERS));
        assertEquals(List.of(new EpochStart(5, 99)), EpochStart.prunedTo(99, MARKERS));
    }

    @Test
    void nothingChangesWithoutAMarkerBelowTheLogStart() {
        assertSame(MARKERS, EpochStart.prunedTo(0, MARKERS));
        assertEquals(List.of(), EpochStart.prunedTo(7, List.of()));
        List<EpochStart> above = List.of(new EpochStart(4, 30));
        assertSame(above, EpochStart.prunedTo(29, above));
    }
}
