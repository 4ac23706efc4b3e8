package io.sampo.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaPersistence;
import io.sampo.persistence.TestEvents;
import io.sampo.persistence.journal.JournalFixture.Replayed;
import io.sampo.persistence.log.StoredCheckpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.persistence.JournalProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What Pekko's persistence TCK asks of a journal (`JournalSpec`), in our own words. It differs where the contract
/// of [ReplicaJournal] is narrower:
/// - payloads are replica events, not strings; a batch comes back as its header;
/// - an unknown replica id is created when it recovers if the partition is registered, so "not yet written" is a
///     registered
///     partition without events;
/// - deletion drops what a checkpoint covers, so a checkpoint is stored before it;
/// - sender, writer and metadata do not come back; the TCK's optional tests for serialization and metadata do not
///     apply;
/// - what cannot be written (TCK: "non-serializable") is an object that is no replica event.
@Timeout(60)
class ReplicaJournalContractTest {
    private static final PartitionId ID = TestEvents.partition(0);

    @TempDir
    Path path;

    private JournalFixture fixture;
    private final List<ReplicaEvent> written = new ArrayList<>();

    /// Five events: three control events and two batches, the last two in one atomic write.
    @BeforeEach
    void writeFiveEvents() {
        fixture = new JournalFixture(path);
        fixture.open(ID, LogSettings.DEFAULTS);
        written.addAll(TestEvents.opening(ID));
        written.add(TestEvents.batch(0, 3));
        written.add(TestEvents.batch(3, 1));
        for (int i = 0; i < 3; i++) {
            fixture.write(ID, i + 1, List.of(written.get(i)));
        }
        fixture.write(ID, 4, written.subList(3, 5));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void allEventsAreReplayed() {
        Replayed replayed = fixture.replay(ID, 1, Long.MAX_VALUE, Long.MAX_VALUE);
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), replayed.numbers());
        assertEquals(written.stream().map(TestEvents::headerOnly).toList(), replayed.payloads());
        assertEquals(5, replayed.highestSequenceNr());
        assertEquals(
                ReplicaPersistence.persistenceId(ID),
                replayed.events().getFirst().persistenceId());
    }

    @Test
    void replayedBatchesCarryNoBytes() {
        List<Object> payloads = fixture.replay(ID, 4, 5, Long.MAX_VALUE).payloads();
        assertNull(assertInstanceOf(BatchAppended.class, payloads.getFirst()).bytes());
    }

    @Test
    void replayObeysALowerBound() {
        expectReplayed(List.of(3L, 4L, 5L), 3, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    @Test
    void replayObeysAnUpperBound() {
        expectReplayed(List.of(1L, 2L, 3L), 1, 3, Long.MAX_VALUE);
    }

    @Test
    void replayObeysACountLimit() {
        expectReplayed(List.of(1L, 2L, 3L), 1, Long.MAX_VALUE, 3);
    }

    @Test
    void replayObeysBothBounds() {
        expectReplayed(List.of(2L, 3L), 2, 3, Long.MAX_VALUE);
    }

    @Test
    void replayObeysBothBoundsAndACountLimit() {
        expectReplayed(List.of(2L, 3L), 2, 5, 2);
    }

    @Test
    void replayOfOneEventWhenBothBoundsAreEqual() {
        expectReplayed(List.of(2L), 2, 2, Long.MAX_VALUE);
    }

    @Test
    void replayOfOneEventWhenTheLimitIsOne() {
        expectReplayed(List.of(2L), 2, 4, 1);
    }

    @Test
    void nothingIsReplayedWhenTheLimitIsZero() {
        expectReplayed(List.of(), 2, 4, 0);
    }

    @Test
    void nothingIsReplayedWhenTheLowerBoundIsAboveTheUpperOne() {
        expectReplayed(List.of(), 3, 2, Long.MAX_VALUE);
    }

    @Test
    void nothingIsReplayedForAReplicaThatHasNotWritten() {
        PartitionId fresh = TestEvents.partition(1);
        fixture.register(fresh, LogSettings.DEFAULTS);
        Replayed replayed = fixture.replay(fresh, 0, Long.MAX_VALUE, Long.MAX_VALUE);
        assertEquals(List.of(), replayed.numbers());
        assertEquals(0, replayed.highestSequenceNr());
    }

    @Test
    void deletedEventsAreNotReplayed() {
        checkpointAt(3, 0);
        delete(3);
        expectReplayed(List.of(4L, 5L), 1, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    @Test
    void deletionDoesNotResetTheHighestSequenceNumber() {
        checkpointAt(5, 4);
        delete(Long.MAX_VALUE);
        expectReplayed(List.of(), 6, Long.MAX_VALUE, Long.MAX_VALUE);
        restart();
        expectReplayed(List.of(), 6, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    @Test
    void theHighestSequenceNumberSurvivesARestart() {
        restart();
        Replayed replayed = fixture.replay(ID, 1, Long.MAX_VALUE, Long.MAX_VALUE);
        assertEquals(written.stream().map(TestEvents::headerOnly).toList(), replayed.payloads());
        assertEquals(5, replayed.highestSequenceNr());
        fixture.write(ID, 6, List.of(TestEvents.batch(4, 2)));
        expectReplayed(6, List.of(6L), 6, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    @Test
    void whatIsNoReplicaEventIsRejectedAndTheOthersAreStored() {
        BatchAppended sixth = TestEvents.batch(4, 1);
        BatchAppended seventh = TestEvents.batch(5, 1);
        Object foreign = "not an event";
        // The rejected one takes no number in the log: a replica stops on a rejection and recovers.
        fixture.send(ID, 6, List.of(List.of(sixth)));
        expectSuccess(sixth);
        fixture.send(ID, 7, List.of(List.of(foreign)));
        fixture.probe.expectMsg(JournalFixture.PATIENCE, JournalProtocol.WriteMessagesSuccessful$.MODULE$);
        JournalProtocol.WriteMessageRejected rejected =
                fixture.probe.expectMsgClass(JournalFixture.PATIENCE, JournalProtocol.WriteMessageRejected.class);
        assertSame(foreign, rejected.message().payload());
        assertInstanceOf(IllegalArgumentException.class, rejected.cause());
        fixture.send(ID, 7, List.of(List.of(seventh)));
        expectSuccess(seventh);
        expectReplayed(7, List.of(6L, 7L), 6, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    @Test
    void aBatchWithoutBytesIsRejected() {
        fixture.send(ID, 6, List.of(List.of(TestEvents.headerOnly(TestEvents.batch(4, 1)))));
        fixture.probe.expectMsg(JournalFixture.PATIENCE, JournalProtocol.WriteMessagesSuccessful$.MODULE$);
        fixture.probe.expectMsgClass(JournalFixture.PATIENCE, JournalProtocol.WriteMessageRejected.class);
        expectReplayed(List.of(), 6, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    @Test
    void otherPersistenceIdsFailWithAClearError() {
        fixture.send("group|g1", fixture.journal(ID), 1, List.of(List.of(TestEvents.batch(0, 1))));
        JournalProtocol.WriteMessagesFailed failed =
                fixture.probe.expectMsgClass(JournalFixture.PATIENCE, JournalProtocol.WriteMessagesFailed.class);
        assertTrue(failed.cause().toString().contains("histories of replicas only"), failed.cause()::toString);
        fixture.probe.expectMsgClass(JournalFixture.PATIENCE, JournalProtocol.WriteMessageFailure.class);
    }

    @Test
    void severalWritesOfOneRequestAreAnsweredInOrder() {
        BatchAppended sixth = TestEvents.batch(4, 1);
        BatchAppended seventh = TestEvents.batch(5, 1);
        BatchAppended eighth = TestEvents.batch(6, 1);
        fixture.send(ID, 6, List.of(List.of(sixth), List.of(seventh, eighth)));
        expectSuccess(sixth);
        for (BatchAppended next : List.of(seventh, eighth)) {
            assertSame(
                    next,
                    fixture.probe
                            .expectMsgClass(JournalFixture.PATIENCE, JournalProtocol.WriteMessageSuccess.class)
                            .persistent()
                            .payload());
        }
        expectReplayed(8, List.of(6L, 7L, 8L), 6, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    private void expectSuccess(Object payload) {
        fixture.probe.expectMsg(JournalFixture.PATIENCE, JournalProtocol.WriteMessagesSuccessful$.MODULE$);
        assertSame(
                payload,
                fixture.probe
                        .expectMsgClass(JournalFixture.PATIENCE, JournalProtocol.WriteMessageSuccess.class)
                        .persistent()
                        .payload());
    }

    private void expectReplayed(List<Long> numbers, long from, long to, long max) {
        expectReplayed(5, numbers, from, to, max);
    }

    private void expectReplayed(long highest, List<Long> numbers, long from, long to, long max) {
        Replayed replayed = fixture.replay(ID, from, to, max);
        assertEquals(numbers, replayed.numbers());
        assertEquals(highest, replayed.highestSequenceNr());
    }

    private void checkpointAt(long sequenceNr, long logEndOffset) {
        fixture.logs
                .open(ID)
                .writeCheckpoint(
                        new StoredCheckpoint(sequenceNr, TestEvents.T0_MS, TestEvents.checkpoint(ID, 0, logEndOffset)));
    }

    private void delete(long toSequenceNr) {
        fixture.journal(ID)
                .tell(
                        new JournalProtocol.DeleteMessagesTo(
                                ReplicaPersistence.persistenceId(ID), toSequenceNr, fixture.probe.getRef()),
                        fixture.probe.getRef());
        assertEquals(
                toSequenceNr,
                fixture.probe
                        .expectMsgClass(
                                JournalFixture.PATIENCE, org.apache.pekko.persistence.DeleteMessagesSuccess.class)
                        .toSequenceNr());
    }

    private void restart() {
        fixture.close();
        fixture = new JournalFixture(path);
        fixture.register(ID, LogSettings.DEFAULTS);
    }
}
