package io.sampo.chaos;

import io.sampo.chaos.rig.Loopback;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.rig.Rig;
import io.sampo.chaos.scale.ScaleRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `./sampo chaos scale`: what thousands of partitions cost.
@Command(
        name = "scale",
        mixinStandardHelpOptions = true,
        description = {
            "Creates thousands of partitions on nodes of this machine and measures: creation, memory and processor at",
            "rest, kill -9 of a node and its return, an orderly stop, a stop and start of all. Prints a row for each figure",
            "(docs/benchmarks/scale.md). Exit code 1 when a step does not come to its end within --limit seconds."
        })
public final class ScaleCommand implements Callable<Integer> {
    private static final long START_LIMIT_MS = 120_000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--nodes", paramLabel = "N", description = "1, 3 or 5. Default: 3.")
    private int nodes = 3;

    @Option(names = "--partitions", paramLabel = "N", description = "Of all topics together. Default: 5000.")
    private int partitions = 5_000;

    @Option(names = "--topics", paramLabel = "N", description = "Default: 50.")
    private int topics = 50;

    @Option(names = "--replication-factor", paramLabel = "N", description = "Default: 3, or the nodes if fewer.")
    private int replicationFactor = 3;

    @Option(names = "--heap", paramLabel = "SIZE", description = "Largest heap of a node. Default: 512m.")
    private String heap = "512m";

    @Option(
            names = "--settle",
            paramLabel = "N",
            description = "Seconds before nodes are watched at rest. Default: 20.")
    private int settle = 20;

    @Option(names = "--idle", paramLabel = "N", description = "Seconds that nodes are watched at rest. Default: 30.")
    private int idle = 30;

    @Option(names = "--limit", paramLabel = "N", description = "Seconds for each step. Default: 120.")
    private int limit = 120;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting of all nodes; repeat for more.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--jar", paramLabel = "FILE", description = "The nodes' sampo.jar. Default: the one of this build.")
    private @Nullable Path jar;

    @Option(names = "--dir", paramLabel = "DIR", description = "Keep the nodes' files there. Default: removed.")
    private @Nullable Path directory;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        boolean keep = directory != null;
        Path files = directory == null ? Files.createTempDirectory("sampo-scale-") : directory;
        FileTrees.remove(files);
        Rig.Plan plan = new Rig.Plan(nodes, files, NodeJvm.product(productJar(), heap), 0, settings);
        try (Rig rig = new Rig(new Loopback(), plan)) {
            out.println(
                    "| " + nodes + " nodes, " + partitions + " partitions of " + topics + " topics, replication factor "
                            + Math.min(replicationFactor, nodes) + ", heap " + heap + " | |\n|---|---|");
            rig.start(START_LIMIT_MS);
            new ScaleRun(
                            rig,
                            new ScaleRun.Plan(
                                    topics,
                                    partitions,
                                    Math.min(replicationFactor, nodes),
                                    settle,
                                    idle,
                                    limit * 1_000L),
                            (what, howMuch) -> {
                                out.println("| " + what + " | " + howMuch + " |");
                                out.flush();
                            })
                    .run();
        } catch (IOException failed) {
            out.println("did not work: " + failed.getMessage());
            out.flush();
            return 1;
        } finally {
            if (!keep) {
                FileTrees.remove(files);
            }
        }
        return 0;
    }

    private Path productJar() {
        Path chosen = jar == null ? Path.of(System.getProperty("sampo.jar", "cluster-config/target/sampo.jar")) : jar;
        if (!Files.isRegularFile(chosen)) {
            throw new ParameterException(
                    spec.commandLine(), "There is no " + chosen + "; build it, or name one with --jar.");
        }
        return chosen;
    }
}
