package io.sampo.chaos.checker;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation;
import io.sampo.chaos.history.Operation.Assigned;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Poll;
import io.sampo.chaos.history.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// 7 poll: while a member has a partition, offsets rise from the position where it began, and it is given every
/// record of the final log that lies between the first and the last one that it got.
final class PollCheck implements Check {
    static final String NAME = "poll";

    /// One member's time with one partition.
    private record Stay(String process, String assignment, Place place) implements Comparable<Stay> {
        @Override
        public int compareTo(Stay other) {
            int byProcess = process.compareTo(other.process);
            int byAssignment = byProcess != 0 ? byProcess : assignment.compareTo(other.assignment);
            return byAssignment != 0 ? byAssignment : place.compareTo(other.place);
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        Map<Place, NavigableSet<Long>> logs = new TreeMap<>();
        for (FinalRead read : history.all(FinalRead.class)) {
            NavigableSet<Long> offsets = logs.computeIfAbsent(read.place(), _ -> new TreeSet<>());
            read.entries().forEach(entry -> offsets.add(entry.offset()));
        }
        Map<Stay, Assigned> begins = new TreeMap<>();
        for (Assigned each : history.all(Assigned.class)) {
            begins.put(new Stay(each.process(), each.assignment(), each.place()), each);
        }
        List<Violation> violations = new ArrayList<>();
        history.by(Poll.class, poll -> new Stay(poll.process(), poll.assignment(), poll.place()))
                .forEach((stay, polls) -> {
                    Assigned begin = begins.get(stay);
                    NavigableSet<Long> log = logs.getOrDefault(stay.place(), new TreeSet<>());
                    Operation before = begin;
                    long expected = begin == null ? -1 : begin.position();
                    for (Poll poll : polls) {
                        for (Entry entry : poll.entries()) {
                            check(stay, expected, entry, log, before == null ? poll : before, poll, violations);
                            expected = entry.offset() + 1;
                            before = poll;
                        }
                    }
                });
        return violations;
    }

    private static void check(
            Stay stay,
            long expected,
            Entry entry,
            NavigableSet<Long> log,
            Operation before,
            Poll poll,
            List<Violation> violations) {
        List<Operation> evidence = List.of(before, poll);
        String who = stay.process() + " in " + stay.assignment() + " at " + stay.place();
        if (entry.offset() < expected) {
            violations.add(new Violation(
                    NAME, who + " got offset " + entry.offset() + " when it was at " + expected, evidence));
        } else if (expected >= 0) {
            NavigableSet<Long> skipped = log.subSet(expected, true, entry.offset(), false);
            if (!skipped.isEmpty()) {
                violations.add(new Violation(
                        NAME,
                        who + " was at " + expected + ", got offset " + entry.offset() + " and skipped "
                                + skipped.size() + " records from " + skipped.first(),
                        evidence));
            }
        }
    }
}
