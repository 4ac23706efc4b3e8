package io.sampo.actors.api;

import java.time.Duration;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.Scheduler;
import scala.concurrent.ExecutionContext;

/// Calls that come later, unless they are called off first. Any thread.
@FunctionalInterface
public interface Deadlines {

    /// @param delayMs from now on
    /// @param task short and not blocking
    /// @return calls it off; no effect when it came already
    Runnable after(long delayMs, Runnable task);

    /// Deadlines of Pekko's scheduler, as exact as its tick (10 ms by default).
    static Deadlines of(Scheduler scheduler, Executor executor) {
        ExecutionContext context = ExecutionContext.fromExecutor(executor);
        return (delayMs, task) -> {
            Cancellable scheduled = scheduler.scheduleOnce(Duration.ofMillis(delayMs), task, context);
            return scheduled::cancel;
        };
    }
}
