package io.sampo.streams;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/// How values of one type become the bytes of a record's key or value, and back.
///
/// {@snippet file="WritingGuideTest.java" region="codecs"}
///
/// Thread rule: called by many threads at once; keep no state.
///
/// @param <T> what an application sees; null stands for a record without key, or a tombstone
public interface Codec<T> {

    /// Text in UTF-8. Bytes that are not UTF-8 are an error.
    static Codec<String> utf8() {
        return Codecs.UTF_8;
    }

    /// The bytes as they are.
    static Codec<byte[]> bytes() {
        return Codecs.BYTES;
    }

    /// 8 bytes, big endian, as Kafka's LongSerializer writes them.
    static Codec<Long> int64() {
        return Codecs.INT64;
    }

    /// 4 bytes, big endian, as Kafka's IntegerSerializer writes them.
    static Codec<Integer> int32() {
        return Codecs.INT32;
    }

    /// JSON by Jackson, which knows records and plain classes. Fields that `type` does not have are an error.
    static <T> Codec<T> json(Class<T> type) {
        return Codecs.json(new ObjectMapper(), type);
    }

    /// JSON by a Jackson that was set up as you like it.
    static <T> Codec<T> json(ObjectMapper mapper, Class<T> type) {
        return Codecs.json(mapper, type);
    }

    /// Kafka's own serializers, configured by their owner; they are called by many threads at once.
    static <T> Codec<T> of(Serializer<T> serializer, Deserializer<T> deserializer) {
        return new Codecs.OfKafka<>(serializer, deserializer);
    }

    /// Kafka's own serializers, configured by their owner; they are called by many threads at once.
    static <T> Codec<T> of(Serde<T> serde) {
        return of(serde.serializer(), serde.deserializer());
    }

    /// @return null for null
    byte @Nullable [] encode(String topic, Headers headers, @Nullable T value);

    /// @param bytes null for a missing key or a tombstone
    /// @throws RuntimeException when the bytes do not stand for a value; what becomes of the record then is the
    ///     consumption's choice
    @Nullable
    T decode(String topic, Headers headers, byte @Nullable [] bytes);
}
