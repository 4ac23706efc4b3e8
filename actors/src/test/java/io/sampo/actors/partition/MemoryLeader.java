package io.sampo.actors.partition;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;

/// The leader of a partition whose log is a list in memory: for tests of what lives on a leader. Appends can be
/// held back, refused, and loading can be blocked.
public final class MemoryLeader implements LeaderHandle, PartitionLog {
    private final PartitionId id;
    private final int leaderEpoch;
    private final List<MemoryRecords> batches;
    private final List<Runnable> held = new ArrayList<>();
    private final OtherVoters otherVoters = new OtherVoters();
    private long logEndOffset;
    private long highWatermark;
    private boolean holding;
    private Errors refusal = Errors.NONE;
    private volatile @Nullable CountDownLatch loadGate;
    private volatile boolean ended;

    public MemoryLeader(PartitionId id, int leaderEpoch) {
        this(id, leaderEpoch, new ArrayList<>(), 0);
    }

    private MemoryLeader(PartitionId id, int leaderEpoch, List<MemoryRecords> batches, long endOffset) {
        this.id = id;
        this.leaderEpoch = leaderEpoch;
        this.batches = batches;
        this.logEndOffset = endOffset;
        this.highWatermark = endOffset;
    }

    /// The leader of the next epoch, with the same log.
    public synchronized MemoryLeader nextEpoch() {
        return new MemoryLeader(id, leaderEpoch + 1, new ArrayList<>(batches), logEndOffset);
    }

    /// Appends are written but not acknowledged until [#release].
    public synchronized void hold() {
        holding = true;
    }

    public void release() {
        List<Runnable> all;
        synchronized (this) {
            holding = false;
            all = List.copyOf(held);
            held.clear();
        }
        all.forEach(Runnable::run);
    }

    public synchronized void refuse(Errors error) {
        refusal = error;
    }

    /// Loading waits until the latch is open.
    public void blockLoading(CountDownLatch gate) {
        loadGate = gate;
    }

    /// The epoch is over.
    public void end() {
        ended = true;
    }

    public OtherVoters otherVoters() {
        return otherVoters;
    }

    public synchronized int batchCount() {
        return batches.size();
    }

    public synchronized MutableRecordBatch lastBatch() {
        return batches.getLast().batches().iterator().next();
    }

    @Override
    public PartitionId id() {
        return id;
    }

    @Override
    public int leaderEpoch() {
        return leaderEpoch;
    }

    @Override
    public synchronized ReadView view() {
        return new ReadView(leaderEpoch, 0, highWatermark, highWatermark, logEndOffset);
    }

    @Override
    public PartitionLog log() {
        return this;
    }

    @Override
    public void append(Append append) {
        Runnable acknowledge;
        synchronized (this) {
            if (refusal != Errors.NONE) {
                Errors error = refusal;
                acknowledge = () -> append.listener().completed(AppendOutcome.failed(error, null));
            } else {
                long base = logEndOffset;
                for (MutableRecordBatch batch : append.records().batches()) {
                    long count = batch.lastOffset() - batch.baseOffset() + 1;
                    batch.setLastOffset(logEndOffset + count - 1);
                    batch.setPartitionLeaderEpoch(leaderEpoch);
                    logEndOffset += count;
                }
                batches.add(append.records());
                long end = logEndOffset;
                acknowledge = () -> {
                    synchronized (this) {
                        highWatermark = end;
                    }
                    append.listener().completed(AppendOutcome.appended(base, end - 1, -1, 0));
                };
                if (holding) {
                    held.add(acknowledge);
                    return;
                }
            }
        }
        acknowledge.run();
    }

    @Override
    public boolean leadsAlone() {
        return !ended && !otherVoters.arePresent();
    }

    @Override
    public void barrier(BarrierListener listener) {
        if (ended) {
            listener.completed(Errors.NOT_LEADER_OR_FOLLOWER, -1);
        } else {
            otherVoters.ask(listener);
        }
    }

    @Override
    public void deleteRecords(long beforeOffset, int timeoutMs, DeleteRecordsListener listener) {
        listener.completed(Errors.POLICY_VIOLATION, -1);
    }

    @Override
    public void onNextAdvance(Runnable waiter) {}

    @Override
    public void removeWaiter(Runnable waiter) {}

    @Override
    public String topic() {
        return "in-memory";
    }

    @Override
    public long logStartOffset() {
        return 0;
    }

    @Override
    public synchronized long logEndOffset() {
        return logEndOffset;
    }

    @Override
    public long durableEndOffset() {
        return logEndOffset();
    }

    @Override
    public synchronized long sizeInBytes() {
        return batches.stream().mapToLong(MemoryRecords::sizeInBytes).sum();
    }

    @Override
    public Slice read(long startOffset, long upperOffset, int maxBytes, boolean atLeastOneBatch) {
        throw new UnsupportedOperationException("not needed on a coordinator's partition");
    }

    @Override
    public Optional<TimestampedOffset> offsetForTimestamp(long timestampMs, long upperOffset) {
        return Optional.empty();
    }

    @Override
    public Optional<TimestampedOffset> maxTimestamp(long upperOffset) {
        return Optional.empty();
    }

    @Override
    public void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor) {
        CountDownLatch gate = loadGate;
        if (gate != null) {
            try {
                gate.await();
            } catch (InterruptedException stopped) {
                throw new IllegalStateException(stopped);
            }
        }
        List<MemoryRecords> all;
        synchronized (this) {
            all = List.copyOf(batches);
        }
        all.forEach(records -> records.batches().forEach(batch -> {
            if (batch.baseOffset() >= startOffset && batch.lastOffset() < upperOffset) {
                visitor.visit(batch);
            }
        }));
    }

    @Override
    public List<EpochStart> epochStarts() {
        return List.of(new EpochStart(leaderEpoch, 0));
    }

    @Override
    public void updateSettings(LogSettings settings) {}
}
