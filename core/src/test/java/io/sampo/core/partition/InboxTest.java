package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.ReplicaMessage.Announce;
import io.sampo.core.partition.ReplicaMessage.Fetch;
import io.sampo.core.partition.ReplicaMessage.StaleIdentity;
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
        assertTrue(inbox.admits(message(OTHER, 5, ReplicaContext.SELF, new Announce(1, 0, 0, false))));

        assertFalse(inbox.admits(message(OTHER, 4, ReplicaContext.SELF, new Announce(1, 0, 0, false))));

        ReplicaEffect.Send told = (ReplicaEffect.Send) outbox.take().getFirst();
        assertEquals(5, ((StaleIdentity) told.envelope().message()).incarnation());
        assertTrue(inbox.admits(message(OTHER, 5, ReplicaContext.SELF, new Announce(1, 0, 0, false))));
    }

    @Test
    void whilePersistingFetchesPassAndOthersWaitInOrderUpToTheLimit() {
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
