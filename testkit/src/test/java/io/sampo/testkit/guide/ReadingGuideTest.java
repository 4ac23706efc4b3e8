package io.sampo.testkit.guide;

import static io.sampo.testkit.guide.Waiting.outcome;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Outgoing;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.streams.UndecodableRecord;
import io.sampo.testkit.SampoTest;
import io.sampo.testkit.TestTopic;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Supervision;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Examples of reading without a group.
@SampoTest
@Timeout(60)
class ReadingGuideTest {
    private static final Instant NEW_YEAR = Instant.parse("2026-01-01T00:00:00Z");

    /// Three orders a day, in partition 0.
    private static Topic<String, Order> written(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        List<Outgoing<String, Order>> list = List.of(
                order("lamp", NEW_YEAR.minusSeconds(60)),
                order("book", NEW_YEAR),
                order("pen", NEW_YEAR.plusSeconds(60)));
        outcome(Source.from(list).runWith(orders.sink(), client.system()));
        return orders;
    }

    private static Outgoing<String, Order> order(String article, Instant time) {
        return Outgoing.of("c-17", new Order("c-17", article, 1)).toPartition(0).at(time.toEpochMilli());
    }

    private static List<String> articles(CompletionStage<List<Event<String, Order>>> events) throws Exception {
        return outcome(events).stream().map(event -> event.value().article()).toList();
    }

    @Test
    void spans(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        // @start region="spans"
        Source<Event<String, Order>, NotUsed> allYear =
                orders.read(Span.from(Instant.parse("2026-01-01T00:00:00Z")).untilNow());
        Source<Event<String, Order>, NotUsed> before =
                orders.read(Span.all().until(Instant.parse("2026-01-01T00:00:00Z")));
        Source<Event<String, Order>, NotUsed> fromHere =
                orders.read(Span.from(Map.of(0, 2L)).untilNow()); // partition 0, from offset 2
        // @end
        assertEquals(List.of("book", "pen"), articles(allYear.runWith(Sink.seq(), client.system())));
        assertEquals(List.of("lamp"), articles(before.runWith(Sink.seq(), client.system())));
        assertEquals(List.of("pen"), articles(fromHere.runWith(Sink.seq(), client.system())));
    }

    @Test
    void fromNow(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        // @start region="from-now"
        CompletionStage<Event<String, Order>> next =
                orders.read(Span.fromNow()).runWith(Sink.head(), client.system()); // none that is there already
        // @end
        Cancellable selling = Source.tick(Duration.ZERO, Duration.ofMillis(100), new Order("c-18", "cup", 1))
                .to(orders.sink(Order::customerId))
                .run(client.system());
        assertEquals("cup", outcome(next).value().article());
        selling.cancel();
    }

    @Test
    void offsetsOutsideOfTheLog(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        assertEquals(
                "lamp",
                outcome(orders.read(Span.from(Map.of(0, 1_000L))).runWith(Sink.head(), client.system()))
                        .value()
                        .article());
        ExecutionException negative = assertThrows(
                ExecutionException.class,
                () -> outcome(orders.read(Span.from(Map.of(0, -1L))).runWith(Sink.head(), client.system())));
        assertInstanceOf(IllegalArgumentException.class, negative.getCause());
        assertEquals(List.of(), outcome(orders.read(Span.from(Map.of(77, 0L))).runWith(Sink.seq(), client.system())));
    }

    @Test
    void events(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        // @start region="event"
        CompletionStage<Integer> sold = orders.read(Span.all().untilNow())
                .filterNot(Event::isTombstone)
                .map(event -> event.value().amount())
                .runFold(0, Integer::sum, client.system());
        // @end
        assertEquals(3, outcome(sold));
    }

    @Test
    void publisher(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = written(client, topic);
        CompletableFuture<String> first = new CompletableFuture<>();
        // @start region="publisher"
        Flow.Publisher<Event<String, Order>> publisher =
                orders.publisher(Span.all().untilNow());
        // @end
        publisher.subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(Event<String, Order> event) {
                first.complete(event.value().article());
            }

            @Override
            public void onError(Throwable failure) {
                first.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {
                first.complete("nothing");
            }
        });
        assertEquals("lamp", outcome(first));
    }

    @Test
    void undecodable(StreamClient client, TestTopic topic) throws Exception {
        String name = topic.name();
        outcome(client.topic(name, Codec.utf8(), Codec.utf8()).send("c-17", "no json"));
        Topic<String, Order> orders = client.topic(name, Codec.utf8(), Codec.json(Order.class));
        // @start region="undecodable"
        CompletionStage<String> read = orders.read(Span.all().untilNow())
                .runWith(Sink.ignore(), client.system())
                .handle((_, failure) -> failure instanceof UndecodableRecord wrong
                        ? wrong.topic() + "-" + wrong.partition() + " at offset " + wrong.offset() + ": "
                                + wrong.getCause().getMessage()
                        : "all of it");
        // @end
        String why = outcome(read);
        assertTrue(why.startsWith(name + "-") && why.endsWith(" at offset 0: no Order in JSON"), why);
        // @start region="decode-yourself"
        Codec<Order> json = Codec.json(Order.class);
        Source<Order, NotUsed> readable = client.topic(name, Codec.utf8(), Codec.bytes())
                .read(Span.all().untilNow())
                .mapConcat(event -> {
                    try {
                        return List.of(json.decode(event.topic(), event.headers(), event.value()));
                    } catch (RuntimeException noOrder) {
                        return List.of(); // or count it, or write it somewhere
                    }
                });
        // @end
        assertTrue(outcome(readable.runWith(Sink.seq(), client.system())).isEmpty());
    }

    @Test
    void leftOut(StreamClient client, TestTopic topic) throws Exception {
        Topic<String, Order> orders = client.topic(topic.name(), Codec.utf8(), Codec.json(Order.class));
        outcome(client.topic(topic.name(), Codec.utf8(), Codec.utf8()).send("c-17", "no json"));
        outcome(orders.send("c-17", new Order("c-17", "lamp", 2)));
        // @start region="left-out"
        Source<Event<String, Order>, NotUsed> readable = orders.read(Span.all().untilNow())
                .withAttributes(ActorAttributes.withSupervisionStrategy(Supervision.getResumingDecider()));
        // @end
        assertEquals(
                List.of(new Order("c-17", "lamp", 2)),
                outcome(readable.map(Event::value).runWith(Sink.seq(), client.system())));
    }
}
