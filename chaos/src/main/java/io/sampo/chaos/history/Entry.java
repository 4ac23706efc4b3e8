package io.sampo.chaos.history;

/// One record as a consumer got it.
///
/// @param leaderEpoch of its batch; -1 when the client does not know it
public record Entry(long offset, Value value, int leaderEpoch) {

    /// `offset:producer/sequence@epoch`.
    @Override
    public String toString() {
        return offset + ":" + value + "@" + leaderEpoch;
    }

    /// @throws IllegalArgumentException when it is not of that form
    public static Entry parse(String text) {
        int colon = text.indexOf(':');
        int at = text.lastIndexOf('@');
        if (colon <= 0 || at < colon) {
            throw new IllegalArgumentException("not an entry: " + text);
        }
        return new Entry(
                Long.parseLong(text.substring(0, colon)),
                Value.parse(text.substring(colon + 1, at)),
                Integer.parseInt(text.substring(at + 1)));
    }
}
