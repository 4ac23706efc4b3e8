package io.sampo.streams;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CodecTest {
    record Order(String customer, int pieces) {}

    private static <T> @Nullable T through(Codec<T> codec, @Nullable T value) {
        RecordHeaders headers = new RecordHeaders();
        return codec.decode("t", headers, codec.encode("t", headers, value));
    }

    private static <T> void refuses(Codec<T> codec, byte[] bytes) {
        assertThrows(SerializationException.class, () -> codec.decode("t", new RecordHeaders(), bytes));
    }

    @Test
    void nullStaysNull() {
        for (Codec<?> codec :
                List.of(Codec.utf8(), Codec.bytes(), Codec.int64(), Codec.int32(), Codec.json(Order.class))) {
            assertNull(codec.decode("t", new RecordHeaders(), null));
            assertNull(codec.encode("t", new RecordHeaders(), null));
        }
    }

    @Property
    void longsAreWhatKafkaWrites(@ForAll long number) {
        assertEquals(number, through(Codec.int64(), number));
        try (LongSerializer serializer = new LongSerializer()) {
            assertArrayEquals(
                    serializer.serialize("t", number), Codec.int64().encode("t", new RecordHeaders(), number));
        }
    }

    @Test
    void textAndRecordsComeBack() {
        assertEquals("größer", through(Codec.utf8(), "größer"));
        assertEquals(7, through(Codec.int32(), 7));
        assertEquals(new Order("c-17", 3), through(Codec.json(Order.class), new Order("c-17", 3)));
        assertEquals("kafka", through(Codec.of(Serdes.String()), "kafka"));
    }

    @Test
    void whatIsNotTheValueIsAnErrorAndNotSomethingElse() {
        refuses(Codec.utf8(), new byte[] {(byte) 0xff, 0x41});
        refuses(Codec.int64(), new byte[7]);
        refuses(Codec.int32(), new byte[5]);
        refuses(Codec.json(Order.class), "{\"customer\":".getBytes(StandardCharsets.UTF_8));
        refuses(Codec.json(Order.class), "{\"customer\":\"c\",\"colour\":1}".getBytes(StandardCharsets.UTF_8));
    }
}
