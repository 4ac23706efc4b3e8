package io.sampo.streams.handle;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Decides which work may start now. Work of one lane is done strictly one after the other; lanes do not wait
/// for each
/// other. No more than `concurrency` are under way at a time, and no more than `maxHeld` are held here at all,
/// those
/// that pause before another attempt included.
///
/// Deterministic: no clock, no thread, no Pekko. Not thread safe.
///
/// @param <L> what names a lane: by its equals
/// @param <W> a piece of work
final class WorkQueue<L, W> {

    private final class Lane {
        final @Nullable L name;
        final ArrayDeque<W> waiting = new ArrayDeque<>();
        /// The first of `waiting` is under way, or pauses.
        boolean busy;

        Lane(@Nullable L name) {
            this.name = name;
        }
    }

    /// Work that has started and the lane that it blocks until it is finished.
    static final class Started<W> {
        private final W work;
        private final Object lane;

        private Started(W work, Object lane) {
            this.work = work;
            this.lane = lane;
        }

        W work() {
            return work;
        }
    }

    private final int concurrency;
    private final int maxHeld;
    private final Map<L, Lane> lanes = new HashMap<>();
    private final ArrayDeque<Lane> ready = new ArrayDeque<>();
    private int underWay;
    private int held;

    /// @param concurrency at least 1
    /// @param maxHeld at least `concurrency`
    WorkQueue(int concurrency, int maxHeld) {
        if (concurrency < 1 || maxHeld < concurrency) {
            throw new IllegalArgumentException("concurrency " + concurrency + ", at most held " + maxHeld);
        }
        this.concurrency = concurrency;
        this.maxHeld = maxHeld;
    }

    boolean hasRoom() {
        return held < maxHeld;
    }

    boolean isEmpty() {
        return held == 0;
    }

    int held() {
        return held;
    }

    int underWay() {
        return underWay;
    }

    /// @param lane null: it waits for nobody, and nobody for it
    void add(@Nullable L lane, W work) {
        if (!hasRoom()) {
            throw new IllegalStateException(maxHeld + " are held already");
        }
        held++;
        Lane entered = lane == null ? new Lane(null) : lanes.computeIfAbsent(lane, Lane::new);
        entered.waiting.add(work);
        if (!entered.busy && entered.waiting.size() == 1) {
            ready.add(entered);
        }
    }

    /// What is to be started now; null when nothing may.
    @Nullable
    Started<W> start() {
        if (underWay >= concurrency) {
            return null;
        }
        Lane lane = ready.poll();
        if (lane == null) {
            return null;
        }
        lane.busy = true;
        underWay++;
        return new Started<>(lane.waiting.element(), lane);
    }

    /// It will be tried again: its place among those under way is free, its lane stays closed.
    void pause(Started<W> started) {
        if (!lane(started).busy || underWay == 0) {
            throw new IllegalStateException("not under way: " + started.work);
        }
        underWay--;
    }

    /// The pause is over: it is the next of its lane, and waits for a place.
    void resume(Started<W> started) {
        Lane lane = lane(started);
        lane.busy = false;
        ready.addFirst(lane);
    }

    /// It is done, whatever came of it.
    void finish(Started<W> started) {
        Lane lane = lane(started);
        lane.waiting.remove();
        lane.busy = false;
        underWay--;
        held--;
        if (!lane.waiting.isEmpty()) {
            ready.add(lane);
        } else if (lane.name != null) {
            lanes.remove(lane.name);
        }
    }

    @SuppressWarnings("unchecked")
    private Lane lane(Started<W> started) {
        return (Lane) started.lane;
    }
}
