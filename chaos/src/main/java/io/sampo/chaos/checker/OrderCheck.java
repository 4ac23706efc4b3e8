package io.sampo.chaos.checker;

import io.sampo.chaos.history.Entry;
import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation.FinalRead;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// 6 order: in a partition a producer's records lie in the order in which it sent them, and what was sent after
/// another record's acknowledgement lies behind that record.
final class OrderCheck implements Check {
    static final String NAME = "order";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Violation> check(History history) {
        List<Violation> violations = new ArrayList<>();
        history.all(FinalRead.class).forEach(read -> checkSequences(read, violations));
        history.by(Send.class, Send::place).values().forEach(sends -> checkRealTime(sends, violations));
        return violations;
    }

    private static void checkSequences(FinalRead read, List<Violation> violations) {
        Map<String, Entry> last = new HashMap<>();
        List<Entry> byOffset = new ArrayList<>(read.entries());
        byOffset.sort(Comparator.comparingLong(Entry::offset));
        for (Entry entry : byOffset) {
            Entry before = last.put(entry.value().producer(), entry);
            // The same value twice is a duplicate and told as such.
            if (before != null && before.value().sequence() > entry.value().sequence()) {
                violations.add(new Violation(
                        NAME,
                        read.place() + ": " + before.value() + " at offset " + before.offset() + " is before "
                                + entry.value() + " at offset " + entry.offset(),
                        List.of(read)));
            }
        }
    }

    /// From the highest offset down: nothing may have been sent after the acknowledgement of something above it.
    private static void checkRealTime(List<Send> sends, List<Violation> violations) {
        List<Send> byOffset = new ArrayList<>(sends);
        byOffset.removeIf(send -> send.outcome() != Outcome.OK);
        byOffset.sort(Comparator.comparingLong(Send::offset).reversed());
        Send earliest = null;
        for (Send send : byOffset) {
            boolean above = earliest != null && earliest.offset() > send.offset();
            if (earliest != null && above && send.invokedUs() > earliest.completedUs()) {
                violations.add(new Violation(
                        NAME,
                        send.place() + ": " + send.value() + " was sent after the acknowledgement of "
                                + earliest.value() + " at offset " + earliest.offset() + " and got offset "
                                + send.offset(),
                        List.of(earliest, send)));
            }
            if (earliest == null || send.completedUs() < earliest.completedUs()) {
                earliest = send;
            }
        }
    }
}
