package io.sampo.chaos;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation.FaultInjected;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import java.util.ArrayList;
import java.util.List;

/// How long clients of one partition had to wait when its leader went away, from a history. Pure.
final class Failover {
    private Failover() {}

    /// For each fault: microseconds from its injection to the first acknowledgement of a record that was sent after
    /// it. Long.MAX_VALUE when there was none.
    static List<Long> toNextAcknowledgement(History history) {
        List<Long> waits = new ArrayList<>();
        for (FaultInjected fault : history.all(FaultInjected.class)) {
            long first = history.all(Send.class).stream()
                    .filter(send -> send.outcome() == Outcome.OK && send.invokedUs() >= fault.invokedUs())
                    .mapToLong(Send::completedUs)
                    .min()
                    .orElse(Long.MAX_VALUE);
            waits.add(first == Long.MAX_VALUE ? first : first - fault.invokedUs());
        }
        return waits;
    }

    /// For each fault: the longest time in microseconds between two acknowledgements that overlaps it, from its
    /// injection to its healing.
    static List<Long> longestGaps(History history) {
        long[] times = history.all(Send.class).stream()
                .filter(send -> send.outcome() == Outcome.OK)
                .mapToLong(Send::completedUs)
                .sorted()
                .toArray();
        List<Long> gaps = new ArrayList<>();
        for (FaultInjected fault : history.all(FaultInjected.class)) {
            long longest = 0;
            for (int i = 1; i < times.length; i++) {
                boolean overlaps = times[i] >= fault.invokedUs() && times[i - 1] <= fault.completedUs();
                longest = overlaps ? Math.max(longest, times[i] - times[i - 1]) : longest;
            }
            gaps.add(longest);
        }
        return gaps;
    }

    static long median(List<Long> values) {
        List<Long> sorted = values.stream().sorted().toList();
        return sorted.get((sorted.size() - 1) / 2);
    }
}
