package io.sampo.tcp.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.Thread.UncaughtExceptionHandler;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread that runs tasks and waits for sockets. While there are tasks it looks at the sockets after at most
/// [#MAX_TASKS_BETWEEN_SELECTS] of them; without tasks it sleeps in `select` and costs nothing.
///
/// Tasks from the loop's own thread go to a plain queue: no atomics, no wake-up. A task from elsewhere wakes the
/// selector only when the loop sleeps (or is about to): the submitter first enqueues, then reads `asleep`; the loop
/// first sets `asleep`, then looks into the queue. One of the two sees the other, so no wake-up is lost.
///
/// Tasks never run nested: a task submitted by a task runs after it.
public final class EventLoop {

    /// Fairness between tasks and sockets: a full queue cannot keep the loop from its sockets for longer than this.
    public static final int MAX_TASKS_BETWEEN_SELECTS = 128;

    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

    private final int index;
    private final Selector selector;
    private final LoopThread thread;
    private final ArrayDeque<Runnable> ownTasks = new ArrayDeque<>();
    private final ConcurrentLinkedQueue<Runnable> foreignTasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean asleep = new AtomicBoolean();
    /// Dispatchers that use this loop; at 0 the loop ends after its last task.
    private final AtomicInteger users = new AtomicInteger(1);

    EventLoop(String name, int index, boolean daemon, @Nullable UncaughtExceptionHandler fatalErrors) {
        this.index = index;
        try {
            this.selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("no selector for " + name, e);
        }
        this.thread = new LoopThread(this, name);
        thread.setDaemon(daemon);
        if (fatalErrors != null) {
            thread.setUncaughtExceptionHandler(fatalErrors);
        }
    }

    void start() {
        thread.start();
    }

    /// The loop whose thread this is, or null.
    public static @Nullable EventLoop current() {
        return Thread.currentThread() instanceof LoopThread loopThread ? loopThread.loop : null;
    }

    public int index() {
        return index;
    }

    public boolean inLoop() {
        return Thread.currentThread() == thread;
    }

    boolean isAsleep() {
        return asleep.get();
    }

    public void execute(Runnable task) {
        if (inLoop()) {
            ownTasks.addLast(task);
            return;
        }
        if (users.get() == 0) {
            throw new RejectedExecutionException("event loop " + thread.getName() + " has ended");
        }
        foreignTasks.add(task);
        if (asleep.get() && asleep.compareAndSet(true, false)) {
            selector.wakeup();
        }
    }

    /// Registers a non-blocking channel. Only on the loop's thread.
    ///
    /// @throws IOException when the channel is closed already
    public SelectionKey register(SelectableChannel channel, int interestOps, SelectionHandler handler)
            throws IOException {
        if (!inLoop()) {
            throw new IllegalStateException("register called on " + Thread.currentThread());
        }
        return channel.register(selector, interestOps, handler);
    }

    /// @return false when the loop has ended already
    boolean retain() {
        int now;
        do {
            now = users.get();
            if (now == 0) {
                return false;
            }
        } while (!users.compareAndSet(now, now + 1));
        return true;
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            selector.wakeup();
        }
    }

    boolean hasEnded() {
        return !thread.isAlive() && users.get() == 0;
    }

    boolean awaitEnd(long timeoutMs) throws InterruptedException {
        thread.join(Math.max(1, timeoutMs));
        return !thread.isAlive();
    }

    private void run() {
        while (true) {
            try {
                boolean more = runTasks();
                if (more) {
                    selector.selectNow();
                } else if (users.get() == 0 && selector.keys().isEmpty() && foreignTasks.isEmpty()) {
                    break;
                } else {
                    sleepUntilWorkArrives();
                }
                handOutReadiness();
            } catch (IOException e) {
                log.error("select failed on {}", thread.getName(), e);
            }
        }
        try {
            selector.close();
        } catch (IOException e) {
            log.warn("closing the selector of {} failed", thread.getName(), e);
        }
    }

    private void sleepUntilWorkArrives() throws IOException {
        asleep.set(true);
        try {
            if (foreignTasks.isEmpty()) {
                selector.select();
            } else {
                selector.selectNow();
            }
        } finally {
            asleep.set(false);
        }
    }

    /// @return whether tasks are left
    private boolean runTasks() {
        for (int ran = 0; ran < MAX_TASKS_BETWEEN_SELECTS; ) {
            Runnable own = ownTasks.pollFirst();
            if (own != null) {
                runOne(own);
                ran++;
            }
            Runnable foreign = foreignTasks.poll();
            if (foreign != null) {
                runOne(foreign);
                ran++;
            } else if (own == null) {
                return false;
            }
        }
        return !ownTasks.isEmpty() || !foreignTasks.isEmpty();
    }

    private void runOne(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            survive("a task", e);
        }
    }

    private void handOutReadiness() {
        if (selector.selectedKeys().isEmpty()) {
            return;
        }
        Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
        while (keys.hasNext()) {
            SelectionKey key = keys.next();
            keys.remove();
            try {
                if (key.isValid() && key.attachment() instanceof SelectionHandler handler) {
                    handler.ready(key.readyOps());
                }
            } catch (CancelledKeyException closedMeanwhile) {
                log.trace("key cancelled while it was ready", closedMeanwhile);
            } catch (Throwable e) {
                survive("a selection handler", e);
            }
        }
    }

    /// A loop outlives whatever its tasks throw: hundreds of connections depend on it. Fatal errors also go to the
    /// handler of uncaught exceptions, which ends the process where that is configured.
    private void survive(String what, Throwable e) {
        log.error("{} failed on {}", what, thread.getName(), e);
        if (e instanceof VirtualMachineError || e instanceof LinkageError) {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }

    @Override
    public String toString() {
        return thread.getName();
    }

    private static final class LoopThread extends Thread {
        private final EventLoop loop;

        LoopThread(EventLoop loop, String name) {
            super(null, null, name, 0, false);
            this.loop = loop;
        }

        @Override
        public void run() {
            loop.run();
        }
    }
}
