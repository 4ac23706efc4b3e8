package io.sampo.streams.consume;

import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.connection.Failures;
import io.sampo.streams.fetch.Chunk;
import io.sampo.streams.fetch.Fetcher;
import io.sampo.streams.fetch.StartPosition;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.jspecify.annotations.Nullable;

/// The reading of one partition by a source of its own. It has a fetcher of its own, from its first demand
/// on: what this source does not ask for holds back neither the memory nor the connection of another one.
///
/// Thread rule: the stage it belongs to; [#fetcher] from any thread.
final class PartitionReading {

    /// A poll has ended.
    ///
    /// @param chunk null when it failed
    record Polled(
            PartitionReading of,
            @Nullable Chunk chunk,
            @Nullable Throwable failure) {}

    private final Owned owned;
    private final StartPosition start;
    private final GraphStageLogic.SubSourceOutlet<Delivery<Event<byte[], byte[]>>> outlet;
    private final GroupCourse course;
    private final Supplier<Fetcher> fetchers;
    private final Consumer<Polled> polls;
    private volatile @Nullable Fetcher fetcher;
    private @Nullable OpenChunk current;
    private boolean polling;
    private boolean stopped;

    /// @param fetchers starts one
    /// @param polls brings what comes to [#polled], on the stage's thread; called by any
    PartitionReading(
            Owned owned,
            StartPosition start,
            GraphStageLogic.SubSourceOutlet<Delivery<Event<byte[], byte[]>>> outlet,
            GroupCourse course,
            Supplier<Fetcher> fetchers,
            Consumer<Polled> polls) {
        this.owned = owned;
        this.start = start;
        this.outlet = outlet;
        this.course = course;
        this.fetchers = fetchers;
        this.polls = polls;
    }

    Owned owned() {
        return owned;
    }

    GraphStageLogic.SubSourceOutlet<Delivery<Event<byte[], byte[]>>> outlet() {
        return outlet;
    }

    /// Null while nothing was asked for, and when the reading has stopped.
    @Nullable
    Fetcher fetcher() {
        return fetcher;
    }

    /// Hands out what is asked for, as far as there is room.
    ///
    /// @return false when there is demand, and no room before something is acknowledged
    boolean goOn() {
        while (!stopped && course.isReading() && outlet.isAvailable()) {
            if (!course.hasRoom(owned::outstanding)) {
                return false;
            }
            OpenChunk open = current;
            if (open == null) {
                poll();
                return true;
            }
            Delivery<Event<byte[], byte[]>> next;
            try {
                next = open.next();
            } catch (RuntimeException corrupt) {
                course.end(corrupt);
                return true;
            }
            if (next == null) {
                dropCurrent();
            } else {
                course.handedOut();
                outlet.push(next);
            }
        }
        return true;
    }

    private void poll() {
        if (polling) {
            return;
        }
        polling = true;
        Fetcher reader = fetcher;
        if (reader == null) {
            reader = fetchers.get();
            fetcher = reader;
            var _ = reader.add(Map.of(owned.partition(), start));
        }
        var _ = reader.poll()
                .whenComplete((chunk, refused) -> polls.accept(new Polled(this, chunk, Failures.causeIfAny(refused))));
    }

    void polled(Polled polled) {
        polling = false;
        Chunk chunk = polled.chunk();
        if (chunk == null) {
            if (!stopped && course.isReading() && polled.failure() != null) {
                course.end(polled.failure());
            }
        } else if (stopped) {
            chunk.close();
        } else {
            current = new OpenChunk(chunk, owned);
        }
    }

    /// Nothing is read or handed out any more.
    void stop() {
        stopped = true;
        dropCurrent();
        Fetcher reader = fetcher;
        fetcher = null;
        if (reader != null) {
            reader.close();
        }
    }

    /// The source ends; one that nobody has run yet will end at once.
    ///
    /// @param failure null: in good order
    void end(@Nullable Throwable failure) {
        stop();
        if (outlet.isClosed()) {
            return;
        }
        if (failure == null) {
            outlet.complete();
        } else {
            outlet.fail(failure);
        }
    }

    private void dropCurrent() {
        OpenChunk open = current;
        if (open != null) {
            current = null;
            open.close();
        }
    }
}
