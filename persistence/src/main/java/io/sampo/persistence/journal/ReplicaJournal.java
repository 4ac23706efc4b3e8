package io.sampo.persistence.journal;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEvent;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.dispatch.Futures;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;

/// Pekko Persistence's journal over the partition logs. It keeps the histories of replicas only: persistence ids
/// are those of [io.sampo.core.partition.ReplicaPersistence], payloads are [ReplicaEvent]s. Batches are appended
/// byte for byte and nothing is serialized.
///
/// Narrower than Pekko's general contract, each for a reason:
/// - Replayed batches carry their header, not their bytes: those are in the log, and a replica recovers without
///     them.
/// - Several events of one atomic write are stored in order, and a crash of the machine may keep only the first of
///     them.
///     None was acknowledged, and each is meaningful without the ones after it. (An I/O error keeps none.)
/// - Manifest, writer and metadata of an event are not stored; a replica uses none of them.
/// - What the oldest stored checkpoint covers is not replayed: its events may be gone, and a replica begins with a
///     checkpoint. Deleting up to a number drops control events that it covers; batches stay, retention removes
///     those.
/// - A `TruncateIntent` is carried out before it is answered, and events after it in the same write are refused.
///
/// Several plugin ids (`sampo.persistence.journal-<n>`) share all state; partitions are spread over them.
///
/// Thread rule: an actor; never waits for the disk. Recovery runs on `sampo.blocking-io-dispatcher`.
public final class ReplicaJournal extends AsyncWriteJournal {
    private static final Future<Iterable<Optional<Exception>>> ALL_STORED = Futures.successful(List.of());

    private final LogStorage storage = LogStorage.get(context().system());
    private final ExecutionContext blockingIo = context().system().dispatchers().lookup(PluginDispatchers.BLOCKING_IO);

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> messages) {
        Iterator<AtomicWrite> writes = messages.iterator();
        if (!writes.hasNext()) {
            return ALL_STORED;
        }
        AtomicWrite first = writes.next();
        if (!writes.hasNext()) {
            return write(first);
        }
        // A replica sends one write at a time, so this is the road of tests and of persistAsync.
        Future<List<Optional<Exception>>> all = inOrder(Futures.successful(List.of()), write(first));
        while (writes.hasNext()) {
            all = inOrder(all, write(writes.next()));
        }
        return all.map(results -> results, PluginDispatchers.SAME_THREAD);
    }

    private static Future<List<Optional<Exception>>> inOrder(
            Future<List<Optional<Exception>>> before, Future<Iterable<Optional<Exception>>> next) {
        return before.flatMap(
                results -> next.map(result -> appended(results, result), PluginDispatchers.SAME_THREAD),
                PluginDispatchers.SAME_THREAD);
    }

    private static List<Optional<Exception>> appended(
            List<Optional<Exception>> results, Iterable<Optional<Exception>> result) {
        List<Optional<Exception>> all = new ArrayList<>(results);
        Iterator<Optional<Exception>> one = result.iterator();
        all.add(one.hasNext() ? one.next() : Optional.empty());
        return all;
    }

    private Future<Iterable<Optional<Exception>>> write(AtomicWrite write) {
        PartitionId id;
        try {
            id = LogStorage.partition(write.persistenceId());
        } catch (IllegalArgumentException foreign) {
            return Futures.failed(foreign);
        }
        List<ReplicaEvent> events = new ArrayList<>(write.size());
        Exception reason = collect(write, events);
        if (reason != null) {
            return Futures.successful(List.of(Optional.of(reason)));
        }
        Optional<ReplicaStore> store = storage.find(id);
        if (store.isEmpty()) {
            return Futures.failed(new IllegalStateException("events of " + id + " before its recovery"));
        }
        Future<Void> stored = store.get().write(write.lowestSequenceNr(), events);
        if (stored.isCompleted() && stored.value().get().isSuccess()) {
            return ALL_STORED;
        }
        return stored.map(_ -> List.of(), PluginDispatchers.SAME_THREAD);
    }

    /// @return why the write is rejected: nothing of it is stored then, and later writes go on
    private static @Nullable Exception collect(AtomicWrite write, List<ReplicaEvent> events) {
        scala.collection.Iterator<PersistentRepr> payload = write.payload().iterator();
        while (payload.hasNext()) {
            Object event = payload.next().payload();
            if (!(event instanceof ReplicaEvent replicaEvent)) {
                return new IllegalArgumentException(
                        "not an event of a replica: " + event.getClass().getName());
            }
            if (event instanceof ReplicaEvent.Checkpoint) {
                return new IllegalArgumentException("a checkpoint is a snapshot, not an event");
            }
            if (event instanceof ReplicaEvent.BatchAppended appended && appended.bytes() == null) {
                return new IllegalArgumentException("a batch without its bytes");
            }
            if (event instanceof ReplicaEvent.TruncateIntent && payload.hasNext()) {
                return new IllegalArgumentException("events after a truncation in the same write");
            }
            events.add(replicaEvent);
        }
        return null;
    }

    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
        // A restarted replica must not use the numbers of outstanding writes again.
        return storage.afterWrites(persistenceId, id -> storage.open(id).log().highestSequenceNr(), blockingIo);
    }

    @Override
    public Future<Void> doAsyncReplayMessages(
            String persistenceId, long fromSequenceNr, long toSequenceNr, long max, Consumer<PersistentRepr> replay) {
        return Futures.future(
                () -> {
                    ReplicaStore store = storage.open(LogStorage.partition(persistenceId));
                    long from = Math.max(fromSequenceNr, store.firstReplayable(fromSequenceNr));
                    store.log()
                            .replay(
                                    from,
                                    toSequenceNr,
                                    max,
                                    (sequenceNr, event) -> replay.accept(PersistentRepr.apply(
                                            event, sequenceNr, persistenceId, "", false, ActorRef.noSender(), "")));
                    return null;
                },
                blockingIo);
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        return Futures.future(
                () -> {
                    storage.open(LogStorage.partition(persistenceId)).log().trimMetaTo(toSequenceNr);
                    return null;
                },
                blockingIo);
    }
}
