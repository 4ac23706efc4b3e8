package io.sampo.persistence.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads that sync the logs of one data directory. A log that has something to sync stands in the queue once;
/// a thread takes it, syncs what was written until then, and whatever is written meanwhile waits for the log's next
/// turn. So one sync serves all writes that came while the last one ran, and a log whose disk hangs holds one
/// thread only.
///
/// Thread rule: any thread submits.
public final class GroupCommit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

    private final LinkedBlockingQueue<Member> queue = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final ScheduledThreadPoolExecutor timer;
    private final LongAdder rounds = new LongAdder();

    /// A thread that takes it and finds nothing else ends.
    private final Member end = new Member() {
        @Override
        protected void sync() {}
    };

    /// @param syncThreads how many logs are synced at the same time
    public GroupCommit(int syncThreads) {
        if (syncThreads < 1) {
            throw new IllegalArgumentException("sampo.persistence.sync-threads must be at least 1: " + syncThreads);
        }
        for (int i = 0; i < syncThreads; i++) {
            threads.add(Thread.ofPlatform().name("sampo-sync-" + i).daemon().start(this::run));
        }
        timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("sampo-flush-timer").daemon().factory());
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /// One log in the eyes of the sync threads.
    public abstract static class Member {
        private static final int IDLE = 0;
        private static final int QUEUED = 1;
        private static final int RUNNING = 2;
        private static final int RUNNING_AND_WANTED = 3;

        private final AtomicInteger state = new AtomicInteger(IDLE);

        /// Syncs what was written before this call and tells those who wait. Never called twice at a time; must not
        /// throw.
        protected abstract void sync();

        /// True when somebody must put it into the queue now.
        private boolean want() {
            while (true) {
                int now = state.get();
                if (now == QUEUED || now == RUNNING_AND_WANTED) {
                    return false;
                }
                if (state.compareAndSet(now, now == IDLE ? QUEUED : RUNNING_AND_WANTED)) {
                    return now == IDLE;
                }
            }
        }

        private void begin() {
            state.set(RUNNING);
        }

        /// True when it was wanted again meanwhile and must go into the queue.
        private boolean end() {
            if (state.compareAndSet(RUNNING, IDLE)) {
                return false;
            }
            state.set(QUEUED);
            return true;
        }
    }

    /// Lets a thread sync the member soon; everything that was written before this call is covered.
    public void submit(Member member) {
        if (member.want()) {
            queue.add(member);
        }
    }

    /// As [#submit], after a delay.
    void submitLater(Member member, long delayMs) {
        var _ = timer.schedule(() -> submit(member), delayMs, TimeUnit.MILLISECONDS);
    }

    /// How often a log had its turn since the start.
    public long rounds() {
        return rounds.sum();
    }

    private void run() {
        while (true) {
            Member member = take();
            if (member.equals(end)) {
                Member next = queue.peek();
                if (next == null || next.equals(end)) {
                    return;
                }
                queue.add(end);
                continue;
            }
            member.begin();
            try {
                member.sync();
            } catch (RuntimeException | Error unexpected) {
                LOG.error("A sync failed in an unexpected way", unexpected);
            }
            rounds.increment();
            if (member.end()) {
                queue.add(member);
            }
        }
    }

    /// An interrupt in the middle of a sync would close the file, so nobody interrupts these threads; see [#close].
    private Member take() {
        while (true) {
            try {
                return queue.take();
            } catch (InterruptedException ignored) {
                LOG.debug("A sync thread was interrupted and goes on");
            }
        }
    }

    /// Syncs what is in the queue and ends the threads; gives up on a disk that hangs for ten seconds.
    @Override
    public void close() {
        timer.shutdownNow();
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        threads.forEach(_ -> queue.add(end));
        for (Thread thread : threads) {
            try {
                if (!thread.join(java.time.Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime())))) {
                    LOG.warn("{} still waits for the disk and is left behind", thread.getName());
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
