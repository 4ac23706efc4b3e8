package io.sampo.streams;

import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/// How values of one type become the bytes of a record's key or value, and back.
///
/// Thread rule: called by many threads at once; keep no state.
///
/// @param <T> what an application sees; null stands for a record without key, or a tombstone
public interface Codec<T> {

    /// @return null for null
    byte @Nullable [] encode(String topic, Headers headers, @Nullable T value);

    /// @param bytes null for a missing key or a tombstone
    /// @throws RuntimeException when the bytes do not stand for a value; what becomes of the record then is the
    ///     consumption's choice
    @Nullable
    T decode(String topic, Headers headers, byte @Nullable [] bytes);
}
