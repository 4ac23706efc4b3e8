package io.sampo.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `sampo cluster`: several nodes on this machine, one process each. It only starts and ends them: a node that is
/// killed leaves the others alone, and `sampo up` on its directory brings it back.
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = "Run several nodes on this machine, one process each, until SIGTERM or Ctrl-C.",
        footer = {
            "",
            "Node i listens on base port + i - 1 and keeps everything in DIR/node-i, its settings too (server.properties).",
            "Topics get min(3, nodes) replicas unless their creator says otherwise. SAMPO_HEAP_OPTS sets the heap of a node.",
            "",
            "Examples:",
            "  sampo cluster",
            "  sampo cluster --nodes 5 --base-port 19092 --data /var/tmp/sampo --set num.partitions=6",
            "  sampo up --data cluster-data/node-2          # brings node 2 back after it was killed"
        })
public final class ClusterCommand implements Callable<Integer> {
    private static final int MOST_NODES = 99;
    private static final long STOP_LIMIT_SECONDS = 60;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "3", description = "How many. Default: 3.")
    private int nodes;

    @Option(
            names = "--base-port",
            paramLabel = "PORT",
            defaultValue = "9092",
            description = "Where clients of node 1 connect. Default: 9092.")
    private int basePort;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "cluster-data",
            description = "Where the nodes keep everything, each in its own directory. Default: ./cluster-data.")
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting of all nodes by Kafka's name; repeat for more.")
    private Map<String, String> settings = new LinkedHashMap<>();

    private final List<Process> processes = new ArrayList<>();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final AtomicInteger ready = new AtomicInteger();

    @Override
    public Integer call() throws Exception {
        LocalCluster cluster =
                new LocalCluster(nodes, basePort, data.toAbsolutePath().normalize(), settings);
        if (nodes < 1 || nodes > MOST_NODES) {
            throw new ParameterException(spec.commandLine(), "--nodes must be from 1 to " + MOST_NODES);
        }
        if (Files.exists(cluster.data().resolve("meta.properties"))) {
            throw new ParameterException(
                    spec.commandLine(), cluster.data() + " is the directory of one node; name another one");
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "sampo-shutdown"));
        List<CompletableFuture<Void>> ended = new ArrayList<>();
        for (int node = 1; node <= nodes; node++) {
            cluster.writeSettings(node);
            Process process = start(cluster.directory(node));
            processes.add(process);
            ended.add(follow(node, process, cluster));
        }
        CompletableFuture.allOf(ended.toArray(CompletableFuture[]::new)).get();
        if (!ending.get()) {
            err().println("sampo: all nodes have ended");
            err().flush();
        }
        return ending.get() ? 0 : 1;
    }

    /// By the launcher, which knows the JVM and its flags and becomes the node's process.
    private static Process start(Path directory) throws IOException {
        String launcher = System.getProperty("sampo.launcher");
        if (launcher == null) {
            throw new IllegalStateException("start it with the launcher: ./sampo cluster");
        }
        return new ProcessBuilder(launcher, "up", "--data", directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
    }

    /// Passes on what the node says, until it ends.
    private CompletableFuture<Void> follow(int node, Process process, LocalCluster cluster) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("node-" + node).start(() -> {
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    said(line, cluster);
                }
                int code = process.waitFor();
                if (!ending.get()) {
                    err().println("sampo: node " + node + " ended (exit code " + code + "). To bring it back: "
                            + cluster.command(node));
                    err().flush();
                }
            } catch (IOException | InterruptedException failure) {
                err().println("sampo: lost sight of node " + node + ": " + failure.getMessage());
                err().flush();
            } finally {
                ended.complete(null);
            }
        });
        return ended;
    }

    private synchronized void said(String line, LocalCluster cluster) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        if (line.startsWith("Sampo is ready on ") && ready.incrementAndGet() == nodes) {
            out.println("Cluster of " + nodes + " is ready");
            out.println("A node that was killed comes back with: " + cluster.command("i"));
        }
        out.flush();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }

    private void end() {
        if (processes.stream().noneMatch(Process::isAlive)) {
            return;
        }
        ending.set(true);
        processes.forEach(Process::destroy);
        boolean clean = true;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_LIMIT_SECONDS);
        for (Process process : processes) {
            clean &= ended(process, deadline);
        }
        Runtime.getRuntime().halt(clean ? 0 : 1);
    }

    private static boolean ended(Process process, long deadline) {
        try {
            if (process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                return true;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        return false;
    }
}
