package io.sampo.streams.consume;

import io.sampo.streams.Span;
import io.sampo.streams.fetch.StartPosition;
import java.util.Optional;

/// Where the reading of a partition begins and ends, as a span wants it.
final class Starts {
    private Starts() {}

    /// @param first false for a partition that the topic got while it was read: it is read from its beginning
    /// @return empty when the partition is not to be read
    static Optional<StartPosition> of(Span span, int partition, boolean first) {
        Optional<StartPosition> start = first
                ? start(span.start(), partition)
                : span.start() instanceof Span.Offsets ? Optional.empty() : Optional.of(StartPosition.earliest());
        return start.map(from -> switch (span.end()) {
            case Span.Never _ -> from;
            case Span.AsOfNow _ -> from.untilNow();
            case Span.Before before -> from.untilTimestamp(before.time());
        });
    }

    private static Optional<StartPosition> start(Span.Start start, int partition) {
        return switch (start) {
            case Span.Beginning _ -> Optional.of(StartPosition.earliest());
            case Span.Now _ -> Optional.of(StartPosition.latest());
            case Span.At at -> Optional.of(StartPosition.timestamp(at.time()));
            case Span.Offsets offsets ->
                Optional.ofNullable(offsets.offsets().get(partition)).map(StartPosition::offset);
        };
    }
}
