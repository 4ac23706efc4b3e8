package io.sampo.streams.connection;

import java.time.Duration;
import java.util.function.DoubleSupplier;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Cancellable;

/// Time and chance as the shells of this package see them.
///
/// Thread rule: any thread.
public interface Timers {

    /// Monotonic clock, milliseconds.
    long nowMs();

    /// Runs a task once, on a thread that must not be held up; not at all once the system has ended.
    ///
    /// @return takes it back, if it has not begun
    Runnable after(long delayMs, Runnable task);

    /// From 0 to 1.
    double random();

    static Timers of(ActorSystem system, DoubleSupplier random) {
        return new Timers() {
            @Override
            public long nowMs() {
                return System.nanoTime() / 1_000_000;
            }

            @Override
            public Runnable after(long delayMs, Runnable task) {
                try {
                    Cancellable scheduled = system.scheduler()
                            .scheduleOnce(Duration.ofMillis(Math.max(1, delayMs)), task, system.dispatcher());
                    return scheduled::cancel;
                } catch (IllegalStateException systemHasEnded) {
                    return () -> {};
                }
            }

            @Override
            public double random() {
                return random.getAsDouble();
            }
        };
    }
}
