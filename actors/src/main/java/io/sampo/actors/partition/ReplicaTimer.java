package io.sampo.actors.partition;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.Scheduler;
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContextExecutor;

/// Wakes one replica when its core wants to hear of the time. A timer that is set too early is left alone and set
/// anew
/// when it fires: deadlines of replication move with every message, and to set a timer costs more than to be woken
/// now
/// and then for nothing.
///
/// Thread rule: the replica's driver; the timer fires on `executor`.
final class ReplicaTimer {
    private final LongSupplier nowMs;
    private final Scheduler scheduler;
    private final ExecutionContextExecutor executor;
    private final Runnable alarm;
    private long timerAtMs = Long.MAX_VALUE;
    private @Nullable Cancellable timer;

    ReplicaTimer(LongSupplier nowMs, Scheduler scheduler, ExecutionContextExecutor executor, Runnable alarm) {
        this.nowMs = nowMs;
        this.scheduler = scheduler;
        this.executor = executor;
        this.alarm = alarm;
    }

    /// @param atMs when at the latest; Long.MAX_VALUE: never
    void set(long atMs) {
        if (atMs >= timerAtMs) {
            return;
        }
        if (timer != null) {
            timer.cancel();
        }
        timerAtMs = atMs;
        timer = scheduler.scheduleOnce(Duration.ofMillis(Math.max(1, atMs - nowMs.getAsLong())), alarm, executor);
    }

    void fired() {
        timerAtMs = Long.MAX_VALUE;
        timer = null;
    }

    /// Nothing is set any more.
    void end() {
        if (timer != null) {
            timer.cancel();
        }
        timerAtMs = Long.MIN_VALUE;
    }
}
