package io.sampo.core.partition;

/// What a replica is doing, for display and tests.
public enum ReplicaRole {
    /// Votes, and follows a leader or waits for one.
    FOLLOWER,
    /// Follows without a vote.
    LEARNER,
    /// Asks whether others would promise.
    PRE_CANDIDATE,
    /// Collects promises.
    CANDIDATE,
    /// Takes over the best log.
    ADOPTING,
    /// Its marker is not committed yet: serves no clients.
    STARTING_LEADER,
    LEADER,
    /// Not open yet, closed, at its end, or without a usable disk.
    OFFLINE
}
