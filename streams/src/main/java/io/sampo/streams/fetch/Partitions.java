package io.sampo.streams.fetch;

import io.sampo.streams.connection.ClusterView;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// The partitions that are read, and what waits to be handed out, in the order in which it came.
///
/// Deterministic; one thread.
final class Partitions {

    /// What a consumption gets next: a chunk, or why a partition cannot be read on.
    sealed interface Outcome {
        record Data(Chunk chunk) implements Outcome {}

        record Failure(FetchFailure failure) implements Outcome {}
    }

    /// A chunk was closed.
    ///
    /// @param answerBytes what became free: 0 while other chunks of the same answer are open
    record Released(PartitionState state, int chunkBytes, int answerBytes) {}

    private record Queued(PartitionState state, Outcome outcome) {}

    private final ResetPolicy resetPolicy;
    private final int maxRecordBytes;
    private final Consumer<Released> onReleased;
    /// The one that was not served for longest first.
    private final LinkedHashMap<TopicPartition, PartitionState> states = new LinkedHashMap<>();
    private final ArrayDeque<Queued> queue = new ArrayDeque<>();

    /// @param maxRecordBytes the most that a record of a compressed batch may be, inclusive
    /// @param onReleased is called when a chunk is closed, on whatever thread that happens
    Partitions(ResetPolicy resetPolicy, int maxRecordBytes, Consumer<Released> onReleased) {
        this.resetPolicy = resetPolicy;
        this.maxRecordBytes = maxRecordBytes;
        this.onReleased = onReleased;
    }

    Collection<PartitionState> all() {
        return states.values();
    }

    boolean has(TopicPartition partition) {
        return states.containsKey(partition);
    }

    /// Whether it is this state that is read, and not one after it.
    boolean isCurrent(PartitionState state) {
        return states.get(state.id()) == state;
    }

    void add(TopicPartition partition, StartPosition where, ClusterView view, long nowMs) {
        remove(Set.of(partition));
        PartitionState state = new PartitionState(partition, where);
        states.put(partition, state);
        see(state, view, nowMs);
        settleEnd(state);
    }

    void remove(Set<TopicPartition> partitions) {
        partitions.forEach(partition -> {
            PartitionState state = states.remove(partition);
            if (state != null) {
                dropWaiting(state, true);
            }
        });
    }

    /// Notices that a topic was deleted and created anew: its offsets begin again.
    void see(PartitionState state, ClusterView view, long nowMs) {
        Uuid topicId = view.topic(state.id().topic()).map(ClusterView.Topic::id).orElse(Uuid.ZERO_UUID);
        if (state.isRecreated(topicId) && state.isActive()) {
            apply(state, state.lost(resetPolicy, nowMs, PartitionState.NO_EPOCH));
        }
    }

    Optional<Outcome> next() {
        Queued queued = queue.poll();
        if (queued == null) {
            return Optional.empty();
        }
        if (queued.outcome() instanceof Outcome.Data data) {
            queued.state().waiting().handedOut(data.chunk());
        }
        return Optional.of(queued.outcome());
    }

    /// Whoever was to get this chunk is gone: it comes next again.
    void putBack(Chunk chunk) {
        PartitionState state = states.get(chunk.partition());
        if (state == null) {
            chunk.close();
        } else {
            state.waiting().putBack(chunk);
            queue.addFirst(new Queued(state, new Outcome.Data(chunk)));
        }
    }

    /// Queues what was fetched, moves the state on, and puts it behind those that wait for longer.
    ///
    /// @param aborted null when aborted records are seen
    void fetched(PartitionState state, BatchScan scan, Chunk.@Nullable AbortedIndex aborted, AnswerMemory memory) {
        long from = state.fetchOffset();
        state.fetched(scan);
        memory.hold();
        queue(
                state,
                scan.batches(),
                aborted,
                from,
                scan.sizeBytes(),
                chunk -> onReleased.accept(new Released(state, chunk.sizeBytes(), memory.letGo())));
        // A partition that has come to its end says so with the chunk that ends it.
        if (!state.endsNow()) {
            states.remove(state.id());
            states.put(state.id(), state);
        }
    }

    /// A bounded reading may be at its end without records.
    void settleEnd(PartitionState state) {
        if (state.endsNow()) {
            queue(state, List.of(), null, state.endedFrom(), 0, chunk -> onReleased.accept(new Released(state, 0, 0)));
        }
    }

    private void queue(
            PartitionState state,
            List<? extends org.apache.kafka.common.record.internal.RecordBatch> batches,
            Chunk.@Nullable AbortedIndex aborted,
            long fromOffset,
            int sizeBytes,
            Consumer<Chunk> onClose) {
        Chunk chunk = new Chunk(
                state.id(),
                batches,
                aborted,
                fromOffset,
                state.fetchOffset(),
                state.endOffset(),
                sizeBytes,
                maxRecordBytes,
                onClose);
        state.waiting().add(chunk);
        queue.add(new Queued(state, new Outcome.Data(chunk)));
    }

    void apply(PartitionState state, PartitionState.Outcome outcome) {
        switch (outcome) {
            case PartitionState.Outcome.GoOn _ -> settleEnd(state);
            case PartitionState.Outcome.DropWaiting _ -> {
                dropWaiting(state, false);
                settleEnd(state);
            }
            case PartitionState.Outcome.Fail fail -> queue.add(new Queued(state, new Outcome.Failure(fail.failure())));
        }
    }

    /// @param failuresToo whether failures that were not told are dropped as well
    private void dropWaiting(PartitionState state, boolean failuresToo) {
        for (Iterator<Queued> rest = queue.iterator(); rest.hasNext(); ) {
            Queued queued = rest.next();
            if (queued.state() == state) {
                switch (queued.outcome()) {
                    case Outcome.Data data -> {
                        rest.remove();
                        data.chunk().close();
                    }
                    case Outcome.Failure _ when failuresToo -> rest.remove();
                    case Outcome.Failure _ -> {}
                }
            }
        }
        state.waiting().dropped();
    }
}
