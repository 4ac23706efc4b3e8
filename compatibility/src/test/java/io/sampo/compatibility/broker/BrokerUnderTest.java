package io.sampo.compatibility.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/// One broker in a process of its own on a port and a data directory that it keeps over restarts.
///
/// Not safe for many threads; clients on other threads only need [#bootstrap()].
public final class BrokerUnderTest implements AutoCloseable {
    /// In the value of a setting: the port of the broker, whose listener [#bootstrap()] names.
    public static final String PORT = "{port}";

    private static final Duration START_DEADLINE = Duration.ofSeconds(60);

    private final BrokerKind kind;
    private final int port = FreePort.next();
    private final Path dataDir;
    private final Map<String, String> settings;
    private final String heap;
    private @Nullable ChildProcess process;

    private BrokerUnderTest(BrokerKind kind, Path dataDir, Map<String, String> settings, String heap) {
        this.kind = kind;
        this.dataDir = dataDir;
        Map<String, String> filledIn = new HashMap<>(settings);
        filledIn.replaceAll((_, value) -> value.replace(PORT, "" + port));
        this.settings = Map.copyOf(filledIn);
        this.heap = heap;
    }

    /// Starts a broker with its data in a new folder under `parent` and waits until it serves.
    ///
    /// @param settings broker settings by Kafka's names
    public static BrokerUnderTest start(Path parent, Map<String, String> settings) {
        return start(parent, settings, "-Xmx384m");
    }

    public static BrokerUnderTest start(Path parent, Map<String, String> settings, String heap) {
        return start(BrokerKind.chosen(), parent, settings, heap);
    }

    /// One of a kind, whichever was chosen for the others.
    public static BrokerUnderTest start(BrokerKind kind, Path parent, Map<String, String> settings) {
        return start(kind, parent, settings, "-Xmx384m");
    }

    private static BrokerUnderTest start(BrokerKind kind, Path parent, Map<String, String> settings, String heap) {
        BrokerUnderTest broker = new BrokerUnderTest(kind, parent.resolve("data"), settings, heap);
        broker.start();
        return broker;
    }

    /// Starts it, on the same port and data as before; returns when it serves.
    ///
    /// @return milliseconds from the start of the process until it served
    public long start() {
        List<String> command = kind.command(port, dataDir, settings, heap);
        Path output = dataDir.resolveSibling("broker-" + System.nanoTime() + ".out");
        long startedNanos = System.nanoTime();
        ChildProcess started = ChildProcess.start(command, Map.of(), output);
        process = started;
        while (!serves(started)) {
            if (!started.isAlive() || System.nanoTime() - startedNanos > START_DEADLINE.toNanos()) {
                started.close();
                throw new AssertionError("the broker did not start: " + command + "\n" + started.output());
            }
            pause(10);
        }
        return (System.nanoTime() - startedNanos) / 1_000_000;
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return port;
    }

    public String bootstrap() {
        return host() + ":" + port;
    }

    public Path dataDir() {
        return dataDir;
    }

    public BrokerKind kind() {
        return kind;
    }

    /// The process id of the JVM that serves, as its own pid file says where there is one.
    public long pid() {
        Path pidFile = dataDir.resolve("sampo.pid");
        if (kind != BrokerKind.SAMPO) {
            return running().pid();
        }
        try {
            return Long.parseLong(Files.readString(pidFile).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// kill -9 by the process id that the node itself wrote; returns when the process is gone.
    public void killAbruptly() {
        ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroyForcibly);
        running().awaitExit(Duration.ofSeconds(20));
    }

    /// SIGTERM, then the exit code.
    public int stopGracefully() {
        ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroy);
        return running().awaitExit(Duration.ofSeconds(60));
    }

    /// Everything that the running process wrote.
    public String output() {
        return running().output();
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }

    private ChildProcess running() {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process;
    }

    private boolean serves(ChildProcess started) {
        return switch (kind) {
            case SAMPO -> started.output().contains("Sampo is ready on ");
            case KAFKA, KAFKA_2_8 -> answersClients();
        };
    }

    private boolean answersClients() {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", bootstrap(), "default.api.timeout.ms", "2000", "request.timeout.ms", "1000");
        try (Admin admin = Admin.create(config)) {
            return !admin.describeCluster().nodes().get(2, TimeUnit.SECONDS).isEmpty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (Exception e) {
            return false;
        }
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
