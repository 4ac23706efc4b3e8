package io.sampo.core.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sampo.core.partition.ReplicaContext.TestAppend;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

/// A step that ends with an exception.
class BrokenStepTest {

    /// Its records cannot be read: stands for any bug.
    private record Broken(MemoryRecords ignored) implements AppendRequest {
        @Override
        public MemoryRecords records() {
            throw new IllegalStateException("a bug");
        }

        @Override
        public boolean fromClient() {
            return true;
        }

        @Override
        public short acks() {
            return -1;
        }

        @Override
        public int timeoutMs() {
            return Integer.MAX_VALUE;
        }
    }

    @Test
    void nothingThatItHadDecidedLeavesAndNobodyIsToldThatSomethingIsDone() {
        ReplicaContext replica = ReplicaContext.active();
        TestAppend first = replica.append(Batches.idempotent(7, (short) 0, 0, 1));
        assertEquals(Errors.NONE, replica.outcomeOf(first).error());
        TestAppend again = new TestAppend(Batches.idempotent(7, (short) 0, 0, 1), true, (short) -1);
        TestAppend refused = new TestAppend(Batches.idempotent(7, (short) 0, 9, 1), true, (short) -1);
        replica.effects.clear();

        assertThrows(
                IllegalStateException.class,
                () -> replica.step(new ReplicaInput.Requests(List.of(again, refused, new Broken(Batches.plain(1))))));
        replica.step(new ReplicaInput.StorageFailed("a bug"));

        assertEquals(Errors.KAFKA_STORAGE_ERROR, replica.outcomeOf(again).error());
        assertEquals(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, replica.outcomeOf(refused).error());
        assertEquals(List.of(), replica.all(ReplicaEffect.PublishView.class));
    }

    /// Else the stop of its node waits for it until the time is up.
    @Test
    void aReplicaThatIsOfflineSaysThatItIsClosedWithoutACleanClose() {
        ReplicaContext replica = ReplicaContext.active();
        replica.step(new ReplicaInput.StorageFailed("a bug"));
        replica.journal.clear();

        replica.step(new ReplicaInput.Close());

        assertEquals(1, replica.all(ReplicaEffect.Closed.class).size());
        assertEquals(List.of(), replica.journal);
    }
}
