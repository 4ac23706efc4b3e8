package io.sampo.streams.group;

/// Where a member of the consumer protocol is.
///
/// ```
/// NEW -> PREPARING -> JOINING <-> JOINED -> LEAVING -> CLOSED        any -> FAILED
/// ```
enum ConsumerPhase {
    NEW,
    /// Finds out about its topics.
    PREPARING,
    /// Owns nothing, and asks to be in the group.
    JOINING,
    JOINED,
    LEAVING,
    CLOSED,
    FAILED;

    /// Whether it will never own anything again.
    boolean over() {
        return this == CLOSED || this == FAILED;
    }

    boolean beats() {
        return this == JOINING || this == JOINED;
    }
}
