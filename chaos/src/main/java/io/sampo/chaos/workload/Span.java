package io.sampo.chaos.workload;

import java.util.List;

/// Something that succeeded, from before it was asked for until the answer was there, in a history's microseconds.
public record Span(long invokedUs, long completedUs) {

    /// Until the first one that began at `fromUs` or later was done; Long.MAX_VALUE when there is none.
    public static long firstAfter(List<Span> spans, long fromUs) {
        long first = spans.stream()
                .filter(span -> span.invokedUs() >= fromUs)
                .mapToLong(Span::completedUs)
                .min()
                .orElse(Long.MAX_VALUE);
        return first == Long.MAX_VALUE ? first : first - fromUs;
    }
}
