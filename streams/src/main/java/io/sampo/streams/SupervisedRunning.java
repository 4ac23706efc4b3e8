package io.sampo.streams;

import io.sampo.streams.connection.Failures;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.Done;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A consumption that begins anew when what ended it may pass.
///
/// ```
/// RUNNING --fails--> RESTING --nothing of it is under way--> PAUSING --pause is over--> RUNNING
/// ```
///
/// Each of them becomes OVER: by a drain, a run's end in good order, or a failure that ends the consumption.
///
/// Thread rule: any thread; state under the lock, futures are completed without it.
final class SupervisedRunning implements Running {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedRunning.class);
    private static final Runnable NOTHING = () -> {};

    /// One run of the consumption.
    ///
    /// @param over completes when nothing of it is under way any more; never fails
    record Run(Running running, CompletionStage<Done> over) {}

    interface Timer {
        void after(long pauseMs, Runnable task);
    }

    /// @param nowMs monotonic
    /// @param random in [0, 1)
    /// @param closeLimit how long [#close] drains
    record Supervision(Restart restart, Timer timer, LongSupplier nowMs, DoubleSupplier random, Duration closeLimit) {}

    private enum Phase {
        RUNNING,
        RESTING,
        PAUSING,
        OVER
    }

    private final Supplier<Run> runs;
    private final Supervision supervision;
    private final CompletableFuture<Done> completion = new CompletableFuture<>();
    private volatile Restarts restarts = Restarts.NONE;
    /// Null while none is running.
    private volatile @Nullable Run current;
    private Phase phase = Phase.PAUSING;
    private boolean draining;
    private long beganMs;
    private int failuresInARow;

    private SupervisedRunning(Supplier<Run> runs, Supervision supervision) {
        this.runs = runs;
        this.supervision = supervision;
    }

    /// @param runs starts one
    static SupervisedRunning start(Supplier<Run> runs, Supervision supervision) {
        SupervisedRunning supervised = new SupervisedRunning(runs, supervision);
        supervised.begin();
        return supervised;
    }

    private void begin() {
        Run run;
        synchronized (this) {
            if (phase != Phase.PAUSING) {
                return;
            }
            run = runs.get();
            current = run;
            phase = Phase.RUNNING;
            beganMs = supervision.nowMs().getAsLong();
        }
        run.running().completion().whenComplete((_, failure) -> ended(run, failure));
    }

    private void beginAgain() {
        synchronized (this) {
            if (phase != Phase.PAUSING) {
                return;
            }
            restarts = new Restarts(restarts.count() + 1, restarts.lastFailure());
        }
        try {
            begin();
        } catch (RuntimeException cannot) {
            LOG.error("The consumption cannot begin anew, and ends", cannot);
            end(cannot).run();
        }
    }

    private void ended(Run run, @Nullable Throwable failure) {
        Runnable next;
        synchronized (this) {
            current = null;
            if (failure == null) {
                next = end(null);
            } else {
                next = failed(run, Failures.cause(failure));
            }
        }
        next.run();
    }

    /// @return what is to be done without the lock
    private synchronized Runnable failed(Run run, Throwable failure) {
        if (supervision.restart().isHealthy(supervision.nowMs().getAsLong() - beganMs)) {
            failuresInARow = 0;
        }
        failuresInARow++;
        OptionalLong pauseMs = draining || !PassingFailures.mayPass(failure)
                ? OptionalLong.empty()
                : supervision
                        .restart()
                        .pauseMs(failuresInARow, supervision.random().getAsDouble());
        if (pauseMs.isEmpty()) {
            return end(failure);
        }
        restarts = new Restarts(restarts.count(), Optional.of(failure));
        phase = Phase.RESTING;
        LOG.warn(
                "The consumption failed ({} in a row), and begins anew in {} ms, when what is under way is done",
                failuresInARow,
                pauseMs.getAsLong(),
                failure);
        return () -> run.over().thenRun(() -> rested(pauseMs.getAsLong()));
    }

    private void rested(long pauseMs) {
        Runnable next = NOTHING;
        synchronized (this) {
            if (phase == Phase.RESTING) {
                phase = Phase.PAUSING;
                next = draining ? end(null) : () -> supervision.timer().after(pauseMs, this::beginAgain);
            }
        }
        next.run();
    }

    /// @return what is to be done without the lock
    private synchronized Runnable end(@Nullable Throwable failure) {
        phase = Phase.OVER;
        return failure == null
                ? () -> completion.complete(Done.getInstance())
                : () -> completion.completeExceptionally(failure);
    }

    // ---- as its user sees it ---------------------------------------------------------------------------------

    @Override
    public CompletionStage<Done> completion() {
        return Failures.seenBy(completion);
    }

    @Override
    public Restarts restarts() {
        return restarts;
    }

    @Override
    public Set<TopicPartition> assignment() {
        Run run = current;
        return run == null ? Set.of() : run.running().assignment();
    }

    @Override
    public CompletionStage<Lag> lag() {
        Run run = current;
        return run == null
                ? CompletableFuture.completedFuture(new Lag(Map.of()))
                : run.running().lag();
    }

    @Override
    public CompletionStage<Void> seek(Map<TopicPartition, Long> offsets) {
        Run run = current;
        return run == null
                ? CompletableFuture.failedStage(
                        new IllegalStateException("the consumption has no partitions before it begins anew"))
                : run.running().seek(offsets);
    }

    @Override
    public CompletionStage<Done> drain(Duration limit) {
        Runnable next;
        synchronized (this) {
            draining = true;
            Run run = current;
            next = switch (phase) {
                case RUNNING -> run == null ? NOTHING : () -> run.running().drain(limit);
                case RESTING -> () -> supervision.timer().after(limit.toMillis(), () -> rested(0));
                case PAUSING -> end(null);
                case OVER -> NOTHING;
            };
        }
        next.run();
        return completion();
    }

    @Override
    public void close() {
        drain(supervision.closeLimit())
                .handle((_, _) -> Done.getInstance())
                .toCompletableFuture()
                .join();
    }
}
