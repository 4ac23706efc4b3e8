package io.sampo.streams.admin;

import java.time.Instant;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/// Which offset of a partition is asked for.
///
/// {@snippet file="AdminGuideTest.java" region="offsets"}
///
/// @param timestampMs since the epoch, or one of Kafka's negative constants
public record OffsetTime(long timestampMs) {

    /// The first record that is still there.
    public static OffsetTime earliest() {
        return new OffsetTime(ListOffsetsRequest.EARLIEST_TIMESTAMP);
    }

    /// The end: one after the last record that may be read.
    public static OffsetTime latest() {
        return new OffsetTime(ListOffsetsRequest.LATEST_TIMESTAMP);
    }

    /// The first record whose timestamp is this or later.
    public static OffsetTime at(Instant time) {
        return new OffsetTime(time.toEpochMilli());
    }
}
