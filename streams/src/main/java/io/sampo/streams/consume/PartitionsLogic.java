package io.sampo.streams.consume;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.PartitionSource;
import io.sampo.streams.Running;
import io.sampo.streams.fetch.Fetcher;
import io.sampo.streams.fetch.PartitionProgress;
import io.sampo.streams.fetch.StartPosition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.SubscriptionWithCancelException;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands each partition out as a source of its own, which ends when the partition was given up or lost. What
/// else there is to a reading with a group, [GroupCourse] decides.
///
/// A partition that nobody has taken, or whose source nobody runs, costs an entry here: nothing is fetched
/// for it, and as nothing of it is out it is given up at once when the group wants it.
final class PartitionsLogic extends TimerGraphStageLogic implements Handout {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionsLogic.class);

    private enum Timer {
        COMMIT,
        LEAVE
    }

    private final Outlet<PartitionSource<byte[], byte[]>> out;
    private final GroupReading reading;
    private final GroupCourse course;
    private final AsyncCallback<GroupSignal> signals;
    private final AsyncCallback<PartitionReading.Polled> polls = createAsyncCallback(this::polled);
    private final Map<Owned, PartitionReading> readings = new ConcurrentHashMap<>();
    /// Not handed out to downstream yet.
    private final ArrayDeque<PartitionReading> unoffered = new ArrayDeque<>();
    /// With demand, and no room before something of them is acknowledged.
    private final Set<PartitionReading> full = new HashSet<>();

    PartitionsLogic(SourceShape<PartitionSource<byte[], byte[]>> shape, GroupReading reading) {
        super(shape);
        this.out = shape.out();
        this.reading = reading;
        this.signals = createAsyncCallback(this::onSignal);
        this.course = new GroupCourse(reading, this, signals::invoke);
        setHandler(out, new AbstractOutHandler() {
            @Override
            public void onPull() {
                offer();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
                cancelled(cause);
            }
        });
    }

    Running running() {
        return new GroupRunning(reading, course.owned(), this::progress, course.completion(), signals::invoke);
    }

    /// Any thread. Partitions of which nothing was asked for yet are not known.
    private CompletionStage<Map<TopicPartition, PartitionProgress>> progress() {
        Map<TopicPartition, PartitionProgress> all = new ConcurrentHashMap<>();
        List<CompletableFuture<?>> asked = new ArrayList<>();
        for (PartitionReading one : readings.values()) {
            Fetcher reader = one.fetcher();
            if (reader != null) {
                // One that was closed meanwhile knows nothing.
                asked.add(reader.progress()
                        .handle((known, _) -> known == null ? Map.<TopicPartition, PartitionProgress>of() : known)
                        .thenAccept(all::putAll)
                        .toCompletableFuture());
            }
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture<?>[]::new))
                .thenApply(_ -> all);
    }

    @Override
    public void preStart() {
        // Sources of partitions, and acknowledgements, go on when downstream has ended.
        setKeepGoing(true);
        course.start();
        Duration interval = Duration.ofMillis(reading.settings().commitIntervalMs());
        scheduleWithFixedDelay(Timer.COMMIT, interval, interval);
    }

    @Override
    public void postStop() {
        readings.values().forEach(PartitionReading::stop);
        course.stopped();
    }

    @Override
    public void onTimer(Object timerKey) {
        switch ((Timer) timerKey) {
            case COMMIT -> course.commitDue();
            case LEAVE -> course.leave();
        }
    }

    private void onSignal(GroupSignal signal) {
        course.onSignal(signal);
    }

    // ---- partitions ------------------------------------------------------------------------------------------

    @Override
    public void begin(Map<Owned, StartPosition> added) {
        added.forEach((owned, start) -> {
            SubSourceOutlet<Delivery<Event<byte[], byte[]>>> outlet =
                    new SubSourceOutlet<>("PartitionsSource." + owned.partition());
            PartitionReading one = new PartitionReading(
                    owned,
                    start,
                    outlet,
                    course,
                    this::fetcher,
                    polled -> ChunkArrival.tell(polls, polled, polled.chunk()));
            outlet.setHandler(new AbstractOutHandler() {
                @Override
                public void onPull() {
                    goOn(one);
                }

                @Override
                public void onDownstreamFinish(Throwable cause) {
                    cancelled(one, cause);
                }
            });
            readings.put(owned, one);
            unoffered.add(one);
        });
        offer();
    }

    private Fetcher fetcher() {
        return reading.partitionFetcher().apply(Math.max(1, readings.size()));
    }

    private void offer() {
        while (course.isReading() && isAvailable(out) && !unoffered.isEmpty()) {
            PartitionReading one = unoffered.remove();
            push(
                    out,
                    new PartitionSource<>(
                            one.owned().partition(),
                            Source.fromGraph(one.outlet().source())));
        }
    }

    @Override
    public CompletionStage<Void> stop(Collection<Owned> partitions) {
        for (Owned owned : partitions) {
            PartitionReading one = readings.get(owned);
            if (one != null) {
                unoffered.remove(one);
                full.remove(one);
                one.stop();
            }
        }
        // The next ones have fetchers of their own.
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void gone(Collection<Owned> partitions) {
        for (Owned owned : partitions) {
            PartitionReading one = readings.remove(owned);
            if (one != null) {
                one.end(course.failure());
            }
        }
    }

    /// The source of a partition was cancelled by who reads it.
    private void cancelled(PartitionReading one, Throwable cause) {
        one.stop();
        full.remove(one);
        if (!(cause instanceof SubscriptionWithCancelException.NonFailureCancellation)) {
            course.end(0, cause);
        } else if (course.isReading() && course.owned().reading(one.owned().partition()) == one.owned()) {
            LOG.warn(
                    "The source of {} was cancelled: nobody reads it, until the group assigns it anew",
                    one.owned().partition());
        }
    }

    /// The stream of partitions was cancelled.
    private void cancelled(Throwable cause) {
        if (cause instanceof SubscriptionWithCancelException.NonFailureCancellation) {
            course.end(null);
        } else {
            course.end(0, cause);
        }
    }

    // ---- records ---------------------------------------------------------------------------------------------

    @Override
    public void goOn() {
        if (!full.isEmpty()) {
            List.copyOf(full).forEach(this::goOn);
        }
    }

    private void goOn(PartitionReading one) {
        if (one.goOn()) {
            full.remove(one);
        } else {
            full.add(one);
        }
    }

    private void polled(PartitionReading.Polled polled) {
        polled.of().polled(polled);
        goOn(polled.of());
    }

    // ---- the end ---------------------------------------------------------------------------------------------

    @Override
    public void leaveAfter(long limitMs) {
        scheduleOnce(Timer.LEAVE, Duration.ofMillis(limitMs));
    }

    @Override
    public void over(@Nullable Throwable failure) {
        readings.values().forEach(one -> one.end(failure));
        readings.clear();
        if (failure == null) {
            completeStage();
        } else {
            failStage(failure);
        }
    }
}
