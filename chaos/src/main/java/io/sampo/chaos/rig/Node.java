package io.sampo.chaos.rig;

import io.sampo.chaos.power.PowerLoss;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One node: its addresses, its files, its process while it has one.
///
/// Thread rule: any thread.
public final class Node implements AutoCloseable {
    private static final long STOP_LIMIT_SECONDS = 60;

    private final int id;
    private final String host;
    private final Ports ports;
    private final Path directory;
    private final List<String> prefix;
    private final NodeJvm jvm;
    private final Map<String, String> settings;
    private @Nullable Process process;
    private int lives;
    private int boots;
    private boolean endExpected = true;
    private boolean paused;

    /// Where a node listens, all on its own host.
    public record Ports(int kafka, int cluster, int replication) {}

    /// @param directory for the data and everything else of this node alone
    /// @param prefix of its command
    /// @param settings by Kafka's names, without `log.dirs`
    Node(
            int id,
            String host,
            Ports ports,
            Path directory,
            List<String> prefix,
            NodeJvm jvm,
            Map<String, String> settings) {
        this.id = id;
        this.host = host;
        this.ports = ports;
        this.directory = directory;
        this.prefix = prefix;
        this.jvm = jvm;
        this.settings = settings;
    }

    public int id() {
        return id;
    }

    /// `node-1`, `node-2`, ...
    public String name() {
        return "node-" + id;
    }

    public String host() {
        return host;
    }

    public int kafkaPort() {
        return ports.kafka();
    }

    public int clusterPort() {
        return ports.cluster();
    }

    public int replicationPort() {
        return ports.replication();
    }

    /// `host:port` for clients.
    public String address() {
        return host + ":" + ports.kafka();
    }

    public Path data() {
        return directory.resolve("data");
    }

    /// Where the data are copied when their file system ends with the run.
    public Path keptData() {
        return directory.resolve("data-kept");
    }

    /// What the processes of all lives wrote.
    public Path output() {
        return directory.resolve("output.txt");
    }

    /// The file that says how far the wall clock is shifted ([ClockShift]).
    public Path clock() {
        return directory.resolve("clock");
    }

    /// Which life this is; changes with every start.
    public synchronized int life() {
        return lives;
    }

    public synchronized boolean isRunning() {
        return process != null && process.isAlive();
    }

    /// False while it is kept down: before the first start, and from a kill or stop until the next start.
    public synchronized boolean shouldRun() {
        return process != null && !endExpected;
    }

    /// True when its process is gone and nobody here ended it.
    public synchronized boolean endedByItself() {
        return !endExpected && process != null && !process.isAlive();
    }

    /// Process id of this life.
    public synchronized long processId() throws IOException {
        if (process == null) {
            throw new IOException(name() + " has no process");
        }
        return process.pid();
    }

    /// Exit code of a process that is gone.
    public synchronized int exitCode() {
        return process == null ? 0 : process.exitValue();
    }

    /// Starts the process; does not wait until it serves. Nothing when it runs.
    public void start() throws IOException {
        start(Map.of());
    }

    /// The same for a node that takes over the id of a data directory that is lost.
    public void startReplacing() throws IOException {
        start(Map.of("sampo.node.replace", "true"));
    }

    /// The last line that it printed.
    public String lastWords() throws IOException {
        return Files.readAllLines(output()).reversed().stream()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse("");
    }

    private synchronized void start(Map<String, String> more) throws IOException {
        if (process != null && process.isAlive()) {
            return;
        }
        Files.createDirectories(directory);
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.putAll(more);
        all.put("log.dirs", data().toString());
        Path file = directory.resolve("server.properties");
        Files.writeString(
                file,
                all.entrySet().stream()
                        .map(each -> each.getKey() + "=" + each.getValue() + "\n")
                        .collect(Collectors.joining()));
        Map<String, String> properties = new LinkedHashMap<>();
        if (jvm.hasPower()) {
            properties.put("sampo.chaos.logs", directory.resolve("logs").toString());
            properties.put("sampo.chaos.unsynced", unsynced().toString());
            properties.put("sampo.chaos.boot.id", "boot-" + id + "-" + boots);
        }
        List<String> command = new java.util.ArrayList<>(prefix);
        command.addAll(jvm.command(file, properties));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output().toFile()));
        if (jvm.shiftsClock()) {
            ClockShift.write(clock(), 0);
            builder.environment()
                    .put("LD_PRELOAD", ClockShift.compile(directory).toString());
            builder.environment().put("SAMPO_CHAOS_CLOCK", clock().toString());
        }
        lives++;
        endExpected = false;
        Files.writeString(
                output(),
                "--- life " + lives + "\n",
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        process = builder.start();
    }

    private Path unsynced() {
        return directory.resolve("unsynced");
    }

    /// Whether this life's process said that it serves.
    public boolean serves() throws IOException {
        int life = life();
        if (!isRunning() || !Files.exists(output())) {
            return false;
        }
        String text = Files.readString(output(), StandardCharsets.UTF_8);
        int begin = text.lastIndexOf("--- life " + life + "\n");
        return begin >= 0 && text.indexOf("Sampo is ready on ", begin) >= 0;
    }

    /// kill -9; returns when the process is gone. Nothing when it is not there.
    public synchronized void kill() throws IOException {
        endExpected = true;
        if (process == null) {
            return;
        }
        process.destroyForcibly();
        paused = false;
        await(process, STOP_LIMIT_SECONDS);
    }

    /// SIGTERM; returns when the process is gone, by kill -9 when it does not end in time.
    ///
    /// @return whether it ended in time, and as it should
    public synchronized boolean stop() throws IOException {
        endExpected = true;
        if (process == null || !process.isAlive()) {
            return true;
        }
        if (paused) {
            resume();
        }
        process.destroy();
        if (await(process, STOP_LIMIT_SECONDS)) {
            return process.exitValue() == 0;
        }
        kill();
        return false;
    }

    /// SIGSTOP.
    public synchronized void pause() throws IOException {
        if (process != null && process.isAlive()) {
            Shell.run("kill", "-STOP", Long.toString(process.pid()));
            paused = true;
        }
    }

    /// SIGCONT.
    public synchronized void resume() throws IOException {
        if (process != null && process.isAlive() && paused) {
            Shell.run("kill", "-CONT", Long.toString(process.pid()));
        }
        paused = false;
    }

    /// kill -9 of the machine: what was not synced is gone too.
    ///
    /// @return bytes that are lost
    public synchronized long losePower(Random random) throws IOException {
        if (!jvm.hasPower()) {
            throw new IOException("this node cannot lose its power: it is the product's own jar");
        }
        kill();
        boots++;
        return PowerLoss.happen(unsynced(), random);
    }

    /// Forgets which writes were not synced: for whoever replaces the files.
    public void filesReplaced() throws IOException {
        Files.deleteIfExists(unsynced());
    }

    private static boolean await(Process process, long seconds) throws IOException {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    @Override
    public synchronized void close() {
        endExpected = true;
        if (process != null) {
            process.destroyForcibly();
        }
    }
}
