package io.sampo.actors.partition;

import io.sampo.core.partition.ReadView;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The newest view of a replica, and who waits for the next one.
///
/// Thread rule: [#publish] and [#end] belong to the replica, the rest to any thread.
final class ViewWaiters {
    private volatile ReadView view;
    private final Object lock = new Object();

    /// Guarded by the lock. Null while nobody waits, as for most partitions most of the time.
    private @Nullable Set<Runnable> waiters;

    private volatile boolean ended;

    ViewWaiters(ReadView view) {
        this.view = view;
    }

    ReadView view() {
        return view;
    }

    boolean hasEnded() {
        return ended;
    }

    void add(Runnable waiter) {
        synchronized (lock) {
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

    void remove(Runnable waiter) {
        synchronized (lock) {
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

    /// The view stands still from now on.
    void end() {
        synchronized (lock) {
            ended = true;
        }
        wake();
    }

    private void wake() {
        Set<Runnable> woken;
        synchronized (lock) {
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
