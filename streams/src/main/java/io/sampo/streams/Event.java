package io.sampo.streams;

import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/// A record as it was read from a topic.
///
/// {@snippet file="ReadingGuideTest.java" region="event"}
///
/// @param partition 0-based
/// @param offset of this record in its partition
/// @param timestampMs since the epoch, as `timestampType` says: -1 when the record has none
/// @param key null when the record has none
/// @param value null for a tombstone
/// @param headers not to be changed, only by a codec while it decodes; may be read-only
/// @param leaderEpoch of the batch; empty before message format v2
public record Event<K, V>(
        String topic,
        int partition,
        long offset,
        long timestampMs,
        TimestampType timestampType,
        @Nullable K key,
        @Nullable V value,
        Headers headers,
        Optional<Integer> leaderEpoch) {

    /// Whether it deletes its key in a compacted topic.
    public boolean isTombstone() {
        return value == null;
    }
}
