package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;

/// The handle of a follower on this node: reads only.
final class LocalFollowerHandle implements ReadHandle {
    private final PartitionId id;
    private final PartitionLog log;
    private final ViewWaiters views;

    LocalFollowerHandle(PartitionId id, ReadView view, PartitionLog log) {
        this.id = id;
        this.log = log;
        this.views = new ViewWaiters(view);
    }

    @Override
    public PartitionId id() {
        return id;
    }

    @Override
    public ReadView view() {
        return views.view();
    }

    @Override
    public PartitionLog log() {
        return log;
    }

    @Override
    public void onNextAdvance(Runnable waiter) {
        views.add(waiter);
    }

    @Override
    public void removeWaiter(Runnable waiter) {
        views.remove(waiter);
    }

    void publish(ReadView newView) {
        views.publish(newView);
    }

    void end() {
        views.end();
    }
}
