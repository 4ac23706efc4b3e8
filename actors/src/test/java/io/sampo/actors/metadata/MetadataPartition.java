package io.sampo.actors.metadata;

import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.OtherVoters;
import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.PartitionLogException;
import io.sampo.core.partition.ReadView;
import io.sampo.core.partition.ReplicaStatus;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;

/// The metadata partition in memory, with its directory: a test decides when appends are committed and who leads.
public final class MetadataPartition implements LeaderDirectory, PartitionLog {
    private final List<MemoryRecords> batches = new ArrayList<>();
    private final ArrayDeque<Append> held = new ArrayDeque<>();
    private final ConcurrentHashMap<PartitionId, Leadership> leaders = new ConcurrentHashMap<>();
    /// Of all leader epochs.
    public final OtherVoters otherVoters = new OtherVoters();

    private @Nullable LeadershipListener listener;
    private @Nullable Handle leader;
    private long endOffset;
    private int epoch;
    private boolean holding;
    private Errors nextError = Errors.NONE;
    private boolean unreadable;

    /// The next attempt to read the log fails.
    public synchronized void failNextRead() {
        unreadable = true;
    }

    /// Begins the next leader epoch.
    public synchronized void lead() {
        Handle started = new Handle(++epoch);
        leader = started;
        if (listener != null) {
            listener.started(started);
        }
    }

    public synchronized void stop() {
        Handle ending = leader;
        leader = null;
        if (ending != null && listener != null) {
            listener.ended(id(), ending.leaderEpoch);
        }
    }

    /// Appends are kept back until [#release()].
    public synchronized void hold() {
        holding = true;
    }

    public synchronized int heldCount() {
        return held.size();
    }

    public synchronized void release() {
        holding = false;
        while (!held.isEmpty()) {
            commit(held.remove());
        }
    }

    /// All appends that are held now fail, and are not in the log.
    public synchronized void failHeld(Errors error) {
        holding = false;
        nextError = error;
        while (!held.isEmpty()) {
            commit(held.remove());
        }
        nextError = Errors.NONE;
    }

    /// Only the oldest append that is held fails.
    public synchronized void failFirst(Errors error) {
        nextError = error;
        commit(held.remove());
        nextError = Errors.NONE;
    }

    private void commit(Append append) {
        if (nextError != Errors.NONE) {
            append.listener().completed(AppendOutcome.failed(nextError, "as the test wants"));
            return;
        }
        long baseOffset = endOffset;
        for (MutableRecordBatch batch : append.records().batches()) {
            endOffset += batch.lastOffset() - batch.baseOffset() + 1;
            batch.setLastOffset(endOffset - 1);
        }
        batches.add(append.records());
        append.listener().completed(AppendOutcome.appended(baseOffset, endOffset - 1, -1, 0));
    }

    /// What the partition's leader says of itself.
    public void setLeadership(PartitionId partition, Leadership leadership) {
        leaders.put(partition, leadership);
    }

    public void noLeader(PartitionId partition) {
        leaders.remove(partition);
    }

    /// What the leader of the metadata partition knows of its replicas.
    public volatile List<ReplicaStatus> statuses = List.of();

    /// What replicas say of themselves.
    public volatile List<ReplicaStanding> standings = List.of();

    @Override
    public CompletionStage<List<ReplicaStanding>> standings(PartitionId id, Collection<Integer> nodeIds) {
        return CompletableFuture.completedFuture(standings);
    }

    /// Partition and target of each move that was asked for; the test completes them.
    public final Map<PartitionId, CompletableFuture<Transfer>> transfers = new ConcurrentHashMap<>();

    @Override
    public CompletionStage<Transfer> transfer(PartitionId partition, int targetNodeId) {
        return transfers
                .computeIfAbsent(partition, _ -> new CompletableFuture<>())
                .thenApply(transfer -> {
                    if (transfer.moved()) {
                        setLeader(partition, targetNodeId);
                    }
                    return transfer;
                });
    }

