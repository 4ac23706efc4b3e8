package io.sampo.streams.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.streams.connection.NodeChoice.Candidate;
import io.sampo.streams.connection.NodeChoice.Target;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeChoiceTest {

    private static final Target.Bootstrap FIRST = new Target.Bootstrap(new Endpoint("a", 1));
    private static final Target.Bootstrap SECOND = new Target.Bootstrap(new Endpoint("b", 1));
    private static final List<Candidate> BOOTSTRAP =
            List.of(new Candidate(FIRST, false, 0, 0), new Candidate(SECOND, false, 0, 0));

    private final NodeChoice choice = new NodeChoice(true, _ -> 0);

    private static Candidate node(int id, boolean connected, int busy, long waitMs) {
        return new Candidate(new Target.ById(id), connected, busy, waitMs);
    }

    private static Optional<Target> id(int id) {
        return Optional.of(new Target.ById(id));
    }

    @Test
    void connectedNodesComeFirstThenThoseWithLeastToDo() {
        List<Candidate> nodes =
                List.of(node(1, false, 0, 0), node(2, true, 5, 0), node(3, true, 2, 0), node(4, false, 1, 0));
        assertEquals(id(3), choice.next(nodes, BOOTSTRAP));
        assertEquals(id(2), choice.next(nodes, BOOTSTRAP));
        assertEquals(id(1), choice.next(nodes, BOOTSTRAP));
        assertEquals(id(4), choice.next(nodes, BOOTSTRAP));
    }

    @Test
    void bootstrapAddressesAreTriedWhenNoKnownNodeIsLeft() {
        List<Candidate> nodes = List.of(node(1, false, 0, 0), node(2, false, 0, 30));
        assertEquals(id(1), choice.next(nodes, BOOTSTRAP));
        assertEquals(Optional.of(FIRST), choice.next(nodes, BOOTSTRAP));
        assertEquals(Optional.of(SECOND), choice.next(nodes, BOOTSTRAP));
        assertEquals(Optional.empty(), choice.next(nodes, BOOTSTRAP));
        choice.newRound();
        assertEquals(id(1), choice.next(nodes, BOOTSTRAP));
    }

    @Test
    void withoutRebootstrapTheyAreOnlyForTheBeginning() {
        NodeChoice keeps = new NodeChoice(false, _ -> 0);
        List<Candidate> nodes = List.of(node(1, false, 0, 0));
        assertEquals(Optional.of(FIRST), keeps.next(List.of(), BOOTSTRAP));
        assertEquals(id(1), keeps.next(nodes, BOOTSTRAP));
        assertEquals(Optional.empty(), keeps.next(nodes, BOOTSTRAP));
    }

    @Test
    void amongEqualsChanceDecides() {
        NodeChoice last = new NodeChoice(true, bound -> bound - 1);
        assertEquals(Optional.of(SECOND), last.next(List.of(), BOOTSTRAP));
    }
}
