package io.sampo.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.core.partition.ReplicaPersistence;
import io.sampo.persistence.TestEvents;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.persistence.DeleteSnapshotSuccess;
import org.apache.pekko.persistence.DeleteSnapshotsSuccess;
import org.apache.pekko.persistence.SaveSnapshotFailure;
import org.apache.pekko.persistence.SaveSnapshotSuccess;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotProtocol;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.OptionConverters;

/// What Pekko's persistence TCK asks of a snapshot store (`SnapshotStoreSpec`), in our own words. It differs where
/// the contract of [CheckpointStore] is narrower: payloads are checkpoints; only the newest are kept (here ten); an
/// id that is no replica's fails instead of finding nothing; metadata beside number and time is not stored.
@Timeout(60)
class CheckpointStoreContractTest {
    private static final PartitionId ID = TestEvents.partition(0);
    private static final String PID = ReplicaPersistence.persistenceId(ID);

    @TempDir
    Path path;

    private JournalFixture fixture;
    private final List<SnapshotMetadata> saved = new ArrayList<>();

    /// Twenty events, the batches from number 4 on; checkpoints at the numbers 11 to 15.
    @BeforeEach
    void saveFiveCheckpoints() {
        fixture = new JournalFixture(path);
        fixture.open(ID, LogSettings.DEFAULTS);
        fixture.write(ID, 1, TestEvents.opening(ID));
        List<ReplicaEvent> batches = new ArrayList<>();
        for (int offset = 0; offset < 17; offset++) {
            batches.add(TestEvents.batch(offset, 1));
        }
        fixture.write(ID, 4, batches);
        for (long sequenceNr = 11; sequenceNr <= 15; sequenceNr++) {
            saved.add(save(sequenceNr, checkpoint(sequenceNr)));
        }
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void nothingIsLoadedForAReplicaWithoutCheckpoints() {
        PartitionId other = TestEvents.partition(1);
        fixture.register(other, LogSettings.DEFAULTS);
        assertEquals(
                Optional.empty(),
                load(ReplicaPersistence.persistenceId(other), SnapshotSelectionCriteria.latest(), Long.MAX_VALUE));
    }

    @Test
    void anIdThatIsNoReplicasFailsWithAClearError() {
        fixture.snapshots()
                .tell(
                        new SnapshotProtocol.LoadSnapshot(
                                "invalid", SnapshotSelectionCriteria.latest(), Long.MAX_VALUE),
                        fixture.probe.getRef());
        SnapshotProtocol.LoadSnapshotFailed failed =
                fixture.probe.expectMsgClass(JournalFixture.PATIENCE, SnapshotProtocol.LoadSnapshotFailed.class);
        assertTrue(failed.cause().toString().contains("histories of replicas only"), failed.cause()::toString);
    }

    @Test
    void nothingIsLoadedWhenTheTimeDoesNotMatch() {
        assertEquals(
                Optional.empty(), load(PID, SnapshotSelectionCriteria.create(Long.MAX_VALUE, 100), Long.MAX_VALUE));
    }

    @Test
    void nothingIsLoadedWhenTheNumberDoesNotMatch() {
        assertEquals(Optional.empty(), load(PID, upTo(7), Long.MAX_VALUE));
        assertEquals(Optional.empty(), load(PID, SnapshotSelectionCriteria.latest(), 7));
    }

    @Test
    void theNewestIsLoaded() {
        expect(15, load(PID, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE));
    }

    @Test
    void theNewestBelowAnUpperBoundIsLoaded() {
        expect(13, load(PID, upTo(13), Long.MAX_VALUE));
        expect(13, load(PID, SnapshotSelectionCriteria.latest(), 13));
    }

    @Test
    void theNewestBelowBoundsOfNumberAndTimeIsLoaded() {
        long timestamp = saved.get(2).timestamp();
        expect(13, load(PID, SnapshotSelectionCriteria.create(13, timestamp), Long.MAX_VALUE));
        expect(13, load(PID, SnapshotSelectionCriteria.create(Long.MAX_VALUE, timestamp), 13));
    }

    @Test
    void oneCheckpointIsDeletedByItsNumberWhateverTheTime() {
        SnapshotMetadata third = new SnapshotMetadata(PID, 13, 0L);
        fixture.snapshots().tell(new SnapshotProtocol.DeleteSnapshot(third), fixture.probe.getRef());
        fixture.probe.expectMsg(JournalFixture.PATIENCE, new DeleteSnapshotSuccess(third));
        expect(12, load(PID, upTo(13), Long.MAX_VALUE));
        expect(15, load(PID, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE));
    }

    @Test
    void checkpointsAreDeletedByBoundsOfNumberAndTime() {
        delete(SnapshotSelectionCriteria.create(13, saved.get(2).timestamp()));
        assertEquals(Optional.empty(), load(PID, upTo(13), Long.MAX_VALUE));
        expect(14, load(PID, upTo(14), Long.MAX_VALUE));
    }

    @Test
    void checkpointsOutsideTheTimeBoundAreNotDeleted() {
        delete(SnapshotSelectionCriteria.create(14, saved.getFirst().timestamp() - 1));
        expect(14, load(PID, upTo(14), Long.MAX_VALUE));
    }

    @Test
    void aCheckpointOfTheSameNumberReplacesTheOldOne() {
        Checkpoint changed = TestEvents.checkpoint(ID, 5, 12);
        save(15, changed);
        assertEquals(changed, load(PID, upTo(15), Long.MAX_VALUE).orElseThrow().snapshot());
    }

    @Test
    void aCheckpointWithManyProducersIsSaved() {
        List<ReplicaEvent.ProducerEntry> producers = new ArrayList<>();
        for (int producer = 0; producer < 1000; producer++) {
            producers.add(new ReplicaEvent.ProducerEntry(
                    producer,
                    (short) 0,
                    -1,
                    TestEvents.T0_MS,
                    -1,
                    List.of(new ReplicaEvent.ProducerBatch(0, 0, producer, producer, TestEvents.T0_MS))));
        }
        Checkpoint base = checkpoint(20);
        Checkpoint large = new Checkpoint(
                base.topic(),
                base.partition(),
                base.self(),
                base.config(),
                base.incarnation(),
                base.bootId(),
                base.promisedEpoch(),
                base.logStartOffset(),
                base.logEndOffset(),
                base.highWatermark(),
                base.suspect(),
                base.epochStarts(),
                producers);
        save(20, large);
        assertEquals(
                large,
                load(PID, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE)
                        .orElseThrow()
                        .snapshot());
    }

    @Test
    void checkpointsSurviveARestart() {
        fixture.close();
        fixture = new JournalFixture(path);
        fixture.register(ID, LogSettings.DEFAULTS);
        expect(15, load(PID, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE));
    }

    @Test
    void whatIsNoCheckpointFails() {
        fixture.snapshots()
                .tell(
                        new SnapshotProtocol.SaveSnapshot(new SnapshotMetadata(PID, 16, 0L), "text"),
                        fixture.probe.getRef());
        SaveSnapshotFailure failure = fixture.probe.expectMsgClass(JournalFixture.PATIENCE, SaveSnapshotFailure.class);
        assertInstanceOf(IllegalArgumentException.class, failure.cause());
        expect(15, load(PID, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE));
    }

    private static Checkpoint checkpoint(long sequenceNr) {
        return TestEvents.checkpoint(ID, 0, sequenceNr - 3);
    }

    private SnapshotMetadata save(long sequenceNr, Checkpoint checkpoint) {
        fixture.snapshots()
                .tell(
                        new SnapshotProtocol.SaveSnapshot(new SnapshotMetadata(PID, sequenceNr, 0L), checkpoint),
                        fixture.probe.getRef());
        return fixture.probe
                .expectMsgClass(JournalFixture.PATIENCE, SaveSnapshotSuccess.class)
                .metadata();
    }

    private Optional<SelectedSnapshot> load(String pid, SnapshotSelectionCriteria criteria, long toSequenceNr) {
        fixture.snapshots()
                .tell(new SnapshotProtocol.LoadSnapshot(pid, criteria, toSequenceNr), fixture.probe.getRef());
        SnapshotProtocol.LoadSnapshotResult result =
                fixture.probe.expectMsgClass(JournalFixture.PATIENCE, SnapshotProtocol.LoadSnapshotResult.class);
        assertEquals(toSequenceNr, result.toSequenceNr());
        return OptionConverters.toJava(result.snapshot());
    }

    private void expect(long sequenceNr, Optional<SelectedSnapshot> loaded) {
        assertEquals(sequenceNr, loaded.orElseThrow().metadata().sequenceNr());
        assertEquals(PID, loaded.get().metadata().persistenceId());
        assertEquals(checkpoint(sequenceNr), loaded.get().snapshot());
    }

    private void delete(SnapshotSelectionCriteria criteria) {
        fixture.snapshots().tell(new SnapshotProtocol.DeleteSnapshots(PID, criteria), fixture.probe.getRef());
        fixture.probe.expectMsg(JournalFixture.PATIENCE, new DeleteSnapshotsSuccess(criteria));
    }

    private static SnapshotSelectionCriteria upTo(long sequenceNr) {
        return SnapshotSelectionCriteria.create(sequenceNr, Long.MAX_VALUE);
    }
}
