package io.sampo.chaos.history;

/// One record batch as it lies in a segment on a replica's disk.
///
/// @param baseOffset first offset, inclusive
/// @param lastOffset last offset, inclusive
/// @param digest of all of its bytes
public record DumpedBatch(long baseOffset, long lastOffset, String digest) {

    /// `base..last:digest`.
    @Override
    public String toString() {
        return baseOffset + ".." + lastOffset + ":" + digest;
    }

    /// @throws IllegalArgumentException when it is not of that form
    public static DumpedBatch parse(String text) {
        int dots = text.indexOf("..");
        int colon = text.indexOf(':');
        if (dots <= 0 || colon < dots) {
            throw new IllegalArgumentException("not a batch: " + text);
        }
        return new DumpedBatch(
                Long.parseLong(text.substring(0, dots)),
                Long.parseLong(text.substring(dots + 2, colon)),
                text.substring(colon + 1));
    }
}
