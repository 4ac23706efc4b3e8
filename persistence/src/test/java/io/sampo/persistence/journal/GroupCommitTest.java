package io.sampo.persistence.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GroupCommitTest {
    private final GroupCommit groupCommit = new GroupCommit(2);

    @AfterEach
    void close() {
        groupCommit.close();
    }

    @Test
    void aWriteDuringASyncIsCoveredByTheNextOne() throws Exception {
        Disk disk = new Disk();
        disk.written.incrementAndGet();
        groupCommit.submit(disk);
        disk.awaitBegun();
        disk.written.incrementAndGet();
        groupCommit.submit(disk);
        groupCommit.submit(disk);
        assertEquals(1, disk.turns.get(), "no second thread takes the same log");
        disk.letOne();
        disk.awaitBegun();
        disk.letOne();
        disk.awaitSynced(2);
        assertEquals(2, disk.turns.get(), "one sync served both calls that came meanwhile");
    }

    @Test
    void aLogWhoseDiskHangsDoesNotHoldUpTheOthers() throws Exception {
        Disk stuck = new Disk();
        stuck.written.incrementAndGet();
        groupCommit.submit(stuck);
        stuck.awaitBegun();
        for (int i = 0; i < 50; i++) {
            Disk healthy = new Disk();
            healthy.letOne();
            healthy.written.incrementAndGet();
            groupCommit.submit(healthy);
            healthy.awaitSynced(1);
        }
        assertEquals(0, stuck.synced.get());
        stuck.letOne();
        stuck.awaitSynced(1);
    }

    @Test
    void everySubmitIsFollowedByASyncThatBeganAfterIt() throws Exception {
        Disk disk = new Disk();
        disk.gate.release(1_000_000);
        List<Thread> writers = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(4);
        for (int w = 0; w < 4; w++) {
            writers.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 2000; i++) {
                    disk.written.incrementAndGet();
                    groupCommit.submit(disk);
                }
                done.countDown();
            }));
        }
        assertTrue(done.await(20, TimeUnit.SECONDS));
        disk.awaitSynced(8000);
        for (Thread writer : writers) {
            writer.join();
        }
        assertEquals(0, disk.overlaps.get());
    }

    @Test
    void closeSyncsWhatWaits() throws Exception {
        Disk disk = new Disk();
        disk.gate.release(10);
        disk.written.incrementAndGet();
        groupCommit.submit(disk);
        groupCommit.close();
        assertEquals(1, disk.synced.get());
    }

    @Test
    void aFailureInOneTurnDoesNotEndTheThreads() throws Exception {
        for (int i = 0; i < 5; i++) {
            groupCommit.submit(new GroupCommit.Member() {
                @Override
                protected void sync() {
                    throw new IllegalStateException("planted");
                }
            });
        }
        Disk disk = new Disk();
        disk.gate.release(10);
        disk.written.incrementAndGet();
        groupCommit.submit(disk);
        disk.awaitSynced(1);
    }

    /// Counts writes and remembers how many of them a sync covers: those before it began.
    private static final class Disk extends GroupCommit.Member {
        final AtomicInteger written = new AtomicInteger();
        final AtomicInteger synced = new AtomicInteger();
        final AtomicInteger turns = new AtomicInteger();
        final AtomicInteger overlaps = new AtomicInteger();
        final Semaphore gate = new Semaphore(0);
        private final Semaphore begun = new Semaphore(0);
        private final AtomicInteger inside = new AtomicInteger();

        @Override
        protected void sync() {
            if (inside.incrementAndGet() > 1) {
                overlaps.incrementAndGet();
            }
            int covered = written.get();
            turns.incrementAndGet();
            begun.release();
            gate.acquireUninterruptibly();
            synced.set(covered);
            inside.decrementAndGet();
        }

        void letOne() {
            gate.release();
        }

        void awaitBegun() throws InterruptedException {
            assertTrue(begun.tryAcquire(10, TimeUnit.SECONDS));
        }

        void awaitSynced(int count) throws InterruptedException {
            long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (synced.get() < count && System.nanoTime() < deadlineNanos) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            assertEquals(count, synced.get());
        }
    }
}
