package io.sampo.streams;

import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/// A record on its way to a topic.
///
/// {@snippet file="WritingGuideTest.java" region="outgoing"}
///
/// @param key decides the partition, as with Kafka's clients (murmur2); null: a sticky partition is chosen
/// @param value null for a tombstone
/// @param partition empty unless this record must go to a certain one
/// @param timestampMs since the epoch; empty: when it is sent
/// @param headers are copied when the record is sent; [#with] gives a record that has one more
public record Outgoing<K, V>(
        @Nullable K key, @Nullable V value, OptionalInt partition, OptionalLong timestampMs, Headers headers) {

    /// Without headers; the key chooses the partition, and the timestamp is that of sending.
    ///
    /// @param key null: none
    /// @param value null: a tombstone
    public static <K, V> Outgoing<K, V> of(@Nullable K key, @Nullable V value) {
        return new Outgoing<>(key, value, OptionalInt.empty(), OptionalLong.empty(), new RecordHeaders());
    }

    /// To this partition, whatever the key.
    ///
    /// @param newPartition 0-based. One that the topic does not have fails the record after `max.block.ms`,
    ///     a negative one at once; see [Topic#send]
    public Outgoing<K, V> toPartition(int newPartition) {
        return new Outgoing<>(key, value, OptionalInt.of(newPartition), timestampMs, headers);
    }

    /// With this timestamp. A topic with `message.timestamp.type=LogAppendTime` puts its own in its place.
    ///
    /// @param newTimestampMs since the epoch
    public Outgoing<K, V> at(long newTimestampMs) {
        return new Outgoing<>(key, value, partition, OptionalLong.of(newTimestampMs), headers);
    }

    /// With one more header; this record stays as it is.
    public Outgoing<K, V> with(Header header) {
        RecordHeaders more = new RecordHeaders(headers);
        more.add(header);
        return new Outgoing<>(key, value, partition, timestampMs, more);
    }
}
