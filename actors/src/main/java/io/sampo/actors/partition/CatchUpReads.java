package io.sampo.actors.partition;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Reads of logs for replicas that are behind, on threads that may wait for a disk, so that those that serve
/// connections do not. In the order in which they were asked for, a few at a time.
///
/// Nobody asks for another read for the same replica before the one under way is done ([TailSender]): what waits is
/// bounded by the replicas of other nodes.
///
/// Thread rule: any thread.
public final class CatchUpReads {
    private final Executor threads;
    private final int atATime;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;

    /// @param atATime `sampo.replication.catch.up.reads`
    public CatchUpReads(Executor threads, int atATime) {
        this.threads = threads;
        this.atATime = atATime;
    }

    /// @param read does not throw
    void read(Runnable read) {
        synchronized (this) {
            waiting.add(read);
            if (running == atATime) {
                return;
            }
            running++;
        }
        threads.execute(this::work);
    }

    private void work() {
        for (Runnable next = next(); next != null; next = next()) {
            next.run();
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable next = waiting.poll();
        if (next == null) {
            running--;
        }
        return next;
    }
}
