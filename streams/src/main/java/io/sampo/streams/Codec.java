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

    /// Text in UTF-8. Bytes that are not UTF-8 are an error: `decode` throws a
    /// [org.apache.kafka.common.errors.SerializationException]. What has no place in UTF-8, half a
    /// surrogate pair, is written as `?`.
    static Codec<String> utf8() {
        return Codecs.UTF_8;
    }

    /// The bytes as they are, in both directions: not copied, and never an error.
    static Codec<byte[]> bytes() {
        return Codecs.BYTES;
    }

    /// 8 bytes, big endian, as Kafka's LongSerializer writes them. `decode` throws a
    /// [org.apache.kafka.common.errors.SerializationException] for more or fewer.
    static Codec<Long> int64() {
        return Codecs.INT64;
    }

    /// 4 bytes, big endian, as Kafka's IntegerSerializer writes them. `decode` throws a
    /// [org.apache.kafka.common.errors.SerializationException] for more or fewer.
    static Codec<Integer> int32() {
        return Codecs.INT32;
    }

    /// JSON by Jackson, which knows records and plain classes. Fields that `type` does not have are an
    /// error: `decode` throws a [org.apache.kafka.common.errors.SerializationException], as it does for
    /// bytes that are no JSON, and `encode` for a value that Jackson cannot write. The JSON text `null` is
    /// read as null, as a tombstone is.
    static <T> Codec<T> json(Class<T> type) {
        return Codecs.json(new ObjectMapper(), type);
    }

    /// JSON by a Jackson that was set up as you like it; errors as those of [#json(Class)].
    ///
    /// @param mapper is not to be changed afterwards
    static <T> Codec<T> json(ObjectMapper mapper, Class<T> type) {
        return Codecs.json(mapper, type);
    }

    /// Kafka's own serializers, configured and closed by their owner; they are called by many threads at
    /// once. What they throw comes out as it is, a [org.apache.kafka.common.errors.SerializationException]
    /// as a rule.
    static <T> Codec<T> of(Serializer<T> serializer, Deserializer<T> deserializer) {
        return new Codecs.OfKafka<>(serializer, deserializer);
    }

    /// As [#of(Serializer, Deserializer)], with both of a serde.
    static <T> Codec<T> of(Serde<T> serde) {
        return of(serde.serializer(), serde.deserializer());
    }

    /// @param headers of the record, which it may add to
    /// @return null for null
    /// @throws RuntimeException when the value cannot be written: [Topic#send] throws it, streams fail with
    ///     it
    byte @Nullable [] encode(String topic, Headers headers, @Nullable T value);

    /// @param bytes null for a missing key or a tombstone
    /// @throws RuntimeException when the bytes do not stand for a value: readers get it as the cause of an
    ///     [UndecodableRecord], and what becomes of the record then is the consumption's choice
    @Nullable
    T decode(String topic, Headers headers, byte @Nullable [] bytes);
}
