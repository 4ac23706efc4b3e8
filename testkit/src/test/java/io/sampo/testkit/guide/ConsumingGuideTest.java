package io.sampo.testkit.guide;

import static io.sampo.testkit.guide.Waiting.outcome;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.HandlerFailed;
import io.sampo.streams.Lag;
import io.sampo.streams.Ordering;
import io.sampo.streams.Retry;
import io.sampo.streams.Running;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.streams.UnsupportedFeature;
import io.sampo.testkit.SampoTest;
import io.sampo.testkit.TestNode;
import io.sampo.testkit.TestTopic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Examples of working on a topic with a group.
@SampoTest
@Timeout(60)
class ConsumingGuideTest {

    /// Who is charged.
    private static final class Ledger {
        final BlockingQueue<Order> charged = new LinkedBlockingQueue<>();

        void charge(Order order) {
            if (order.amount() < 0) {
                throw new IllegalArgumentException("amount " + order.amount());
            }
            charged.add(order);
        }

        CompletionStage<Order> chargeLater(Order order) {
            charge(order);
            return CompletableFuture.completedFuture(order);
        }

        String next() throws InterruptedException {
            Order order = charged.poll(30, TimeUnit.SECONDS);
            return order == null ? "nothing" : order.article();
        }
    }

    private final Ledger ledger = new Ledger();

