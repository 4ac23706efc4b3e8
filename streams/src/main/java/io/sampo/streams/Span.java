package io.sampo.streams;

import java.time.Instant;
import java.util.Map;

/// Which part of a topic is read without a group.
///
/// {@snippet file="ReadingGuideTest.java" region="spans"}
///
/// @param start the first record of each partition that is wanted
/// @param end where each partition ends
public record Span(Start start, End end) {

    /// Where each partition begins.
    public sealed interface Start {}

    /// All that there is.
    public record Beginning() implements Start {}

    /// What is written from now on: behind the last record that there is when reading begins.
    public record Now() implements Start {}

    /// Each partition from its first record with this timestamp or a later one.
    public record At(Instant time) implements Start {}

    /// Each partition from an offset of its own. One that is not in the log begins with the oldest record
    /// there is.
    ///
    /// @param offsets by partition; those that are not named are not read, and one that the topic does not
    ///     have is not waited for
    public record Offsets(Map<Integer, Long> offsets) implements Start {
        public Offsets {
            offsets = Map.copyOf(offsets);
        }
    }

    /// Where each partition ends, and with the last of them the stream.
    public sealed interface End {}

    /// Reads on for ever, partitions that the topic gets later included.
    public record Never() implements End {}

    /// What is in the log when reading begins.
    public record AsOfNow() implements End {}

    /// Exclusive: each partition to its first record with this timestamp or a later one; when there is none, to
    /// what is in the log when reading begins.
    public record Before(Instant time) implements End {}

    /// All that there is and all that comes.
    public static Span all() {
        return new Span(new Beginning(), new Never());
    }

    /// What comes from now on: what is written after the stream has begun to read.
    ///
    /// {@snippet file="ReadingGuideTest.java" region="from-now"}
    public static Span fromNow() {
        return new Span(new Now(), new Never());
    }

    /// From a time on, and all that comes.
    ///
    /// @param time inclusive: each partition from its first record with this timestamp or a later one; one
    ///     that has none from its end. Not before 1970: that fails the stream with an
    ///     [IllegalArgumentException]
    public static Span from(Instant time) {
        return new Span(new At(time), new Never());
    }

    /// From offsets on, and all that comes.
    ///
    /// @param offsets of the first record that is wanted, by partition; partitions that are not named are
    ///     not read. A negative offset fails the stream with an [IllegalArgumentException]
    public static Span from(Map<Integer, Long> offsets) {
        return new Span(new Offsets(offsets), new Never());
    }

    /// From the same start to what is in the log when reading begins; the stream ends there.
    public Span untilNow() {
        return new Span(start, new AsOfNow());
    }

    /// From the same start to a time; see [Before].
    ///
    /// @param time exclusive
    public Span until(Instant time) {
        return new Span(start, new Before(time));
    }

    /// Whether reading comes to an end by itself.
    public boolean isBounded() {
        return !(end instanceof Never);
    }
}
