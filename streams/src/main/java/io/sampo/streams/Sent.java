package io.sampo.streams;

/// Where an acknowledged record is.
///
/// {@snippet file="WritingGuideTest.java" region="send"}
///
/// @param offset -1 when the broker does not know it any more: it was acknowledged before, and sent once more
/// @param timestampMs that the record has in the log
public record Sent(String topic, int partition, long offset, long timestampMs) {}
