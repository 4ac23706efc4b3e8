package io.sampo.actors.partition;

import java.time.Duration;
import java.util.function.LongConsumer;
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
    private final LongConsumer alarm;
    private long timerAtMs = Long.MAX_VALUE;
    private @Nullable Cancellable timer;

    /// Of the timer that is set: one that was cancelled may fire all the same.
    private long number;

    /// @param alarm gets the number of the timer, for [#fired]
    ReplicaTimer(LongSupplier nowMs, Scheduler scheduler, ExecutionContextExecutor executor, LongConsumer alarm) {
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
        long own = ++number;
        timer = scheduler.scheduleOnce(
                Duration.ofMillis(Math.max(1, atMs - nowMs.getAsLong())), () -> alarm.accept(own), executor);
    }

    /// @return false for one in whose place another is set
    boolean fired(long firedNumber) {
        if (firedNumber != number || timer == null) {
            return false;
        }
        timerAtMs = Long.MAX_VALUE;
        timer = null;
        return true;
    }

    /// Nothing is set any more.
    void end() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        timerAtMs = Long.MIN_VALUE;
    }
}
