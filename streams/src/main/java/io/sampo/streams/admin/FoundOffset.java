package io.sampo.streams.admin;

/// An offset that was asked for.
///
/// {@snippet file="AdminGuideTest.java" region="offsets"}
///
/// @param offset -1 when no record is as late as the time that was asked for
/// @param timestampMs of the record when it was asked for by time, else -1
/// @param leaderEpoch -1 when unknown
public record FoundOffset(long offset, long timestampMs, int leaderEpoch) {}
