package io.sampo.actors.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UnheardNodesTest {
    private final UnheardNodes unheard = new UnheardNodes(10_000);

    @Test
    void aMemberThatIsNotHeardForLongIsNamedOnce() {
        assertEquals(List.of(), unheard.overdue(Set.of(2, 3), List.of(3), 0));
        assertEquals(List.of(), unheard.overdue(Set.of(2, 3), List.of(3), 9_999));
        assertEquals(List.of(2), unheard.overdue(Set.of(2, 3), List.of(3), 10_000));
        assertEquals(List.of(), unheard.overdue(Set.of(2, 3), List.of(3), 90_000));
    }

    @Test
    void whoeverWasHeardAgainOrLeftBeginsAnew() {
        unheard.overdue(Set.of(2, 3), List.of(), 0);
        unheard.overdue(Set.of(2), List.of(2), 5_000);
        assertEquals(List.of(), unheard.overdue(Set.of(2, 3), List.of(), 10_000));
        assertEquals(List.of(), unheard.overdue(Set.of(2, 3), List.of(), 19_999));
        assertEquals(Set.of(2, 3), Set.copyOf(unheard.overdue(Set.of(2, 3), List.of(), 20_000)));
        unheard.overdue(Set.of(2, 3), List.of(2), 21_000);
        unheard.overdue(Set.of(2, 3), List.of(), 22_000);
        assertEquals(List.of(2), unheard.overdue(Set.of(2, 3), List.of(), 32_000));
    }
}
