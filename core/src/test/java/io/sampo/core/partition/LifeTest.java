package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaEvent.PeerHeard;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class LifeTest {

    @Test
    void livesAreOrderedByIncarnationWhateverTheTime() {
        long fourth = Life.of(4, 900);
        long fifth = Life.of(5, 100);

        assertTrue(fifth > fourth);
        assertTrue(Life.isNew(fifth, fourth));
        assertFalse(Life.isNew(fourth, fifth));
        assertTrue(Life.isSetBack(fourth, fifth));
        assertFalse(Life.isSetBack(fifth, fourth));
        assertFalse(Life.isSetBack(fifth, fifth));
        assertTrue(Life.isNew(fourth, Life.NONE));
    }

    @Test
    void twoLivesOfOneIncarnationCannotBothBe() {
        long one = Life.of(5, 100);
        long other = Life.of(5, 101);

        assertNotEquals(one, other);
        assertTrue(Life.isSetBack(one, other));
        assertTrue(Life.isSetBack(other, one));
        assertFalse(Life.isNew(other, one));
    }

    /// Nodes from before there was a time in it are in a cluster while it is upgraded.
    @Test
    void plainIncarnationsAreCompared() {
        assertFalse(Life.isSetBack(6, 5));
        assertTrue(Life.isSetBack(4, 5));
        assertTrue(Life.isNew(6, 5));
        assertTrue(Life.isNew(Life.of(6, 123), 5));
        assertFalse(Life.isSetBack(Life.of(6, 123), 5));
        assertTrue(Life.isSetBack(Life.of(5, 123), 6));
    }

    /// A learner's first incarnation is the time at which it began.
    @Test
    void theTimeIsAnIncarnation() {
        long nowMs = 1_900_000_000_000L;

        assertTrue(Life.of(nowMs, nowMs) > 0);
        assertTrue(Life.isNew(Life.of(nowMs + 1, nowMs), Life.of(nowMs, nowMs)));
        assertThrows(Invariant.Violated.class, () -> Life.of(1L << 42, nowMs));
    }

    @Test
    void strangersAreForgottenBeforeMembers() {
        Peers peers = new Peers();
        ReplicaId member = new ReplicaId(1, new Uuid(1, 1));
        peers.heard(new PeerHeard(member, 7), List.of(member));
        for (int node = 2; node <= 200; node++) {
            peers.heard(new PeerHeard(new ReplicaId(node, new Uuid(node, 1)), node), List.of(member));
        }

        assertEquals(64, peers.all().size());
        assertEquals(7, peers.life(member));
        assertEquals(200, peers.life(new ReplicaId(200, new Uuid(200, 1))));
        assertEquals(Life.NONE, peers.life(new ReplicaId(2, new Uuid(2, 1))));
    }
}
