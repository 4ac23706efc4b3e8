package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.broker.SharedBroker;
import io.sampo.examples.ChangeFeed;
import io.sampo.examples.EnrichOrders;
import io.sampo.examples.WordCount;
import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Running;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import io.sampo.streams.admin.NewTopic;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// The example programs do what they say.
@Timeout(120)
@ExtendWith(SharedBroker.class)
final class ExamplesTest {

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static void create(StreamClient client, String... topics) throws Exception {
        for (String topic : topics) {
            get(client.admin().createTopic(NewTopic.named(topic).withPartitions(3)));
        }
    }

    private static <V> List<Event<String, V>> first(StreamClient client, Topic<String, V> topic, int count)
            throws Exception {
        return get(topic.read(Span.all()).take(count).runWith(Sink.seq(), client.system()));
    }

    @Test
    void wordsAreCounted(BrokerUnderTest broker) throws Exception {
        try (StreamClient client = StreamClient.connect(broker.bootstrap())) {
            create(client, "lines", "counts");
            var _ = WordCount.run(client);
            Topic<String, String> lines = client.topic("lines", Codec.utf8(), Codec.utf8());
            get(lines.send("1", "To be, or not to be:"));
            get(lines.send("1", "that is the question."));

            Map<String, Long> counts = new HashMap<>();
            first(client, client.topic("counts", Codec.utf8(), Codec.int64()), 10)
                    .forEach(event -> counts.merge(String.valueOf(event.key()), value(event), Math::max));

            assertEquals(
                    Map.of("to", 2L, "be", 2L, "or", 1L, "not", 1L, "that", 1L, "is", 1L, "the", 1L, "question", 1L),
                    counts);
        }
    }

    private static long value(Event<String, Long> event) {
        Long value = event.value();
        return value == null ? 0 : value;
    }

    @Test
    void ordersAreEnrichedAlsoWhenTheServiceFailsAtFirst(BrokerUnderTest broker) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        HttpServer service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.createContext("/customers/", exchange -> {
            boolean fails = calls.incrementAndGet() == 1;
            byte[] answer = ("knows " + exchange.getRequestURI().getPath()).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(fails ? 503 : 200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        service.start();
        try (StreamClient client = StreamClient.connect(broker.bootstrap())) {
            create(client, "orders", "orders-enriched", "orders-dead");
            URI address = URI.create("http://127.0.0.1:" + service.getAddress().getPort() + "/customers/");
            Running running = EnrichOrders.start(client, address);
            get(client.topic("orders", Codec.utf8(), Codec.utf8())
                    .send("c-17", "{\"customer\":\"c-17\",\"pieces\":3}"));

            Event<String, String> enriched = first(
                            client, client.topic("orders-enriched", Codec.utf8(), Codec.utf8()), 1)
                    .getFirst();

            assertEquals("{\"customer\":\"c-17\",\"pieces\":3,\"about\":\"knows /customers/c-17\"}", enriched.value());
            assertEquals(2, calls.get());
            running.close();
        } finally {
            service.stop(0);
        }
    }

    @Test
    void aBrowserSeesChanges(BrokerUnderTest broker) throws Exception {
        try (StreamClient client = StreamClient.connect(broker.bootstrap())) {
            create(client, "changes");
            get(client.topic("changes", Codec.utf8(), Codec.utf8()).send("a", "new"));
            HttpServer server = ChangeFeed.start(client, 0);
            try {
                String root = "http://127.0.0.1:" + server.getAddress().getPort();
                String page =
                        new String(URI.create(root + "/").toURL().openStream().readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(page.contains("EventSource"));
                URLConnection feed = URI.create(root + "/feed?all").toURL().openConnection();
                feed.setReadTimeout(60_000);
                try (BufferedReader reader =
                        new BufferedReader(new InputStreamReader(feed.getInputStream(), StandardCharsets.UTF_8))) {
                    assertEquals("data: a: new", reader.readLine());
                }
            } finally {
                server.stop(0);
            }
        }
    }
}
