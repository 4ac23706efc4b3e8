package io.sampo.config.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/// One record a line, both ways. In JSON a text is `"key": "..."`; bytes that are no UTF-8 are `"keyBase64":
/// "..."`.
final class RecordFormat {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RecordFormat() {}

    /// @throws IllegalArgumentException when the line is no JSON object of a record, with what is wrong
    static ProducerRecord<byte[], byte[]> fromJson(String topic, String line) {
        JsonNode object;
        try {
            object = JSON.readTree(line);
        } catch (JsonProcessingException wrong) {
            throw new IllegalArgumentException("not JSON: " + wrong.getOriginalMessage(), wrong);
        }
        if (object == null || !object.isObject()) {
            throw new IllegalArgumentException("not a JSON object: " + line);
        }
        List<Header> headers = new ArrayList<>();
        JsonNode headersNode = object.path("headers");
        headersNode
                .properties()
                .forEach(entry -> headers.add(new RecordHeader(
                        entry.getKey(),
                        entry.getValue().isNull()
                                ? null
                                : entry.getValue().asText().getBytes(StandardCharsets.UTF_8))));
        JsonNode partition = object.path("partition");
        JsonNode timestamp = object.path("timestamp");
        return new ProducerRecord<>(
                topic,
                partition.isInt() ? partition.asInt() : null,
                timestamp.isMissingNode() || timestamp.isNull() ? null : timestampMs(timestamp),
                bytes(object, "key"),
                bytes(object, "value"),
                headers);
    }

    static String toJson(ConsumerRecord<byte[], byte[]> record) throws JsonProcessingException {
        ObjectNode object = JSON.createObjectNode();
        object.put("topic", record.topic());
        object.put("partition", record.partition());
        object.put("offset", record.offset());
        // -1: the record has no timestamp.
        object.put(
                "timestamp",
                record.timestamp() < 0
                        ? null
                        : Instant.ofEpochMilli(record.timestamp()).toString());
        put(object, "key", record.key());
        put(object, "value", record.value());
        if (record.headers().iterator().hasNext()) {
            ObjectNode headers = object.putObject("headers");
            for (Header header : record.headers()) {
                put(headers, header.key(), header.value());
            }
        }
        return JSON.writeValueAsString(object);
    }

    private static long timestampMs(JsonNode timestamp) {
        return timestamp.isNumber()
                ? timestamp.asLong()
                : Instant.parse(timestamp.asText()).toEpochMilli();
    }

    private static byte @Nullable [] bytes(JsonNode object, String field) {
        JsonNode base64 = object.path(field + "Base64");
        if (base64.isTextual()) {
            return Base64.getDecoder().decode(base64.asText());
        }
        JsonNode node = object.path(field);
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        return (node.isTextual() ? node.asText() : node.toString()).getBytes(StandardCharsets.UTF_8);
    }

    private static void put(ObjectNode object, String field, byte @Nullable [] bytes) {
        if (bytes == null) {
            object.putNull(field);
            return;
        }
        try {
            object.put(
                    field,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException _) {
            object.put(field + "Base64", Base64.getEncoder().encodeToString(bytes));
        }
    }
}
