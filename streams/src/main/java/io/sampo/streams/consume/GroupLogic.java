package io.sampo.streams.consume;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.Running;
import io.sampo.streams.connection.Failures;
import io.sampo.streams.fetch.Chunk;
import io.sampo.streams.fetch.Fetcher;
import io.sampo.streams.fetch.PartitionProgress;
import io.sampo.streams.fetch.StartPosition;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.SubscriptionWithCancelException;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.jspecify.annotations.Nullable;

/// Hands the records of all partitions out by one outlet, from one fetcher, while downstream wants them. What
/// else there is to a reading with a group, [GroupCourse] decides.
final class GroupLogic extends TimerGraphStageLogic implements Handout {

    private enum Timer {
        COMMIT,
        LEAVE
    }

    /// @param chunk null when the poll failed
    private record Polled(@Nullable Chunk chunk, @Nullable Throwable failure) {}

    private final Outlet<Delivery<Event<byte[], byte[]>>> out;
    private final GroupReading reading;
    private final GroupCourse course;
    private final AsyncCallback<GroupSignal> signals;
    private final AsyncCallback<Polled> polls = createAsyncCallback(this::polled);
    private volatile @Nullable Fetcher fetcher;
    private @Nullable OpenChunk current;
    private boolean polling;

    GroupLogic(SourceShape<Delivery<Event<byte[], byte[]>>> shape, GroupReading reading) {
        super(shape);
        this.out = shape.out();
        this.reading = reading;
        this.signals = createAsyncCallback(this::onSignal);
        this.course = new GroupCourse(reading, this, signals::invoke);
        setHandler(out, new AbstractOutHandler() {
            @Override
            public void onPull() {
                goOn();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
                if (cause instanceof SubscriptionWithCancelException.NonFailureCancellation) {
                    course.end(null);
                } else {
                    // Who failed tells why.
                    course.end(0, null);
                }
            }
        });
    }

    Running running() {
        return new GroupRunning(reading, course.owned(), this::progress, course.completion(), signals::invoke);
    }

    /// Any thread.
    private CompletionStage<Map<TopicPartition, PartitionProgress>> progress() {
        Fetcher reader = fetcher;
        return reader == null ? CompletableFuture.completedFuture(Map.of()) : reader.progress();
    }

    @Override
    public void preStart() {
        // Deliveries are acknowledged after downstream has ended, too.
        setKeepGoing(true);
        fetcher = reading.fetcher().get();
        course.start();
        Duration interval = Duration.ofMillis(reading.settings().commitIntervalMs());
        scheduleWithFixedDelay(Timer.COMMIT, interval, interval);
    }

    @Override
    public void postStop() {
        dropCurrent();
        Fetcher reader = fetcher;
        if (reader != null) {
            reader.close();
        }
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

    @Override
    public void begin(Map<Owned, StartPosition> added) {
        Map<TopicPartition, StartPosition> starts = new HashMap<>();
        added.forEach((owned, start) -> starts.put(owned.partition(), start));
        var _ = reader().add(starts);
    }

    @Override
    public CompletionStage<Void> stop(Collection<Owned> partitions) {
        Set<TopicPartition> names = new HashSet<>();
        partitions.forEach(owned -> names.add(owned.partition()));
        OpenChunk open = current;
        if (open != null && partitions.contains(open.owner())) {
            dropCurrent();
        }
        return reader().remove(names);
    }

    @Override
    public void gone(Collection<Owned> partitions) {}

    // ---- records ---------------------------------------------------------------------------------------------

    @Override
    public void goOn() {
        while (course.isReading() && isAvailable(out) && course.hasRoom(course::out)) {
            OpenChunk open = current;
            if (open == null) {
                poll();
                return;
            }
            Delivery<Event<byte[], byte[]>> next;
            try {
                next = open.next();
            } catch (RuntimeException corrupt) {
                course.end(corrupt);
                return;
            }
            if (next == null) {
                dropCurrent();
            } else {
                course.handedOut();
                push(out, next);
            }
        }
    }

    private void poll() {
        if (!polling) {
            polling = true;
            var _ = reader().poll()
                    .whenComplete((chunk, refused) ->
                            ChunkArrival.tell(polls, new Polled(chunk, Failures.causeIfAny(refused)), chunk));
        }
    }

    private void polled(Polled polled) {
        polling = false;
        Chunk chunk = polled.chunk();
        if (chunk == null) {
            if (course.isReading() && polled.failure() != null) {
                course.end(polled.failure());
            }
            return;
        }
        Owned owner = course.owned().reading(chunk.partition());
        if (!course.isReading() || owner == null) {
            chunk.close();
        } else {
            current = new OpenChunk(chunk, owner);
        }
        goOn();
    }

    private void dropCurrent() {
        OpenChunk open = current;
        if (open != null) {
            current = null;
            open.close();
        }
    }

    // ---- the end ---------------------------------------------------------------------------------------------

    @Override
    public void leaveAfter(long limitMs) {
        scheduleOnce(Timer.LEAVE, Duration.ofMillis(limitMs));
    }

    @Override
    public void over(@Nullable Throwable failure) {
        if (failure == null) {
            completeStage();
        } else {
            failStage(failure);
        }
    }

    private Fetcher reader() {
        return Objects.requireNonNull(fetcher, "started");
    }
}
