package io.sampo.core.simulation;

import java.util.Arrays;

/// What will happen, in the order of (time, sequence). Time passes only from one entry to the next.
///
/// A heap in three arrays: a run has tens of thousands of entries, and most of its time went into objects that
/// compare themselves.
final class Agenda {
    private static final Runnable NOTHING = () -> {};

    private long[] times = new long[256];
    private long[] sequences = new long[256];
    private Runnable[] actions = new Runnable[256];
    private int size;
    private long nowUs;
    private long sequence;

    long nowUs() {
        return nowUs;
    }

    /// Number of entries that were made so far.
    long sequence() {
        return sequence;
    }

    void after(long delayUs, Runnable action) {
        if (size == times.length) {
            times = Arrays.copyOf(times, 2 * size);
            sequences = Arrays.copyOf(sequences, 2 * size);
            actions = Arrays.copyOf(actions, 2 * size);
        }
        long atUs = nowUs + Math.max(0, delayUs);
        // Its sequence is higher than that of all others: of those at the same time it is the last.
        int place = size++;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            if (times[parent] <= atUs) {
                break;
            }
            move(parent, place);
            place = parent;
        }
        put(place, atUs, sequence++, action);
    }

    private void put(int place, long atUs, long number, Runnable action) {
        times[place] = atUs;
        sequences[place] = number;
        actions[place] = action;
    }

    private void move(int from, int to) {
        put(to, times[from], sequences[from], actions[from]);
    }

    private boolean isBefore(int left, int right) {
        return times[left] < times[right] || (times[left] == times[right] && sequences[left] < sequences[right]);
    }

    private void removeFirst() {
        int last = --size;
        long atUs = times[last];
        long number = sequences[last];
        Runnable action = actions[last];
        actions[last] = NOTHING;
        if (last == 0) {
            return;
        }
        int place = 0;
        while (true) {
            int child = 2 * place + 1;
            if (child >= last) {
                break;
            }
            if (child + 1 < last && isBefore(child + 1, child)) {
                child++;
            }
            if (atUs < times[child] || (atUs == times[child] && number < sequences[child])) {
                break;
            }
            move(child, place);
            place = child;
        }
        put(place, atUs, number, action);
    }

    /// Runs everything up to `endUs` (inclusive).
    ///
    /// @return number of entries run
    long runUntil(long endUs) {
        long steps = 0;
        while (size > 0 && times[0] <= endUs) {
            Runnable action = actions[0];
            nowUs = times[0];
            removeFirst();
            action.run();
            steps++;
        }
        nowUs = Math.max(nowUs, endUs);
        return steps;
    }
}
