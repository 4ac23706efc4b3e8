package io.sampo.streams.consume;

import io.sampo.streams.Group;
import io.sampo.streams.Span;
import io.sampo.streams.fetch.StartPosition;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/// Where the reading of a partition begins and ends.
final class Starts {
    private Starts() {}

    /// As a span wants it.
    ///
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

    /// @param committed empty: the group is new to the partition
    /// @return empty when the group is to have a position and has none
    static Optional<StartPosition> of(Group group, Optional<OffsetAndMetadata> committed) {
        return committed.map(Starts::position).or(() -> switch (group.whenNew()) {
            case EARLIEST -> Optional.of(StartPosition.earliest());
            case LATEST -> Optional.of(StartPosition.latest());
            case NONE -> Optional.empty();
        });
    }

    private static StartPosition position(OffsetAndMetadata committed) {
        return committed
                .leaderEpoch()
                .map(epoch -> StartPosition.offset(committed.offset(), epoch))
                .orElseGet(() -> StartPosition.offset(committed.offset()));
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
