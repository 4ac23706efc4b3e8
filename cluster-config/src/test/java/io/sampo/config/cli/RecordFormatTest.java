package io.sampo.config.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordFormatTest {

    @Test
    void aJsonLineGivesAllPartsOfARecord() {
        ProducerRecord<byte[], byte[]> record = RecordFormat.fromJson(
                "orders",
                "{\"key\": \"c1\", \"value\": {\"price\": 3}, \"headers\": {\"source\": \"shell\", \"none\": null},"
                        + " \"partition\": 2, \"timestamp\": \"2026-01-31T08:00:00Z\"}");

        assertEquals("c1", new String(record.key(), StandardCharsets.UTF_8));
        assertEquals("{\"price\":3}", new String(record.value(), StandardCharsets.UTF_8));
        assertEquals(2, record.partition());
        assertEquals(1_769_846_400_000L, record.timestamp());
        assertEquals("shell", new String(record.headers().lastHeader("source").value(), StandardCharsets.UTF_8));
        assertNull(record.headers().lastHeader("none").value());
    }

    @Test
    void aMissingOrNullValueIsATombstone() {
        assertNull(RecordFormat.fromJson("orders", "{\"key\": \"c1\"}").value());
        assertNull(RecordFormat.fromJson("orders", "{\"key\": \"c1\", \"value\": null}")
                .value());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "[1]", "{\"key\": ", "17"})
    void whatIsNoRecordIsRefused(String line) {
        assertThrows(IllegalArgumentException.class, () -> RecordFormat.fromJson("orders", line));
    }

    @Property
    void anyBytesComeBackFromJson(@ForAll byte[] key, @ForAll byte[] value) throws Exception {
        String line = RecordFormat.toJson(new ConsumerRecord<>("orders", 0, 0, key, value));

        ProducerRecord<byte[], byte[]> record = RecordFormat.fromJson("orders", line);

        assertArrayEquals(key, record.key());
        assertArrayEquals(value, record.value());
    }
}
