package io.sampo.streams.fetch;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/// A record as it stands in a batch. Its buffers are views that are valid until the chunk is closed.
///
/// @param offset in the partition
/// @param timestampMs since the epoch; -1 when the record has none
/// @param leaderEpoch of the batch; empty before message format v2
/// @param key null when the record has none
/// @param value null for a tombstone
/// @param headers not to be changed; empty when there are none
public record FetchedRecord(
        long offset,
        long timestampMs,
        TimestampType timestampType,
        Optional<Integer> leaderEpoch,
        @Nullable ByteBuffer key,
        @Nullable ByteBuffer value,
        Header[] headers) {

    /// A copy of the key, valid for ever.
    public byte @Nullable [] keyBytes() {
        return copy(key);
    }

    /// A copy of the value, valid for ever.
    public byte @Nullable [] valueBytes() {
        return copy(value);
    }

    private static byte @Nullable [] copy(@Nullable ByteBuffer view) {
        if (view == null) {
            return null;
        }
        byte[] bytes = new byte[view.remaining()];
        view.get(view.position(), bytes);
        return bytes;
    }
}
