package io.sampo.actors.partition;

import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.partition.DeleteRecordsRequest;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// The handle of a leader on this node. One instance per leader epoch; [#publish] and [#end] belong to the replica.
final class LocalLeaderHandle implements LeaderHandle {

    /// A deletion on its way to the replica.
    record Deletion(long beforeOffset, DeleteRecordsListener listener) implements DeleteRecordsRequest {}

    private final PartitionId id;
    private final Leadership leadership;
    private final PartitionLog log;
    private final ReplicaIntake intake;
    private volatile ReadView view;
    private volatile boolean ended;

    private final Object waitersLock = new Object();

    /// Guarded by waitersLock. Null while nobody waits, as for most partitions most of the time.
    private @Nullable Set<Runnable> waiters;

    LocalLeaderHandle(PartitionId id, int nodeId, ReadView view, PartitionLog log, ReplicaIntake intake) {
        this.id = id;
        this.leadership = new Leadership(nodeId, view.leaderEpoch(), List.of(nodeId), List.of());
        this.log = log;
        this.intake = intake;
        this.view = view;
    }

    @Override
    public PartitionId id() {
        return id;
    }

    @Override
    public int leaderEpoch() {
        return leadership.leaderEpoch();
    }

    Leadership leadership() {
        return leadership;
    }

    @Override
    public ReadView view() {
        return view;
    }

    @Override
    public PartitionLog log() {
        return log;
    }

    @Override
    public void append(Append append) {
        if (ended) {
            ReplicaIntake.refuse(append, Errors.NOT_LEADER_OR_FOLLOWER, "leadership ended");
        } else {
            intake.offer(append);
        }
    }

    @Override
    public void deleteRecords(long beforeOffset, DeleteRecordsListener listener) {
        Deletion deletion = new Deletion(beforeOffset, listener);
        if (ended) {
            ReplicaIntake.refuse(deletion, Errors.NOT_LEADER_OR_FOLLOWER, "leadership ended");
        } else {
            intake.offer(deletion);
        }
    }

    @Override
    public void onNextAdvance(Runnable waiter) {
        synchronized (waitersLock) {
            if (!ended) {
                if (waiters == null) {
                    waiters = new LinkedHashSet<>();
                }
                waiters.add(waiter);
                return;
            }
        }
        waiter.run();
    }

    @Override
    public void removeWaiter(Runnable waiter) {
        synchronized (waitersLock) {
            if (waiters != null) {
                waiters.remove(waiter);
            }
        }
    }

    /// Makes a newer view visible and wakes who waits for it.
    void publish(ReadView newView) {
        boolean advanced =
                newView.highWatermark() > view.highWatermark() || newView.lastStableOffset() > view.lastStableOffset();
        view = newView;
        if (advanced) {
            wake();
        }
    }

    /// Leadership is over: nothing more goes in, the view stands still.
    void end() {
        synchronized (waitersLock) {
            ended = true;
        }
        wake();
    }

    private void wake() {
        Set<Runnable> woken;
        synchronized (waitersLock) {
            if (waiters == null) {
                return;
            }
            woken = waiters;
            waiters = null;
        }
        for (Runnable waiter : woken) {
            Answers.guarded(waiter);
        }
    }
}
