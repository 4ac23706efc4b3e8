package io.sampo.chaos.stream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// What the clients of a run did and saw, in the order in which they told it.
///
/// Thread rule: any thread.
final class Account {
    private final long beganNanos = System.nanoTime();
    private final Map<String, Long> sent = new HashMap<>();
    private final Map<Item, Spot> acknowledged = new LinkedHashMap<>();
    private final Set<Item> unhandled = new HashSet<>();
    private final Set<Item> seen = new HashSet<>();
    private final List<Handled> handled = new ArrayList<>();
    private final Map<String, Item> underWay = new HashMap<>();
    private final List<Written> written = new ArrayList<>();
    private final List<String> overlaps = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final Map<Integer, Long> ends = new HashMap<>();
    private final Map<Integer, Long> committed = new HashMap<>();
    private final Map<Integer, Gap> acknowledgements = new HashMap<>();
    private final Map<Integer, Gap> handling = new HashMap<>();

    /// A handler was called.
    ///
    /// @param atMs since the begin of the run
    record Handled(String member, Item item, Spot spot, long atMs) {}

    /// What the last reading found.
    record Written(Item item, Spot spot) {}

    /// All of it, at the end.
    ///
    /// @param sent how many, by key
    /// @param acknowledged each record that was, with where that is
    /// @param handled in the order of the calls
    /// @param written in the order of each partition
    /// @param ends of the partitions
    /// @param committed by the group, by partition
    /// @param overlaps handlers of one key that a member called while another one was at work
    /// @param failures streams that ended and should not have, and what did not come in time
    record Told(
            Map<String, Long> sent,
            Map<Item, Spot> acknowledged,
            List<Handled> handled,
            List<Written> written,
            Map<Integer, Long> ends,
            Map<Integer, Long> committed,
            List<String> overlaps,
            List<String> failures) {}

    /// The longest time for which something that goes on all the time in a partition did not.
    private static final class Gap {
        private long lastMs;
        private long longestMs;

        Gap(long beganMs) {
            this.lastMs = beganMs;
        }

        void happened(long nowMs) {
            longestMs = Math.max(longestMs, nowMs - lastMs);
            lastMs = nowMs;
        }

        static void happened(Map<Integer, Gap> gaps, int partition, long nowMs) {
            gaps.computeIfAbsent(partition, _ -> new Gap(nowMs)).happened(nowMs);
        }

        static long longestMs(Map<Integer, Gap> gaps) {
            return gaps.values().stream()
                    .mapToLong(each -> each.longestMs)
                    .max()
                    .orElse(0);
        }
    }

    synchronized void sent(Item item) {
        sent.merge(item.key(), 1L, Long::sum);
    }

    synchronized void acknowledged(Item item, Spot spot) {
        Gap.happened(acknowledgements, spot.partition(), nowMs());
        acknowledged.put(item, spot);
        if (!seen.contains(item)) {
            unhandled.add(item);
        }
    }

    /// Of a sink, which says only at its end that all is acknowledged.
    synchronized void allAcknowledged(List<String> keys) {
        for (String key : keys) {
            for (long number = 0; number < sent.getOrDefault(key, 0L); number++) {
                Item item = new Item(key, number);
                acknowledged.put(item, Spot.UNTOLD);
                if (!seen.contains(item)) {
                    unhandled.add(item);
                }
            }
        }
    }

    synchronized void begins(String member, Item item, Spot spot) {
        Gap.happened(handling, spot.partition(), nowMs());
        handled.add(new Handled(member, item, spot, nowMs()));
        seen.add(item);
        unhandled.remove(item);
        Item other = underWay.put(member + " " + item.key(), item);
        if (other != null) {
            overlaps.add(member + " was given " + item + " while it was at " + other);
        }
    }

    synchronized void ends(String member, Item item) {
        underWay.remove(member + " " + item.key(), item);
    }

    synchronized void written(Item item, Spot spot) {
        written.add(new Written(item, spot));
    }

    synchronized void ends(Map<Integer, Long> ofPartitions) {
        ends.putAll(ofPartitions);
    }

    synchronized void committed(Map<Integer, Long> ofPartitions) {
        committed.putAll(ofPartitions);
    }

    synchronized void failed(String what) {
        failures.add(what);
    }

    synchronized boolean hasFailed() {
        return !failures.isEmpty();
    }

    synchronized long sentCount() {
        return sent.values().stream().mapToLong(Long::longValue).sum();
    }

    synchronized long acknowledgedCount() {
        return acknowledged.size();
    }

    /// Different records; a repetition does not count.
    synchronized long handledCount() {
        return seen.size();
    }

    /// Acknowledged records that no handler was given yet.
    synchronized long missingCount() {
        return unhandled.size();
    }

    /// The longest time that a partition, which is written to all the time, was without an acknowledgement.
    synchronized long longestAcknowledgementGapMs() {
        return Gap.longestMs(acknowledgements);
    }

    /// The longest time that no record of a partition was given to a handler.
    synchronized long longestHandlingGapMs() {
        return Gap.longestMs(handling);
    }

    long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
    }

    synchronized Told told() {
        return new Told(
                Map.copyOf(sent),
                Map.copyOf(acknowledged),
                List.copyOf(handled),
                List.copyOf(written),
                Map.copyOf(ends),
                Map.copyOf(committed),
                List.copyOf(overlaps),
                List.copyOf(failures));
    }
}
