package io.sampo.testkit.guide;

import static io.sampo.testkit.guide.Waiting.outcome;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Sent;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.testkit.SampoTest;
import io.sampo.testkit.TestNode;
import io.sampo.testkit.TestTopic;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.pekko.Done;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Examples of writing.
@SampoTest
@Timeout(60)
class WritingGuideTest {

    private static List<Event<String, Order>> all(StreamClient client, TestTopic topic) throws Exception {
        return outcome(client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class))
                .read(Span.all().untilNow())
                .runWith(Sink.seq(), client.system()));
    }

    @Test
    void connect(TestNode node, TestTopic topic) throws Exception {
        String bootstrapServers = node.bootstrapServers();
        String name = topic.name();
        // @start region="connect"
        try (StreamClient client = StreamClient.connect(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 20, "compression.type", "zstd"))) {
            Topic<String, Order> orders = client.topic(name, Codec.utf8(), Codec.json(Order.class));
            orders.send("c-17", new Order("c-17", "lamp", 2));
        } // waits for what was sent
        // @end
        try (StreamClient reader = StreamClient.connect(bootstrapServers)) {
            assertEquals("lamp", all(reader, topic).getFirst().value().article());
        }
    }

    @Test
    void send(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        // @start region="send"
        CompletionStage<Sent> sent = orders.send("c-17", new Order("c-17", "lamp", 2));
        CompletionStage<String> where = sent.thenApply(at -> at.partition() + " at offset " + at.offset());
        // @end
        assertTrue(outcome(where).endsWith(" at offset 0"));
    }

    @Test
    void flush(TestNode node, TestTopic topic) throws Exception {
        Map<String, Object> patient = Map.of("bootstrap.servers", node.bootstrapServers(), "linger.ms", 60_000);
        try (StreamClient client = StreamClient.connect(patient)) {
            Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
            outcome(client.flush());
            // @start region="flush"
            CompletionStage<Sent> lamp = orders.send("c-17", new Order("c-17", "lamp", 2));
            CompletionStage<Sent> desk = orders.send("c-17", new Order("c-17", "desk", 1));
            CompletionStage<Void> both = client.flush(); // whatever linger.ms is
            // @end
            outcome(both);
            assertTrue(lamp.toCompletableFuture().isDone());
            assertEquals(1, outcome(desk).offset() - outcome(lamp).offset());
        }
    }

    @Test
    void sendThen(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        Order order = new Order("c-17", "lamp", 2);
        Order next = new Order("c-17", "book", 1);
        Queue<Long> seen = new ConcurrentLinkedQueue<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            // @start region="send-then"
            CompletionStage<Sent> sent = orders.send("c-17", order);
            CompletionStage<?> noted = sent.thenAccept(at -> seen.add(at.offset())); // short, and waits for nothing
            CompletionStage<Sent> second =
                    sent.thenComposeAsync(_ -> orders.send("c-17", next), threads); // may wait: on a thread of its own
            // @end
            outcome(noted);
            assertEquals(1, outcome(second).offset());
        }
        assertEquals(List.of(0L), List.copyOf(seen));
    }

    @Test
    void outgoing(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        // @start region="outgoing"
        CompletionStage<Sent> sent = orders.send(Outgoing.of("c-17", new Order("c-17", "lamp", 2))
                .toPartition(1)
                .at(Instant.parse("2026-01-01T00:00:00Z").toEpochMilli())
                .with(new RecordHeader("shop", "north".getBytes(StandardCharsets.UTF_8))));
        // @end
        assertEquals(1, outcome(sent).partition());
        Event<String, Order> event = all(client, topic).getFirst();
        assertEquals(Instant.parse("2026-01-01T00:00:00Z").toEpochMilli(), event.timestampMs());
        assertEquals("north", new String(event.headers().lastHeader("shop").value(), StandardCharsets.UTF_8));
    }

    @Test
    void sink(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        List<Order> list = List.of(new Order("c-17", "lamp", 2), new Order("c-18", "book", 1));
        // @start region="sink"
        CompletionStage<Done> written = Source.from(list).runWith(orders.sink(Order::customerId), client.system());
        // @end
        outcome(written);
        assertEquals(
                Set.of("lamp", "book"),
                all(client, topic).stream()
                        .map(event -> event.value().article())
                        .collect(Collectors.toSet()));
    }

    @Test
    void flow(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        List<Order> list = List.of(new Order("c-17", "lamp", 2), new Order("c-17", "book", 1));
        // @start region="flow"
        Source<String, ?> receipts = Source.from(list)
                .map(order -> Pair.create(Outgoing.of(order.customerId(), order), order.article()))
                .via(orders.flow())
                .map(written ->
                        written.second() + " at offset " + written.first().offset());
        // @end
        assertEquals(
                List.of("lamp at offset 0", "book at offset 1"),
                outcome(receipts.runWith(Sink.seq(), client.system())));
    }

    @Test
    void codecs(StreamClient client, TestTopic topic) throws Exception {
        String name = topic.name();
        // @start region="codecs"
        Topic<String, Order> json = client.topic(name, Codec.utf8(), Codec.json(Order.class));
        Topic<byte[], byte[]> raw = client.topic(name, Codec.bytes(), Codec.bytes());
        Topic<String, Double> kafkas = client.topic(name, Codec.utf8(), Codec.of(Serdes.Double()));
        // @end
        outcome(json.send("c-17", new Order("c-17", "lamp", 2)));
        byte[] value = outcome(raw.read(Span.all().untilNow()).runWith(Sink.head(), client.system()))
                .value();
        assertTrue(new String(value, StandardCharsets.UTF_8).contains("lamp"));
        assertEquals(name, kafkas.name());
    }
}
