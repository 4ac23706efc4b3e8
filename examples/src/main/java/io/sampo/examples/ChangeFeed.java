package io.sampo.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sampo.streams.Codec;
import io.sampo.streams.Event;
import io.sampo.streams.Span;
import io.sampo.streams.StreamClient;
import io.sampo.streams.Topic;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import org.apache.pekko.stream.javadsl.Sink;

/// Shows what comes into the topic `changes` on a web page, as server-sent events: one reading for each browser, no
/// faster than that browser takes it. `/feed?all` begins with the oldest change.
public final class ChangeFeed {
    private static final String PAGE = """
            <!doctype html><title>Changes</title><ul id="list"></ul>
            <script>
              new EventSource("/feed").onmessage = change => {
                const line = document.createElement("li");
                line.textContent = change.data;
                document.getElementById("list").prepend(line);
              };
            </script>
            """;

    private ChangeFeed() {}

    /// @param arguments the bootstrap servers, and the port of the page on this machine
    public static void main(String[] arguments) throws IOException {
        StreamClient client = StreamClient.connect(arguments[0]);
        HttpServer server = start(client, Integer.parseInt(arguments[1]));
        System.out.println("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    /// @param port 0: any free one
    public static HttpServer start(StreamClient client, int port) throws IOException {
        Topic<String, String> changes = client.topic("changes", Codec.utf8(), Codec.utf8());
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", ChangeFeed::page);
        server.createContext("/feed", exchange -> feed(client, changes, exchange));
        server.start();
        return server;
    }

    private static void page(HttpExchange exchange) throws IOException {
        byte[] page = PAGE.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
        exchange.sendResponseHeaders(200, page.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(page);
        }
    }

    private static void feed(StreamClient client, Topic<String, String> changes, HttpExchange exchange)
            throws IOException {
        boolean all = "all".equals(exchange.getRequestURI().getQuery());
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            changes.read(all ? Span.all() : Span.fromNow())
                    .runWith(Sink.foreach(change -> write(out, change)), client.system())
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException gone) {
            // The browser has left: the stream, and with it the reading, has ended.
        }
    }

    private static void write(OutputStream out, Event<String, String> change) {
        try {
            out.write(("data: " + change.key() + ": " + change.value() + "\n\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }
}
