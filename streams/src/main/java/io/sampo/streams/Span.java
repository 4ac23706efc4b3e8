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

    public sealed interface Start {}

    /// All that there is.
    public record Beginning() implements Start {}

    /// What is written from now on.
    public record Now() implements Start {}

    /// Each partition from its first record with this timestamp or a later one.
    public record At(Instant time) implements Start {}

    /// @param offsets by partition; those that are not named are not read
    public record Offsets(Map<Integer, Long> offsets) implements Start {
        public Offsets {
            offsets = Map.copyOf(offsets);
        }
    }

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

    /// What comes from now on.
    public static Span fromNow() {
        return new Span(new Now(), new Never());
    }

    public static Span from(Instant time) {
        return new Span(new At(time), new Never());
    }

    /// @param offsets of the first record that is wanted, by partition
    public static Span from(Map<Integer, Long> offsets) {
        return new Span(new Offsets(offsets), new Never());
    }

    public Span untilNow() {
        return new Span(start, new AsOfNow());
    }

    /// @param time exclusive
    public Span until(Instant time) {
        return new Span(start, new Before(time));
    }

    /// Whether reading comes to an end by itself.
    public boolean isBounded() {
        return !(end instanceof Never);
    }
}
