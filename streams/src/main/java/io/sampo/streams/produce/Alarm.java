package io.sampo.streams.produce;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/// Runs something later.
interface Alarm {
    void after(long delayMs, Runnable task);

    /// To the millisecond, which an actor system's scheduler is not: its ticks are coarser than `linger.ms`.
    static Alarm on(Executor executor) {
        return (delayMs, task) -> CompletableFuture.delayedExecutor(delayMs, TimeUnit.MILLISECONDS, executor)
                .execute(task);
    }
}
