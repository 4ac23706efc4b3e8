package io.sampo.streams.produce;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells callers what became of their records: one after another in the order in which that was decided, on an
/// executor's thread, since what callers do then must hold up neither the connections nor whoever sends. Once the
/// executor takes nothing any more, on the thread that decided it. Thread-safe.
final class Outcomes {
    private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

    private final Executor executor;
    private final ConcurrentLinkedQueue<Runnable> ended = new ConcurrentLinkedQueue<>();

    /// Of those that wait or are being told.
    private final AtomicInteger count = new AtomicInteger();

    Outcomes(Executor executor) {
        this.executor = executor;
    }

    /// @param telling must not wait
    void tell(Runnable telling) {
        ended.add(telling);
        if (count.getAndIncrement() == 0) {
            try {
                executor.execute(this::tellAll);
            } catch (RejectedExecutionException _) {
                // Nothing runs there any more, and nobody may wait for good.
                tellAll();
            }
        }
    }

    private void tellAll() {
        do {
            tellOne(ended.remove());
        } while (count.decrementAndGet() > 0);
    }

    private static void tellOne(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException bug) {
            LOG.error("telling what became of records broke off", bug);
        }
    }
}