    private static Topic<String, Order> written(StreamClient client, TestTopic topic, Order... list) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        outcome(Source.from(List.of(list)).runWith(orders.sink(Order::customerId), client.system()));
        return orders;
    }

    @Test
    void overview(TestNode node, TestTopic unique, TestTopic dead) throws Exception {
        String bootstrapServers = node.bootstrapServers();
        String name = unique.name();
        String deadName = dead.name();
        Order order = new Order("c-17", "lamp", 2);
        List<Long> seen = new CopyOnWriteArrayList<>();
        // @start region="overview"
        try (StreamClient client = StreamClient.connect(bootstrapServers)) {
            Topic<String, Order> orders = client.topic(name, Codec.utf8(), Codec.json(Order.class));
            orders.send("c-17", order).thenAccept(sent -> seen.add(sent.offset()));
            Running billing = orders.consume(Group.named("billing"))
                    .ordering(Ordering.KEY)
                    .concurrency(256)
                    .retry(Retry.exponential(Duration.ofMillis(200), Duration.ofMinutes(5))
                            .max(8)
                            .thenDeadLetter(deadName))
                    .handle(event -> ledger.charge(event.value())); // a virtual thread for each record
            billing.lag().thenAccept(lag -> seen.add(lag.records()));
            // @end
            assertEquals("lamp", ledger.next());
            billing.close();
        }
        assertEquals(0, seen.getFirst());
    }

    @Test
    void handle(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic, new Order("c-17", "lamp", 2));
        // @start region="handle"
        Running billing = orders.consume(Group.named("billing"))
                .ordering(Ordering.KEY)
                .concurrency(256)
                .handle(event -> ledger.charge(event.value())); // a virtual thread for each record
        // @end
        assertEquals("lamp", ledger.next());
        billing.close();
    }

    @Test
    void handleAsync(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic, new Order("c-17", "lamp", 2));
        // @start region="handle-async"
        Running billing =
                orders.consume(Group.named("billing")).handleAsync(event -> ledger.chargeLater(event.value()));
        // @end
        assertEquals("lamp", ledger.next());
        billing.close();
    }

    @Test
    void retry(StreamClient client, TestTopic topic, TestTopic dead) throws Exception {
        Topic<String, Order> orders =
                written(client, topic, new Order("c-17", "lamp", -1), new Order("c-18", "book", 1));
        String deadTopic = dead.name();
        // @start region="retry"
        Running billing = orders.consume(Group.named("billing"))
                .retry(Retry.exponential(Duration.ofMillis(200), Duration.ofMinutes(5))
                        .max(3)
                        .thenDeadLetter(deadTopic))
                .handle(event -> ledger.charge(event.value()));
        // @end
        assertEquals("book", ledger.next());
        Event<String, Order> letter = outcome(client.topic(deadTopic, Codec.utf8(), Codec.json(Order.class))
                .read(Span.all())
                .runWith(Sink.head(), client.system()));
        assertEquals("lamp", letter.value().article());
        billing.close();
    }

    @Test
    void thenStop(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic, new Order("c-17", "lamp", -1));
        // @start region="then-stop"
        Running billing = orders.consume(Group.named("careful"))
                .retry(Retry.exponential(Duration.ofMillis(50), Duration.ofSeconds(1))
                        .max(3)
                        .thenStop())
                .handle(event -> ledger.charge(event.value()));
        CompletionStage<Integer> attempts = billing.completion()
                .handle((_, failure) -> failure instanceof HandlerFailed stopped ? stopped.attempts() : 0);
        // @end
        assertEquals(3, outcome(attempts));
    }

    @Test
    void thenSkip(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders =
                written(client, topic, new Order("c-17", "lamp", -1), new Order("c-17", "book", 1));
        // @start region="then-skip"
        Running counting = orders.consume(Group.named("counting"))
                .retry(Retry.exponential(Duration.ofMillis(50), Duration.ofSeconds(1))
                        .max(2)
                        .thenSkip())
                .handle(event -> ledger.charge(event.value()));
        // @end
        assertEquals("book", ledger.next());
        outcome(counting.drain(Duration.ofSeconds(30)));
        long committed = outcome(client.admin().groupOffsets("counting")).entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(topic.name()))
                .mapToLong(entry -> entry.getValue().offset())
                .sum();
        assertEquals(2, committed);
    }

    @Test
    void whenNew(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic, new Order("c-17", "lamp", 2));
        // @start region="when-new"
        Group live = Group.named("live").whenNew(Group.Reset.LATEST); // what comes from now on
        Running watching = orders.consume(live).handle(event -> ledger.charge(event.value()));

        Group resumed = Group.named("resumed").whenNew(Group.Reset.NONE); // where the group stands, or not at all
        CompletionStage<Boolean> hadNoOffset = orders.consume(resumed)
                .handle(event -> ledger.charge(event.value()))
                .completion()
                .handle((_, failure) -> failure instanceof NoOffsetForPartitionException);
        // @end
        assertEquals(true, outcome(hadNoOffset));
        Cancellable selling = Source.tick(Duration.ZERO, Duration.ofMillis(100), new Order("c-18", "cup", 1))
                .to(orders.sink(Order::customerId))
                .run(client.system());
        assertEquals("cup", ledger.next());
        selling.cancel();
        watching.close();
    }

    @Test
    void running(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic, new Order("c-17", "lamp", 2));
        Running billing = orders.consume(Group.named("billing")).handle(event -> ledger.charge(event.value()));
        assertEquals("lamp", ledger.next());
        CountDownLatch over = new CountDownLatch(1);
        // @start region="running"
        billing.completion().whenComplete((_, failure) -> over.countDown()); // why it ended, if it failed
        CompletionStage<Lag> lag = billing.lag(); // lag.records(), lag.behind()
        CompletionStage<?> left = billing.drain(Duration.ofSeconds(30)); // done, committed, out of the group
        // @end
        outcome(left);
        assertEquals(true, over.await(30, TimeUnit.SECONDS));
        outcome(lag.handle((_, _) -> "answered, also by the end"));
    }

    @Test
    void groups(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic, new Order("c-17", "lamp", 2));
        // @start region="group"
        Group group = Group.named("invoices")
                .as("invoices-1") // a static member: a short restart moves no partition
                .whenNew(Group.Reset.EARLIEST);
        // @end
        Running billing = orders.consume(group).handle(event -> ledger.charge(event.value()));
        assertEquals("lamp", ledger.next());
        billing.close();
    }

    @Test
    void whatTheBrokerLacks(TestNode node, TestTopic topic) throws Exception {
        try (StreamClient client = StreamClient.connect(
                Map.of("bootstrap.servers", node.bootstrapServers(), "group.protocol", "consumer"))) {
            Topic<String, Order> orders = written(client, topic, new Order("c-17", "lamp", 2));
            // @start region="unsupported"
            Running billing = orders.consume(Group.named("billing")).handle(event -> ledger.charge(event.value()));
            CompletionStage<String> lacks = billing.completion()
                    .handle((_, failure) -> failure instanceof UnsupportedFeature ? failure.getMessage() : "nothing");
            // @end
            assertTrue(outcome(lacks).startsWith("group.protocol=consumer is not supported"), outcome(lacks));
        }
    }
}
