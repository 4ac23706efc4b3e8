package io.sampo.streams.fetch;

import java.time.Instant;
import java.util.OptionalInt;

/// Where the reading of a partition begins, and where it ends.
///
/// @param start the first record that is wanted
/// @param end where to stop
public record StartPosition(Start start, End end) {

    /// The first record that is wanted.
    public sealed interface Start {}

    /// Where the reading stops. All are exclusive, and are fixed when the reading begins: at the first poll after the
    /// partition was added.
    public sealed interface End {}

    /// @param offset of the first record that is wanted
    /// @param leaderEpoch of the record before it, when known: then a log that was truncated meanwhile is noticed
    public record AtOffset(long offset, OptionalInt leaderEpoch) implements Start {
        public AtOffset {
            if (offset < 0) {
                throw new IllegalArgumentException("offset " + offset + " is negative");
            }
        }
    }

    /// The log start offset.
    public record Earliest() implements Start {}

    /// What is written from now on.
    public record Latest() implements Start {}

    /// The first record with this timestamp or a later one; when there is none, what is written from now on.
    ///
    /// @param timestampMs since the epoch
    public record AtTimestamp(long timestampMs) implements Start {
        public AtTimestamp {
            requireTimestamp(timestampMs);
        }
    }

    /// Reads on and on.
    public record Never() implements End {}

    /// @param offset exclusive. What is not written yet is waited for
    public record BeforeOffset(long offset) implements End {
        public BeforeOffset {
            if (offset < 0) {
                throw new IllegalArgumentException("offset " + offset + " is negative");
            }
        }
    }

    /// The end of the log when the reading begins: the high watermark, or the last stable offset with
    /// `isolation.level=read_committed`.
    public record AsOfNow() implements End {}

    /// The first record with this timestamp or a later one; when there is none, the same as [AsOfNow].
    ///
    /// @param timestampMs since the epoch
    public record BeforeTimestamp(long timestampMs) implements End {
        public BeforeTimestamp {
            requireTimestamp(timestampMs);
        }
    }

    public static StartPosition offset(long offset) {
        return new StartPosition(new AtOffset(offset, OptionalInt.empty()), new Never());
    }

    /// @param leaderEpoch of the record before `offset`, as it was committed with the offset
    public static StartPosition offset(long offset, int leaderEpoch) {
        return new StartPosition(new AtOffset(offset, OptionalInt.of(leaderEpoch)), new Never());
    }

    public static StartPosition earliest() {
        return new StartPosition(new Earliest(), new Never());
    }

    public static StartPosition latest() {
        return new StartPosition(new Latest(), new Never());
    }

    public static StartPosition timestamp(Instant from) {
        return new StartPosition(new AtTimestamp(from.toEpochMilli()), new Never());
    }

    /// @param offset exclusive
    public StartPosition untilOffset(long offset) {
        return new StartPosition(start, new BeforeOffset(offset));
    }

    public StartPosition untilNow() {
        return new StartPosition(start, new AsOfNow());
    }

    /// @param end exclusive
    public StartPosition untilTimestamp(Instant end) {
        return new StartPosition(start, new BeforeTimestamp(end.toEpochMilli()));
    }

    private static void requireTimestamp(long timestampMs) {
        if (timestampMs < 0) {
            throw new IllegalArgumentException("timestamp " + timestampMs + " is before 1970");
        }
    }
}
