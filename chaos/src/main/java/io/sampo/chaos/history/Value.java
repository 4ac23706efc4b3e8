package io.sampo.chaos.history;

/// The content of one record: unique in a run.
///
/// @param producer the producer's process, one life of one client
/// @param sequence from 0, counted by the producer for each partition
public record Value(String producer, long sequence) {

    /// `producer/sequence`.
    @Override
    public String toString() {
        return producer + "/" + sequence;
    }

    /// @throws IllegalArgumentException when it is not of that form
    public static Value parse(String text) {
        int slash = text.lastIndexOf('/');
        if (slash <= 0) {
            throw new IllegalArgumentException("not a value: " + text);
        }
        return new Value(text.substring(0, slash).intern(), Long.parseLong(text.substring(slash + 1)));
    }
}
