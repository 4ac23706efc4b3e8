package io.sampo.streams.fetch;

/// A question to ListOffsets about one partition.
///
/// @param purpose what the answer is for
/// @param timestamp milliseconds since the epoch, or one of the constants here
record Lookup(Purpose purpose, long timestamp) {

    /// The high watermark, or the last stable offset when reading committed records only.
    static final long LATEST = -1;
    /// The log start offset.
    static final long EARLIEST = -2;
    /// The first offset that is on the leader's own disk, not in remote storage.
    static final long EARLIEST_LOCAL = -4;

    enum Purpose {
        START,
        END,
        /// For the words of a failure: the first offset that is there.
        RANGE_FIRST,
        /// For the words of a failure: the exclusive end of what is there.
        RANGE_END,
        /// Whether answers without records prove that there are none.
        LOCAL_START
    }

    /// The same question when no record has such a timestamp: the end of the log as of now.
    Lookup atTheEnd() {
        return new Lookup(purpose, LATEST);
    }
}
