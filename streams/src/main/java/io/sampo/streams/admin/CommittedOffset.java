package io.sampo.streams.admin;

/// What a group has committed for a partition.
///
/// {@snippet file="AdminGuideTest.java" region="group-offsets"}
///
/// @param offset of the next record that it will read
/// @param leaderEpoch of the record before it; -1 when unknown
/// @param metadata that was committed with it; may be empty
public record CommittedOffset(long offset, int leaderEpoch, String metadata) {}
