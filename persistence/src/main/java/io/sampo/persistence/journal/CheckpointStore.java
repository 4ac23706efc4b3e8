package io.sampo.persistence.journal;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent.Checkpoint;
import io.sampo.persistence.log.FilePartitionLog;
import io.sampo.persistence.log.StoredCheckpoint;
import java.util.Optional;
import org.apache.pekko.dispatch.Futures;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;

/// Pekko Persistence's snapshot store over the partition logs: a snapshot is a replica's [Checkpoint]. Loading one
/// is the first step of a replica's recovery, so it opens (recovers, or creates) the log.
///
/// Narrower than Pekko's general contract, each for a reason:
/// - Payloads are checkpoints only, and only the newest few are kept (`LogStoreSettings.checkpointsKept`): an older
///     one
///     would only make recovery longer.
/// - Metadata of a snapshot beside number and time is not stored; a replica uses none.
///
/// A save is answered when the checkpoint is on disk. EventSourcedBehavior takes no command while it waits for the
/// answer to a snapshot of its own making, so a replica sends `SaveSnapshot` itself and goes on.
///
/// Thread rule: an actor; all file work runs on `sampo.blocking-io-dispatcher`.
public final class CheckpointStore extends SnapshotStore {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

    private final LogStorage storage = LogStorage.get(context().system());
    private final ExecutionContext blockingIo = context().system().dispatchers().lookup(PluginDispatchers.BLOCKING_IO);

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        // A truncation that is under way also drops checkpoints.
        return storage.afterWrites(persistenceId, id -> load(persistenceId, id, criteria), blockingIo);
    }

    private Optional<SelectedSnapshot> load(String persistenceId, PartitionId id, SnapshotSelectionCriteria criteria) {
        ReplicaStore store = storage.open(id);
        synchronized (store.checkpointLock()) {
            for (StoredCheckpoint stored : store.log().checkpoints()) {
                SnapshotMetadata metadata = metadata(persistenceId, stored);
                if (criteria.matches(metadata)) {
                    store.loaded(stored);
                    return Optional.of(SelectedSnapshot.create(metadata, stored.checkpoint()));
                }
            }
            return Optional.empty();
        }
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        if (!(snapshot instanceof Checkpoint checkpoint)) {
            return Futures.failed(new IllegalArgumentException(
                    "not a replica's checkpoint: " + snapshot.getClass().getName()));
        }
        return Futures.future(
                () -> {
                    save(metadata, checkpoint);
                    return null;
                },
                blockingIo);
    }

    private void save(SnapshotMetadata metadata, Checkpoint checkpoint) {
        try {
            ReplicaStore store = storage.open(LogStorage.partition(metadata.persistenceId()));
            synchronized (store.checkpointLock()) {
                for (StoredCheckpoint stored : store.log().checkpoints()) {
                    if (stored.sequenceNr() > metadata.sequenceNr()) {
                        return; // A newer one overtook it on the way to the disk.
                    }
                }
                store.log()
                        .writeCheckpoint(new StoredCheckpoint(metadata.sequenceNr(), metadata.timestamp(), checkpoint));
            }
        } catch (RuntimeException failed) {
            LOG.warn("Checkpoint {} of {} was not stored", metadata.sequenceNr(), metadata.persistenceId(), failed);
            throw failed;
        }
    }

    @Override
    public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
        return delete(
                metadata.persistenceId(),
                stored -> stored.sequenceNr() == metadata.sequenceNr()
                        && (metadata.timestamp() == 0 || stored.timestampMs() == metadata.timestamp()));
    }

    @Override
    public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return delete(persistenceId, stored -> criteria.matches(metadata(persistenceId, stored)));
    }

    private Future<Void> delete(String persistenceId, java.util.function.Predicate<StoredCheckpoint> which) {
        return Futures.future(
                () -> {
                    ReplicaStore store = storage.open(LogStorage.partition(persistenceId));
                    FilePartitionLog log = store.log();
                    synchronized (store.checkpointLock()) {
                        log.checkpoints().stream()
                                .filter(which)
                                .forEach(stored -> log.deleteCheckpoint(stored.sequenceNr()));
                    }
                    return null;
                },
                blockingIo);
    }

    private static SnapshotMetadata metadata(String persistenceId, StoredCheckpoint stored) {
        return new SnapshotMetadata(persistenceId, stored.sequenceNr(), stored.timestampMs(), scala.Option.empty());
    }
}
