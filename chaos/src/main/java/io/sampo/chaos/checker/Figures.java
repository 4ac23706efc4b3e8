package io.sampo.chaos.checker;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.Operation.Send;
import io.sampo.chaos.history.Outcome;
import io.sampo.chaos.history.Place;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How much was done in a run.
///
/// @param sent records, whatever became of them
/// @param unknown of them: neither acknowledged nor certainly refused
/// @param longestGapUs the longest time between two acknowledgements of one partition, beginning with its first
public record Figures(long sent, long acknowledged, long unknown, long longestGapUs) {

    public static Figures of(History history) {
        Map<Place, List<Send>> byPlace = history.by(Send.class, Send::place);
        long sent = 0;
        long acknowledged = 0;
        long unknown = 0;
        long gap = 0;
        for (List<Send> sends : byPlace.values()) {
            long[] times = sends.stream()
                    .filter(each -> each.outcome() == Outcome.OK)
                    .mapToLong(Send::completedUs)
                    .sorted()
                    .toArray();
            for (int i = 1; i < times.length; i++) {
                gap = Math.max(gap, times[i] - times[i - 1]);
            }
            sent += sends.size();
            acknowledged += times.length;
            unknown += sends.stream()
                    .filter(each -> each.outcome() == Outcome.INFO)
                    .count();
        }
        return new Figures(sent, acknowledged, unknown, gap);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d records sent, %d acknowledged, %d unknown, longest gap %.1f s",
                sent,
                acknowledged,
                unknown,
                longestGapUs / 1e6);
    }
}
