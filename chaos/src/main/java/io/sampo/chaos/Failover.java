package io.sampo.chaos;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation.FaultInjected;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.workload.Span;
import java.util.ArrayList;
import java.util.List;

/// How long clients had to wait when a leader or a coordinator went away, from a history. Pure.
final class Failover {
    private Failover() {}

    /// For each fault: microseconds from its injection to the first acknowledgement of a record that was sent after
    /// it, in the partition where that took longest. Long.MAX_VALUE when there was none in some partition.
    static List<Long> toNextAcknowledgement(History history) {
        List<Long> waits = new ArrayList<>();
        for (FaultInjected fault : history.all(FaultInjected.class)) {
            long longest = history.by(Send.class, Send::place).values().stream()
                    .mapToLong(sends -> toNext(sends, fault))
                    .max()
                    .orElse(Long.MAX_VALUE);
            waits.add(longest);
        }
        return waits;
    }

    private static long toNext(List<Send> sends, FaultInjected fault) {
        List<Span> acknowledged = sends.stream()
                .filter(send -> send.outcome() == Outcome.OK)
                .map(send -> new Span(send.invokedUs(), send.completedUs()))
                .toList();
        return Span.firstAfter(acknowledged, fault.invokedUs());
    }

    /// For each fault: the longest time in microseconds for which a record waited while nothing was acknowledged in its
    /// partition, of those times that overlap the fault, from its injection to its healing.
    static List<Long> longestGaps(History history) {
        List<Long> gaps = new ArrayList<>();
        for (FaultInjected fault : history.all(FaultInjected.class)) {
            long longest = history.by(Send.class, Send::place).values().stream()
                    .mapToLong(sends -> longestGap(sends, fault))
                    .max()
                    .orElse(0);
            gaps.add(longest);
        }
        return gaps;
    }

    private static long longestGap(List<Send> sends, FaultInjected fault) {
        Send[] acknowledged = sends.stream()
                .filter(send -> send.outcome() == Outcome.OK)
                .sorted((a, b) -> Long.compare(a.completedUs(), b.completedUs()))
                .toArray(Send[]::new);
        long longest = 0;
        long waitingSince = Long.MAX_VALUE;
        for (int i = acknowledged.length - 1; i >= 0; i--) {
            // Of all that were acknowledged then or later, the first that was sent.
            waitingSince = Math.min(waitingSince, acknowledged[i].invokedUs());
            long before = i == 0 ? waitingSince : acknowledged[i - 1].completedUs();
            long from = Math.max(before, waitingSince);
            long to = acknowledged[i].completedUs();
            if (to >= fault.invokedUs() && from <= fault.completedUs()) {
                longest = Math.max(longest, to - from);
            }
        }
        return longest;
    }

    static long median(List<Long> values) {
        List<Long> sorted = values.stream().sorted().toList();
        return sorted.get((sorted.size() - 1) / 2);
    }

    static long longest(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).max().orElse(0);
    }
}
