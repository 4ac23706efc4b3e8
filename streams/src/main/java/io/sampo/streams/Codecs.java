package io.sampo.streams;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/// The codecs behind the factories of [Codec].
final class Codecs {
    static final Codec<String> UTF_8 = new Plain<>(text -> text.getBytes(StandardCharsets.UTF_8), Codecs::text);
    static final Codec<byte[]> BYTES = new Plain<>(Function.identity(), Function.identity());
    static final Codec<Long> INT64 = new Plain<>(
            number -> ByteBuffer.allocate(Long.BYTES).putLong(number).array(),
            bytes -> sized(bytes, Long.BYTES).getLong());
    static final Codec<Integer> INT32 = new Plain<>(
            number -> ByteBuffer.allocate(Integer.BYTES).putInt(number).array(),
            bytes -> sized(bytes, Integer.BYTES).getInt());

    private Codecs() {}

    private static String text(byte[] bytes) {
        try {
            // Not replaced by question marks: what cannot be read must not pass for something else.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException wrong) {
            throw new SerializationException("not UTF-8", wrong);
        }
    }

    private static ByteBuffer sized(byte[] bytes, int size) {
        if (bytes.length != size) {
            throw new SerializationException(bytes.length + " bytes where a number has " + size);
        }
        return ByteBuffer.wrap(bytes);
    }

    static <T> Codec<T> json(ObjectMapper mapper, Class<T> type) {
        ObjectWriter writer = mapper.writerFor(type);
        ObjectReader reader = mapper.readerFor(type);
        return new Plain<>(
                value -> {
                    try {
                        return writer.writeValueAsBytes(value);
                    } catch (JacksonException wrong) {
                        throw new SerializationException("no JSON of " + type.getSimpleName(), wrong);
                    }
                },
                bytes -> {
                    try {
                        return reader.readValue(bytes);
                    } catch (IOException wrong) {
                        throw new SerializationException("no " + type.getSimpleName() + " in JSON", wrong);
                    }
                });
    }

    /// Whether it neither reads nor changes the headers of a record.
    static boolean leavesHeaders(Codec<?> codec) {
        return codec instanceof Plain;
    }

    /// Null stays null.
    private record Plain<T>(Function<T, byte[]> encoder, Function<byte[], T> decoder) implements Codec<T> {
        @Override
        public byte @Nullable [] encode(String topic, Headers headers, @Nullable T value) {
            return value == null ? null : encoder.apply(value);
        }

        @Override
        public @Nullable T decode(String topic, Headers headers, byte @Nullable [] bytes) {
            return bytes == null ? null : decoder.apply(bytes);
        }
    }

    /// Kafka's serializers, which want to know the topic and may use headers.
    record OfKafka<T>(Serializer<T> serializer, Deserializer<T> deserializer) implements Codec<T> {
        @Override
        public byte @Nullable [] encode(String topic, Headers headers, @Nullable T value) {
            return serializer.serialize(topic, headers, value);
        }

        @Override
        public @Nullable T decode(String topic, Headers headers, byte @Nullable [] bytes) {
            return deserializer.deserialize(topic, headers, bytes);
        }
    }
}