    public void setLeader(PartitionId partition, int nodeId) {
        leaders.put(partition, new Leadership(nodeId, 0, List.of(nodeId), List.of()));
    }

    @Override
    public synchronized Optional<LeaderHandle> local(PartitionId id) {
        return id.equals(id()) ? Optional.ofNullable(leader) : Optional.empty();
    }

    @Override
    public synchronized void subscribe(String topic, LeadershipListener newListener) {
        listener = newListener;
        if (leader != null) {
            newListener.started(leader);
        }
    }

    @Override
    public Optional<LeaderView.Leadership> leadership(PartitionId partition) {
        return Optional.ofNullable(leaders.get(partition));
    }

    @Override
    public PartitionId id() {
        return Controller.METADATA_PARTITION;
    }

    @Override
    public String topic() {
        return "__cluster_metadata";
    }

    @Override
    public long logStartOffset() {
        return 0;
    }

    @Override
    public synchronized long logEndOffset() {
        return endOffset;
    }

    @Override
    public synchronized long durableEndOffset() {
        return endOffset;
    }

    @Override
    public synchronized void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor) {
        if (unreadable) {
            unreadable = false;
            throw new PartitionLogException("as the test wants", new IOException("too many open files"));
        }
        for (MemoryRecords records : batches) {
            records.batches().forEach(batch -> {
                if (batch.lastOffset() >= startOffset && batch.lastOffset() < upperOffset) {
                    visitor.visit(batch);
                }
            });
        }
    }

    @Override
    public long sizeInBytes() {
        throw new AssertionError("the controller replays its log by batches, and asks nothing else of it");
    }

    @Override
    public Slice read(long startOffset, long upperOffset, int maxBytes, boolean atLeastOneBatch) {
        throw new AssertionError("the controller replays its log by batches, and asks nothing else of it");
    }

    @Override
    public Optional<TimestampedOffset> offsetForTimestamp(long timestampMs, long upperOffset) {
        throw new AssertionError("the controller replays its log by batches, and asks nothing else of it");
    }

    @Override
    public Optional<TimestampedOffset> maxTimestamp(long upperOffset) {
        throw new AssertionError("the controller replays its log by batches, and asks nothing else of it");
    }

    @Override
    public List<EpochStart> epochStarts() {
        throw new AssertionError("the controller replays its log by batches, and asks nothing else of it");
    }

    @Override
    public void updateSettings(LogSettings settings) {
        throw new AssertionError("the controller replays its log by batches, and asks nothing else of it");
    }

    private final class Handle implements LeaderHandle {
        final int leaderEpoch;

        Handle(int leaderEpoch) {
            this.leaderEpoch = leaderEpoch;
        }

        @Override
        public PartitionId id() {
            return Controller.METADATA_PARTITION;
        }

        @Override
        public int leaderEpoch() {
            return leaderEpoch;
        }

        @Override
        public ReadView view() {
            long end = logEndOffset();
            return new ReadView(leaderEpoch, 0, end, end, end);
        }

        @Override
        public PartitionLog log() {
            return MetadataPartition.this;
        }

        @Override
        public void append(Append append) {
            synchronized (MetadataPartition.this) {
                held.add(append);
                if (!holding) {
                    release();
                }
            }
        }

        @Override
        public boolean leadsAlone() {
            return !otherVoters.arePresent();
        }

        @Override
        public void barrier(BarrierListener listener) {
            otherVoters.ask(listener);
        }

        @Override
        public void replicas(Consumer<List<ReplicaStatus>> listener) {
            listener.accept(statuses);
        }

        @Override
        public void deleteRecords(long beforeOffset, int timeoutMs, DeleteRecordsListener deleted) {
            throw new AssertionError("the controller replays its log by batches, and asks nothing else of it");
        }

        @Override
        public void onNextAdvance(Runnable waiter) {
            throw new AssertionError("the controller replays its log by batches, and asks nothing else of it");
        }

        @Override
        public void removeWaiter(Runnable waiter) {
            throw new AssertionError("the controller replays its log by batches, and asks nothing else of it");
        }
    }
}
