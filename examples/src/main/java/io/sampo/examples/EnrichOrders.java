package io.sampo.examples;

import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Group;
import io.sampo.streams.Ordering;
import io.sampo.streams.Retry;
import io.sampo.streams.Running;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutionException;

/// Asks a slow service about each order's customer, and writes what it said to `orders-enriched`: 200 questions at a
/// time, one after the other for each customer. An order that the service cannot answer after eight attempts goes to
/// `orders-dead`.
public final class EnrichOrders {
    /// @param pieces how many were ordered
    record Order(String customer, int pieces) {}

    /// @param about what the service says of the customer
    record Enriched(String customer, int pieces, String about) {}

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI service;
    private final Topic<String, Enriched> enriched;

    private EnrichOrders(URI service, Topic<String, Enriched> enriched) {
        this.service = service;
        this.enriched = enriched;
    }

    /// @param arguments the bootstrap servers, and where the service is: `http://host:port/customers/`
    public static void main(String[] arguments) {
        try (StreamClient client = StreamClient.connect(arguments[0])) {
            start(client, URI.create(arguments[1]))
                    .completion()
                    .toCompletableFuture()
                    .join();
        }
    }

    /// @param service answers `GET` of a customer's name below it with what it knows
    public static Running start(StreamClient client, URI service) {
        EnrichOrders example =
                new EnrichOrders(service, client.topic("orders-enriched", Codec.utf8(), Codec.json(Enriched.class)));
        return client.topic("orders", Codec.utf8(), Codec.json(Order.class))
                .consume(Group.named("enrich"))
                .ordering(Ordering.KEY)
                .concurrency(200)
                .retry(Retry.exponential(Duration.ofMillis(200), Duration.ofSeconds(30))
                        .max(8)
                        .thenDeadLetter("orders-dead"))
                .handle(example::enrich);
    }

    /// On a virtual thread: waiting costs nothing.
    private void enrich(Event<String, Order> event) throws IOException, InterruptedException, ExecutionException {
        Order order = event.value();
        if (order == null) {
            return;
        }
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(service.resolve(order.customer()))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException("the service answers " + answer.statusCode());
        }
        enriched.send(event.key(), new Enriched(order.customer(), order.pieces(), answer.body()))
                .toCompletableFuture()
                .get();
    }
}
