package io.sampo.core.simulation;

import java.util.PriorityQueue;

/// What will happen, in the order of (time, sequence). Time passes only from one entry to the next.
final class Agenda {
    private record Entry(long atUs, long sequence, Runnable action) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            int byTime = Long.compare(atUs, other.atUs);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
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
        entries.add(new Entry(nowUs + Math.max(0, delayUs), sequence++, action));
    }

    /// Runs everything up to `endUs` (inclusive).
    ///
    /// @return number of entries run
    long runUntil(long endUs) {
        long steps = 0;
        while (true) {
            Entry next = entries.peek();
            if (next == null || next.atUs > endUs) {
                nowUs = Math.max(nowUs, endUs);
                return steps;
            }
            entries.poll();
            nowUs = next.atUs;
            next.action.run();
            steps++;
        }
    }
}
