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

/// What both brokers share: a child process, its output in a file, readiness as a client sees it, the end.
final class BrokerProcess {
    private static final long START_LIMIT_MS = 120_000;

    private final Path directory;
    private final String address;
    private @Nullable Process process;

    BrokerProcess(Path directory, int port) {
        this.directory = directory;
        this.address = "127.0.0.1:" + port;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    String address() {
        return address;
    }

    Path directory() {
        return directory;
    }

    long pid() {
        return running().pid();
    }

    void start(List<String> command, Map<String, String> environment) throws IOException, InterruptedException {
        Path output = directory.resolve("process-output.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(environment);
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
                "bootstrap.servers", address,
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

    void kill() throws InterruptedException {
        running().destroyForcibly().waitFor();
        process = null;
    }

    void stop() throws InterruptedException {
        Process ending = running();
        ending.destroy();
        if (!ending.waitFor(30, TimeUnit.SECONDS)) {
            ending.destroyForcibly().waitFor();
        }
        process = null;
    }

    void close() throws IOException {
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
