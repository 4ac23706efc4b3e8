package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import io.sampo.core.partition.ReplicaPersistence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.dispatch.Futures;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import org.jspecify.annotations.Nullable;
import scala.concurrent.Future;
import scala.concurrent.Promise;

/// A journal in memory that can hold writes back and fail them, like Sampo's own giving back batches without bytes.
public final class MemoryJournal extends AsyncWriteJournal {

    /// The histories of the replicas of one test, shared with its snapshot store by the static map.
    static final Map<PartitionId, List<ReplicaEvent>> EVENTS = new ConcurrentHashMap<>();

    static final Map<PartitionId, SelectedSnapshot> CHECKPOINTS = new ConcurrentHashMap<>();
    static final Map<PartitionId, Exception> FAILURES = new ConcurrentHashMap<>();

    /// While a promise is here, writes of the partition wait for it.
    static final Map<PartitionId, Promise<Object>> HELD = new ConcurrentHashMap<>();

    static List<ReplicaEvent> events(PartitionId id) {
        return EVENTS.computeIfAbsent(id, _ -> java.util.Collections.synchronizedList(new ArrayList<>()));
    }

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> messages) {
        Future<Iterable<Optional<Exception>>> done = Futures.successful(List.of());
        for (AtomicWrite write : messages) {
            PartitionId id = ReplicaPersistence.parse(write.persistenceId());
            Exception failure = FAILURES.get(id);
            if (failure != null) {
                return Futures.failed(failure);
            }
            write.payload().foreach(message -> events(id).add((ReplicaEvent) message.payload()));
            Promise<Object> held = HELD.get(id);
            if (held != null) {
                done = held.future().map(_ -> List.of(), context().dispatcher());
            }
        }
        return done;
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        return Futures.successful(null);
    }

    @Override
    public Future<Void> doAsyncReplayMessages(
            String persistenceId, long fromSequenceNr, long toSequenceNr, long max, Consumer<PersistentRepr> replay) {
        PartitionId id = ReplicaPersistence.parse(persistenceId);
        Exception failure = FAILURES.get(id);
        if (failure != null) {
            return Futures.failed(failure);
        }
        List<ReplicaEvent> events = List.copyOf(events(id));
        for (long number = fromSequenceNr; number <= Math.min(toSequenceNr, events.size()); number++) {
            ReplicaEvent event = events.get((int) number - 1);
            ReplicaEvent stored = event instanceof ReplicaEvent.BatchAppended appended
                    ? new ReplicaEvent.BatchAppended(appended.header(), null)
                    : event;
            replay.accept(PersistentRepr.apply(stored, number, persistenceId, "", false, ActorRef.noSender(), ""));
        }
        return Futures.successful(null);
    }

    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
        return Futures.successful(
                (long) events(ReplicaPersistence.parse(persistenceId)).size());
    }

    /// The snapshot store beside it.
    public static final class Checkpoints extends SnapshotStore {
        @Override
        public Future<Optional<SelectedSnapshot>> doLoadAsync(
                String persistenceId, SnapshotSelectionCriteria criteria) {
            @Nullable SelectedSnapshot checkpoint = CHECKPOINTS.get(ReplicaPersistence.parse(persistenceId));
            return Futures.successful(Optional.ofNullable(checkpoint));
        }

        @Override
        public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
            CHECKPOINTS.put(
                    ReplicaPersistence.parse(metadata.persistenceId()), SelectedSnapshot.create(metadata, snapshot));
            return Futures.successful(null);
        }

        @Override
        public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
            return Futures.successful(null);
        }

        @Override
        public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
            return Futures.successful(null);
        }
    }
}
