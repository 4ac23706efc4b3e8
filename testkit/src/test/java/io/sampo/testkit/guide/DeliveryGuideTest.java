package io.sampo.testkit.guide;

import static io.sampo.testkit.guide.Waiting.outcome;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.streams.Ack;
import io.sampo.streams.Codec;
import io.sampo.streams.Delivery;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Running;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.testkit.SampoTest;
import io.sampo.testkit.TestTopic;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Examples of streams of deliveries.
@SampoTest
@Timeout(60)
class DeliveryGuideTest {

    /// Where orders are kept.
    private static final class Database {
        final BlockingQueue<String> saved = new LinkedBlockingQueue<>();

        CompletionStage<Integer> save(Event<String, Order> event) {
            return saveAll(List.of(event));
        }

        CompletionStage<Integer> saveAll(List<Event<String, Order>> events) {
            events.forEach(event -> saved.add(event.value().article()));
            return CompletableFuture.completedFuture(events.size());
        }

        String next() throws InterruptedException {
            String article = saved.poll(30, TimeUnit.SECONDS);
            return article == null ? "nothing" : article;
        }
    }

    private final Database database = new Database();

    private static Topic<String, Order> written(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        outcome(orders.send("c-17", new Order("c-17", "lamp", 2)));
        return orders;
    }

    /// All that was acknowledged is committed when it has left the group.
    private static void assertCommitted(StreamClient client, TestTopic topic, String group, Running running)
            throws Exception {
        outcome(running.drain(Duration.ofSeconds(30)));
        long committed = outcome(client.admin().groupOffsets(group)).entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(topic.name()))
                .mapToLong(entry -> entry.getValue().offset())
                .sum();
        assertEquals(1, committed);
    }

    @Test
    void source(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        // @start region="source"
        Running audit = orders.source(Group.named("audit"))
                .mapAsync(32, delivery -> database.save(delivery.get()).thenApply(delivery::with))
                .to(Ack.sink())
                .run(client.system());
        // @end
        assertEquals("lamp", database.next());
        assertCommitted(client, topic, "audit", audit);
    }

    @Test
    void batches(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        // @start region="batches"
        Running archive = orders.source(Group.named("archive"))
                .groupedWithin(1_000, Duration.ofMillis(200))
                .map(Delivery::all)
                .mapAsync(1, batch -> database.saveAll(batch.get()).thenApply(batch::with))
                .to(Ack.sink())
                .run(client.system());
        // @end
        assertEquals("lamp", database.next());
        assertCommitted(client, topic, "archive", archive);
    }

    @Test
    void split(StreamClient client, TestTopic topic, TestTopic target) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        Topic<String, String> pieces = client.topic(target.name(), Codec.utf8(), Codec.utf8());
        // @start region="split"
        Running packing = orders.source(Group.named("packing"))
                .mapConcat(delivery -> delivery.split(event -> java.util.Collections.nCopies(
                        event.value().amount(), event.value().article())))
                .map(piece -> Pair.create(Outgoing.of(piece.get(), piece.get()), piece))
                .via(pieces.flow()) // the order is done when all its pieces are written
                .map(Pair::second)
                .to(Ack.sink())
                .run(client.system());
        // @end
        assertEquals(
                List.of("lamp", "lamp"),
                outcome(pieces.read(Span.all()).take(2).map(Event::value).runWith(Sink.seq(), client.system())));
        assertCommitted(client, topic, "packing", packing);
    }

    @Test
    void anyWork(StreamClient client) throws Exception {
        BlockingQueue<TopicPartition> done = new LinkedBlockingQueue<>();
        // @start region="delivery"
        Delivery<String> delivery = Delivery.of("lamp", () -> done.add(new TopicPartition("orders", 0)));
        CompletionStage<List<Integer>> lengths = Source.single(delivery)
                .map(text -> text.map(String::length))
                .via(Ack.flow())
                .runWith(Sink.seq(), client.system());
        // @end
        assertEquals(List.of(4), outcome(lengths));
        assertEquals(1, done.size());
    }
}
