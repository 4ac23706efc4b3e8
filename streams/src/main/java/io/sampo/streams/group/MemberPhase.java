package io.sampo.streams.group;

/// Where a member of the classic protocol is.
///
/// ```
/// NEW -> PREPARING -> JOINING -> (ASSIGNING ->) SYNCING -> STABLE -> LEAVING -> CLOSED
///                        ^                         |         |
///                        +-------- DRAINING <------+---------+        any -> FAILED
/// ```
enum MemberPhase {
    NEW,
    /// Finds out about its topics.
    PREPARING,
    /// Has a join request at the coordinator, or is about to.
    JOINING,
    /// Leads, and finds out about the other members' topics.
    ASSIGNING,
    SYNCING,
    STABLE,
    /// Joins when the listener has given up what it must.
    DRAINING,
    LEAVING,
    CLOSED,
    FAILED;

    /// Whether it will never own anything again.
    boolean over() {
        return this == CLOSED || this == FAILED;
    }

    /// Whether the member has its assignment, and the coordinator takes what it commits.
    boolean assigned() {
        return this == STABLE || this == DRAINING;
    }

    /// Whether heartbeats are sent. Not while a request waits at the coordinator: they would wait behind it.
    boolean beats() {
        return this == STABLE || this == DRAINING || this == ASSIGNING;
    }
}
