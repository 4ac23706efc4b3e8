package io.sampo.bench.client;

/// What a worker is asked to do.
///
/// @param partitions of the topic
/// @param recordBytes size of a record's value
/// @param available records that are in the topic, to be read; 0 for the others
/// @param seconds how long
public record Work(Kind kind, String topic, int partitions, int recordBytes, long available, int seconds) {
    private static final int FIELDS = 6;

    /// Kinds of work.
    public enum Kind {
        /// As fast as it goes.
        WRITE,
        /// All that is there, from the beginning, again and again.
        READ,
        /// Writes at a fixed rate while another stream of the same client reads the topic's end.
        PACE
    }

    /// One line.
    public String format() {
        return String.join(
                " ",
                kind.name(),
                topic,
                Integer.toString(partitions),
                Integer.toString(recordBytes),
                Long.toString(available),
                Integer.toString(seconds));
    }

    /// @throws IllegalArgumentException when it is no line of [#format]
    public static Work parse(String line) {
        String[] fields = line.split(" ", -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("not a work of " + FIELDS + " fields: " + line);
        }
        return new Work(
                Kind.valueOf(fields[0]),
                fields[1],
                Integer.parseInt(fields[2]),
                Integer.parseInt(fields[3]),
                Long.parseLong(fields[4]),
                Integer.parseInt(fields[5]));
    }
}
