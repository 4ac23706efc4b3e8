package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;

/// The handle of a replica on this node for readers: all that a follower gives, and the read side of a leader's.
///
/// Thread rule: [#publish] and [#end] belong to the replica, the rest to any thread.
class LocalReadHandle implements ReadHandle {
    private final PartitionId id;
    private final PartitionLog log;
    private final ViewWaiters views;

    LocalReadHandle(PartitionId id, ReadView view, PartitionLog log) {
        this.id = id;
        this.log = log;
        this.views = new ViewWaiters(view);
    }

    @Override
    public final PartitionId id() {
        return id;
    }

    @Override
    public final ReadView view() {
        return views.view();
    }

    @Override
    public final PartitionLog log() {
        return log;
    }

    @Override
    public final void onNextAdvance(Runnable waiter) {
        views.add(waiter);
    }

    @Override
    public final void removeWaiter(Runnable waiter) {
        views.remove(waiter);
    }

    /// Whether the view stands still.
    final boolean hasEnded() {
        return views.hasEnded();
    }

    /// Makes a newer view visible and wakes who waits for it.
    final void publish(ReadView newView) {
        views.publish(newView);
    }

    /// The epoch is over.
    void end() {
        views.end();
    }
}
