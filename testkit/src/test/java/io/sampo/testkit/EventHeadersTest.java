package io.sampo.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Headers of records that are read: those that were written, and what a deserializer makes of them, as those of
/// Kafka's users do (Spring's takes away the ones that it has understood).
@SampoTest
@Timeout(60)
class EventHeadersTest {

    private static <V> List<Event<String, V>> read(StreamClient client, TestTopic topic, Codec<V> values)
            throws Exception {
        return client.topic(topic.name(), Codec.utf8(), values)
                .read(Span.all().untilNow())
                .runWith(Sink.seq(), client.system())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
    }

    private static void write(StreamClient client, TestTopic topic) throws Exception {
        var texts = client.topic(topic.name(), Codec.utf8(), Codec.utf8());
        byte[] north = "north".getBytes(StandardCharsets.UTF_8);
        texts.send(Outgoing.of("c-17", "bare").toPartition(0))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        texts.send(Outgoing.of("c-17", "marked").toPartition(0).with(new RecordHeader("shop", north)))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        texts.send(Outgoing.of("c-17", "bare again").toPartition(0))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
    }

    @Test
    void eachEventHasTheHeadersOfItsOwnRecord(StreamClient client, TestTopic topic) throws Exception {
        write(client, topic);
        List<Event<String, String>> events = read(client, topic, Codec.utf8());
        assertEquals(
                List.of(0, 1, 0),
                events.stream().map(event -> event.headers().toArray().length).toList());
        assertArrayEquals(
                "north".getBytes(StandardCharsets.UTF_8),
                events.get(1).headers().lastHeader("shop").value());
    }

    @Test
    void aDeserializerMayChangeHeaders(StreamClient client, TestTopic topic) throws Exception {
        write(client, topic);
        Deserializer<String> understanding = new StringDeserializer() {
            @Override
            public String deserialize(String name, Headers headers, byte[] bytes) {
                headers.remove("shop");
                String text = super.deserialize(name, headers, bytes);
                headers.add("length", new byte[] {(byte) text.length()});
                return text;
            }
        };
        List<Event<String, String>> events = read(client, topic, Codec.of(new StringSerializer(), understanding));
        assertEquals(
                List.of(List.of("length"), List.of("length"), List.of("length")),
                events.stream()
                        .map(event -> Arrays.stream(event.headers().toArray())
                                .map(Header::key)
                                .toList())
                        .toList());
        assertEquals(10, events.get(2).headers().lastHeader("length").value()[0]);
    }
}
