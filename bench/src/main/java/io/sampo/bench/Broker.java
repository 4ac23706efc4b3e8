package io.sampo.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/// One broker process on this machine, with a data directory of its own: a child process, its output in a file,
/// readiness as a client sees it, the end. Not thread-safe.
final class Broker implements AutoCloseable {
    private static final long START_LIMIT_MS = 120_000;

    private final Product product;
    private final Path directory;
    private final int port;
    private @Nullable Process process;

    /// @param directory of this broker alone; removed when it is closed
    Broker(Product product, Path directory) throws IOException {
        this.product = product;
        this.directory = directory;
        this.port = freePort();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// `sampo` or `kafka`, as tables show it.
    String name() {
        return product.name();
    }

    /// `127.0.0.1:port`.
    String address() {
        return "127.0.0.1:" + port;
    }

    Path dataDirectory() {
        return directory.resolve("data");
    }

    /// Topic configs that make an acknowledgement mean the same on both brokers.
    Map<String, String> topicConfigs(Durability durability) {
        return product.topicConfigs(durability);
    }

    /// Of the broker's JVM itself.
    long pid() {
        return running().pid();
    }

    /// Starts (or restarts) the process on its data directory and returns once a client gets an answer from it.
    ///
    /// @throws IOException when it does not serve within its time, with the end of its output
    void start() throws IOException, InterruptedException {
        List<String> command = product.startCommand(directory, dataDirectory(), port);
        Path output = directory.resolve("process-output.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        Process started = builder.start();
        process = started;
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_LIMIT_MS);
        while (!answers()) {
            if (!started.isAlive() || System.nanoTime() > deadline) {
                started.destroyForcibly().waitFor();
                throw new IOException("the broker did not start: " + String.join(" ", command) + "\n" + tail(output));
            }
        }
    }

    /// A fresh client each time, so that its own back-off does not hide when the broker became ready.
    private boolean answers() throws InterruptedException {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", address(),
                "request.timeout.ms", 1_000,
                "default.api.timeout.ms", 1_000,
                "socket.connection.setup.timeout.ms", 500,
                "reconnect.backoff.ms", 10,
                "retry.backoff.ms", 10);
        try (Admin admin = Admin.create(config)) {
            return !admin.describeCluster()
                    .nodes()
                    .get(1_500, TimeUnit.MILLISECONDS)
                    .isEmpty();
        } catch (ExecutionException | TimeoutException _) {
            return false;
        }
    }

    /// Ends the process at once, as `kill -9` does.
    void kill() throws InterruptedException {
        running().destroyForcibly().waitFor();
        process = null;
    }

    /// Ends the process in an orderly way and waits for it.
    void stop() throws InterruptedException {
        Process ending = running();
        ending.destroy();
        if (!ending.waitFor(30, TimeUnit.SECONDS)) {
            ending.destroyForcibly().waitFor();
        }
        process = null;
    }

    @Override
    public void close() throws IOException {
        if (process != null) {
            try {
                kill();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
        deleteTree(directory);
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException("the broker is not running");
        }
        return process;
    }

    private static String tail(Path output) throws IOException {
        List<String> lines = Files.readAllLines(output);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    }
}
