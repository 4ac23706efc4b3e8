package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaEvent.PeerHeard;
import io.sampo.core.partition.ReplicaMessage.Announce;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.KnownLife;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class InboxTest {
    private static final ReplicaId OTHER = QuorumCluster.id(2);
    private static final ReplicationSettings SMALL =
            new ReplicationSettings(100, 0, 0, 100, 100, 100, 0, 100, 100, 100, 100, 0, 100, 2);

    private final ReplicaState state = new ReplicaState(
            ReplicaContext.PARTITION, ReplicaContext.SELF, new ReplicaSettings(1, 1_000, 10, SMALL), 1, Mutations.NONE);
    private final Outbox outbox = new Outbox(state);
    private final Inbox inbox = new Inbox(state, outbox);

    private static ReplicaEnvelope message(ReplicaId from, long incarnation, ReplicaId to, ReplicaMessage message) {
        return new ReplicaEnvelope(ReplicaContext.PARTITION, from, incarnation, to, message);
    }

    private static ReplicaEnvelope announce(int epoch) {
        return message(OTHER, 1, ReplicaContext.SELF, new Announce(epoch, 0, 0, false));
    }

    @Test
    void aMessageForTheDirectoryThatWasHereBeforeIsIgnored() {
        ReplicaId before = new ReplicaId(ReplicaContext.SELF.nodeId(), new Uuid(77, 77));

        assertFalse(inbox.admits(message(OTHER, 1, before, new Announce(1, 0, 0, false))));
        assertTrue(inbox.admits(announce(1)));
    }

    @Test
    void anEarlierLifeIsNotHeardAndIsToldSo() {
        knows(OTHER, 5);

        assertFalse(inbox.admits(message(OTHER, 4, ReplicaContext.SELF, new Announce(1, 0, 0, false))));

        ReplicaEffect.Send told = (ReplicaEffect.Send) outbox.take().getFirst();
        assertEquals(5, ((KnownLife) told.envelope().message()).life());
        assertTrue(inbox.admits(message(OTHER, 5, ReplicaContext.SELF, new Announce(1, 0, 0, false))));
    }

    private void knows(ReplicaId replica, long life) {
        state.history.peers().heard(new PeerHeard(replica, life), List.of());
    }

    @Test
    void aNewLifeIsWrittenBeforeItIsHeard() {
        ReplicaEnvelope fetch =
                message(OTHER, 6, ReplicaContext.SELF, new Fetch(1, new LogKey(-1, 0), 0, 0, 0, false, 100, 0));
        knows(OTHER, 5);

        assertTrue(inbox.admits(fetch));
        assertFalse(inbox.isItsTurn(fetch));

        ReplicaEffect.Persist persist = (ReplicaEffect.Persist) outbox.take().getFirst();
        assertEquals(List.of(new PeerHeard(OTHER, 6)), persist.events());
        assertNull(inbox.next());
        outbox.persisted();
        assertEquals(fetch, inbox.next());
        assertTrue(inbox.isItsTurn(fetch), "once is enough");
        assertEquals(List.of(), outbox.take());
    }

    @Test
    void whoBeganAnotherLifeMeanwhileIsNotHeardInTheOneBefore() {
        knows(OTHER, 1);
        outbox.persist(List.of(), () -> {});
        assertFalse(inbox.isItsTurn(announce(1)));
        ReplicaEnvelope later = message(OTHER, 2, ReplicaContext.SELF, new Announce(2, 0, 0, false));
        assertFalse(inbox.isItsTurn(later));
        knows(OTHER, 2);

        outbox.persisted();

        assertEquals(later, inbox.next());
    }

    @Test
    void whilePersistingFetchesPassAndOthersWaitInOrderUpToTheLimit() {
        knows(OTHER, 1);
        outbox.persist(List.of(), () -> {});
        LogKey nothing = new LogKey(-1, 0);
        assertTrue(
                inbox.isItsTurn(message(OTHER, 1, ReplicaContext.SELF, new Fetch(1, nothing, 0, 0, 0, false, 100, 0))));
        assertFalse(inbox.isItsTurn(announce(1)));
        assertFalse(inbox.isItsTurn(announce(2)));
        assertFalse(inbox.isItsTurn(announce(3)));
        assertNull(inbox.next());

        outbox.persisted();

        assertEquals(announce(1), inbox.next());
        assertEquals(announce(2), inbox.next());
        assertNull(inbox.next(), "the third was dropped");
    }
}
