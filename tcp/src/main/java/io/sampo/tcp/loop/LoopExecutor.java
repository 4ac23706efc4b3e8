package io.sampo.tcp.loop;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// What a dispatcher sees of one or several event loops: shutting it down gives up the dispatcher's share in the
/// loops, not the loops, as other dispatchers use them too.
final class LoopExecutor extends AbstractExecutorService {

    private final List<EventLoop> loops;
    private final LoopChoice choice;
    private final AtomicBoolean shutdown = new AtomicBoolean();

    /// @param loops retained for this executor
    LoopExecutor(List<EventLoop> loops, LoopChoice choice) {
        this.loops = List.copyOf(loops);
        this.choice = choice;
    }

    @Override
    public void execute(Runnable task) {
        if (shutdown.get()) {
            throw new RejectedExecutionException("executor of " + loops + " is shut down");
        }
        choice.choose(loops).execute(task);
    }

    @Override
    public void shutdown() {
        if (shutdown.compareAndSet(false, true)) {
            loops.forEach(EventLoop::release);
        }
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown();
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return shutdown.get();
    }

    @Override
    public boolean isTerminated() {
        return shutdown.get() && loops.stream().allMatch(EventLoop::hasEnded);
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        long deadlineNs = System.nanoTime() + unit.toNanos(timeout);
        for (EventLoop loop : loops) {
            if (!loop.awaitEnd(TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime()))) {
                return false;
            }
        }
        return true;
    }

    /// Which loop runs a task.
    @FunctionalInterface
    interface LoopChoice {
        EventLoop choose(List<EventLoop> loops);
    }
}
