package io.sampo.tcp.connection;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The node's memory for requests (`queued.max.request.bytes`): from the first byte of a frame to its answer.
///
/// A reservation is granted while less than the limit is in use, so the last one granted may exceed it. Frames that
/// have begun go first, as finishing them frees memory. If frames that have begun hold everything and none can
/// grow, one of them at a time may exceed the limit until it is answered: the node always goes on, within
/// limit + one request.
///
/// Thread rule: any thread. `granted` callbacks run on the releasing thread and must only signal.
public final class MemoryBudget {

    private final long limitBytes;
    private long usedBytes;
    private @Nullable Object overdraftOwner;
    private final ArrayDeque<Waiter> begun = new ArrayDeque<>();
    private final ArrayDeque<Waiter> fresh = new ArrayDeque<>();

    public MemoryBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    public synchronized long usedBytes() {
        return usedBytes;
    }

    /// Takes `bytes` now, or queues the caller.
    ///
    /// @param owner the frame that will release them
    /// @param hasBegun whether the frame holds memory already
    /// @return null when the bytes are taken, else the place in the queue
    @Nullable
    synchronized Waiter reserve(Object owner, int bytes, boolean hasBegun, Runnable granted) {
        boolean nobodyBefore = begun.isEmpty() && (hasBegun || fresh.isEmpty());
        if (nobodyBefore && grantable(owner, hasBegun)) {
            take(owner, bytes);
            return null;
        }
        Waiter waiter = new Waiter(owner, bytes, hasBegun, granted);
        (hasBegun ? begun : fresh).addLast(waiter);
        return waiter;
    }

    /// Gives back bytes; with `last` the owner is gone for good.
    void release(Object owner, long bytes, boolean last) {
        synchronized (this) {
            usedBytes -= bytes;
            if (last && isOverdraftOwner(owner)) {
                overdraftOwner = null;
            }
        }
        grantWaiting();
    }

    /// Leaves the queue; what had been granted meanwhile is given back.
    void cancel(Waiter waiter) {
        synchronized (this) {
            if (!waiter.granted) {
                (waiter.hasBegun ? begun : fresh).remove(waiter);
            } else {
                usedBytes -= waiter.bytes;
                if (isOverdraftOwner(waiter.owner)) {
                    overdraftOwner = null;
                }
            }
        }
        grantWaiting();
    }

    synchronized boolean isGranted(Waiter waiter) {
        return waiter.granted;
    }

    private void grantWaiting() {
        while (true) {
            Waiter next;
            synchronized (this) {
                next = begun.isEmpty() ? fresh.peekFirst() : begun.peekFirst();
                if (next == null || !grantable(next.owner, next.hasBegun)) {
                    return;
                }
                (next.hasBegun ? begun : fresh).removeFirst();
                take(next.owner, next.bytes);
                next.granted = true;
            }
            next.onGranted.run();
        }
    }

    private boolean grantable(Object owner, boolean hasBegun) {
        return usedBytes < limitBytes || (hasBegun && (overdraftOwner == null || isOverdraftOwner(owner)));
    }

    private void take(Object owner, int bytes) {
        if (usedBytes >= limitBytes) {
            overdraftOwner = owner;
        }
        usedBytes += bytes;
    }

    @SuppressWarnings("ReferenceEquality")
    private boolean isOverdraftOwner(Object owner) {
        return overdraftOwner == owner;
    }

    /// A place in the queue.
    static final class Waiter {
        private final Object owner;
        private final int bytes;
        private final boolean hasBegun;
        private final Runnable onGranted;
        private boolean granted;

        private Waiter(Object owner, int bytes, boolean hasBegun, Runnable onGranted) {
            this.owner = owner;
            this.bytes = bytes;
            this.hasBegun = hasBegun;
            this.onGranted = onGranted;
        }
    }
}
