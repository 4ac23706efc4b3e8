package io.sampo.chaos.stream;

import io.sampo.chaos.checker.Violation;
import io.sampo.chaos.stream.Account.Handled;
import io.sampo.chaos.stream.Account.Told;
import io.sampo.chaos.stream.Account.Written;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What docs/streams.md promises, held against what was told.
final class Promises {
    private final Told told;
    private final List<Violation> broken = new ArrayList<>();

    private Promises(Told told) {
        this.told = told;
    }

    /// The promises that were broken; empty: none.
    static List<Violation> broken(Told told) {
        Promises promises = new Promises(told);
        told.failures().forEach(failure -> promises.add("failure", failure));
        told.overlaps().forEach(overlap -> promises.add("overlap", overlap));
        promises.checkLog();
        promises.checkHandled();
        promises.checkCommitted();
        return List.copyOf(promises.broken);
    }

    private void add(String check, String message) {
        broken.add(new Violation(check, message, List.of()));
    }

    /// What is acknowledged is there, where it was said to be; once, and in the order in which it was sent.
    private void checkLog() {
        Map<Item, Spot> spots = new HashMap<>();
        Map<String, Item> newest = new HashMap<>();
        for (Written each : told.written()) {
            Item item = each.item();
            if (item.number() >= told.sent().getOrDefault(item.key(), 0L)) {
                add("phantom", item + " at " + each.spot() + " was never sent");
            }
            Spot before = spots.putIfAbsent(item, each.spot());
            if (before != null) {
                add("twice", item + " is at " + before + " and at " + each.spot());
            }
            Item last = newest.put(item.key(), item);
            if (last != null && last.number() >= item.number() && before == null) {
                add("order", item + " at " + each.spot() + " lies behind " + last);
            }
        }
        told.acknowledged().forEach((item, spot) -> {
            Spot found = spots.get(item);
            if (found == null) {
                add("lost", item + " was acknowledged at " + spot + " and is not in the topic");
            } else if (spot.isTold() && !spot.equals(found)) {
                add("place", item + " was acknowledged at " + spot + " and is at " + found);
            }
        });
    }

    /// What is acknowledged is handled; whoever comes goes on where one before was, or before it, never behind
    /// it.
    private void checkHandled() {
        Map<Spot, Item> spots = new HashMap<>();
        told.written().forEach(each -> spots.put(each.spot(), each.item()));
        Map<String, Long> next = new HashMap<>();
        Set<Item> seen = new HashSet<>();
        for (Handled each : told.handled()) {
            Item item = each.item();
            seen.add(item);
            long expected = next.getOrDefault(item.key(), 0L);
            if (item.number() > expected) {
                add("left-out", given(each) + ", when nobody had been given #" + expected);
            }
            next.put(item.key(), Math.max(expected, item.number() + 1));
            Item there = spots.get(each.spot());
            if (!item.equals(there)) {
                add("changed", given(each) + ", where " + there + " is");
            }
        }
        told.acknowledged().keySet().stream()
                .filter(item -> !seen.contains(item))
                .forEach(item -> add("unhandled", item + " was acknowledged and never handled"));
        told.handled().forEach(new Leaps()::check);
    }

    private static String given(Handled handled) {
        return handled.member() + " was given " + handled.item() + " at " + handled.spot() + " after " + handled.atMs()
                + " ms";
    }

    /// What a member handles again is in order too: in a key it goes from a record to the next one, or back.
    /// It goes ahead only when another member had the record before that, after this one had begun where it
    /// was.
    private final class Leaps {
        private final Map<String, Way> ways = new HashMap<>();
        private final Map<Item, Map<String, Integer>> calls = new HashMap<>();
        private int call;

        /// Records of a key that a member was given one after the other.
        ///
        /// @param beganCall the number of its first call
        private record Way(int beganCall, long last) {}

        void check(Handled handled) {
            Item item = handled.item();
            String whose = handled.member() + " " + item.key();
            Way way = ways.get(whose);
            if (way != null && item.number() == way.last + 1) {
                ways.put(whose, new Way(way.beganCall, item.number()));
            } else {
                if (way != null && item.number() > way.last && !anotherHad(before(item), handled.member(), way)) {
                    add("leap", given(handled) + " behind #" + way.last);
                }
                ways.put(whose, new Way(call, item.number()));
            }
            calls.computeIfAbsent(item, _ -> new HashMap<>()).put(handled.member(), call);
            call++;
        }

        private static Item before(Item item) {
            return new Item(item.key(), item.number() - 1);
        }

        private boolean anotherHad(Item item, String member, Way way) {
            return calls.getOrDefault(item, Map.of()).entrySet().stream()
                    .anyMatch(each -> !each.getKey().equals(member) && each.getValue() > way.beganCall);
        }
    }

    /// When all is handled and the members have left, all of it is committed.
    private void checkCommitted() {
        told.ends().forEach((partition, end) -> {
            long offset = told.committed().getOrDefault(partition, 0L);
            if (offset != end) {
                add("commit", "partition " + partition + " ends at " + end + " and is committed at " + offset);
            }
        });
    }

    /// Records that a handler was given again.
    static long repeated(Told told) {
        return told.handled().size()
                - told.handled().stream().map(Handled::item).distinct().count();
    }
}
