package io.sampo.core.partition;

/// What a leader knows of one replica, itself included. For people: DescribeQuorum.
///
/// @param voter false for a learner
/// @param logEndOffset exclusive; -1 when the replica has not fetched in this epoch
/// @param lastFetchMs when it fetched last; -1 when it has not. Of the leader itself: now
/// @param lastCaughtUpMs when it held the whole log last; -1 when it never did. Of the leader itself: now
public record ReplicaStatus(
        ReplicaId replica, boolean voter, long logEndOffset, long lastFetchMs, long lastCaughtUpMs) {}
