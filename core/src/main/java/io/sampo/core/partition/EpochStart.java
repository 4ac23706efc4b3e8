package io.sampo.core.partition;

/// A zero-width marker in the log: from `startOffset` (inclusive) on, batches were written by the leader of
/// `leaderEpoch` (docs of replication, protocol C). Epochs strictly increase from one marker to the next, start
/// offsets never decrease.
public record EpochStart(int leaderEpoch, long startOffset) {}
