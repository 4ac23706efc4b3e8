package io.sampo.chaos;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.HistoryFile;
import io.sampo.chaos.history.Operation.FaultInjected;
import io.sampo.chaos.rig.Loopback;
import io.sampo.chaos.rig.Network;
import io.sampo.chaos.rig.Node;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.rig.Rig;
import io.sampo.chaos.workload.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./sampo chaos failover`: how long clients wait when a leader is killed, and when it is stopped.
@Command(
        name = "failover",
        mixinStandardHelpOptions = true,
        description = {
            "Kills the leader of a partition under load again and again and measures the time to the next acknowledged",
            "acks=all record; then stops leaders in an orderly way and measures the longest gap that a client sees."
        })
public final class FailoverCommand implements Callable<Integer> {
    private static final long START_LIMIT_MS = 120_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--times", paramLabel = "N", description = "Kills, and as many stops. Default: 10.")
    private int times = 10;

    @Option(names = "--nodes", paramLabel = "N", description = "3 or 5. Default: 3.")
    private int nodes = 3;

    @Option(
            names = "--jar",
            paramLabel = "FILE",
            description = "Nodes from this sampo.jar, by the product's own main class.")
    private @Nullable Path jar;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        List<Long> kills = Failover.toNextAcknowledgement(measure(false));
        out.println("kill -9 of a leader -> next acknowledged record, ms: " + milliseconds(kills) + "; median "
                + Failover.median(kills) / 1_000);
        out.flush();
        List<Long> stops = Failover.longestGaps(measure(true));
        out.println("orderly stop of a leader -> longest gap, ms: " + milliseconds(stops) + "; median "
                + Failover.median(stops) / 1_000);
        out.flush();
        return 0;
    }

    private static String milliseconds(List<Long> us) {
        return us.stream()
                .map(each -> String.format(Locale.ROOT, "%d", each / 1_000))
                .collect(Collectors.joining(" "));
    }

    private History measure(boolean orderly) throws IOException {
        Path directory = Files.createTempDirectory("sampo-failover-");
        Path file = directory.resolve("history.txt");
        try (HistoryFile history = new HistoryFile(file);
                Network network = new Loopback();
                Rig rig = new Rig(network, new Rig.Plan(nodes, directory, new NodeJvm(jar, "", false), 0, Map.of()));
                Workload workload = new Workload(rig, history, new Workload.Shape(1, 3, 1, 200, 0))) {
            rig.start(START_LIMIT_MS);
            workload.start();
            workload.awaitMore(200, LIMIT);
            for (int i = 0; i < times; i++) {
                awaitSync(workload);
                hit(rig, workload, history, orderly);
            }
        }
        History measured = HistoryFile.read(file);
        FileTrees.remove(directory);
        return measured;
    }

    private static void hit(Rig rig, Workload workload, HistoryFile history, boolean orderly) throws IOException {
        List<Integer> leaders = workload.leaders();
        if (leaders.isEmpty()) {
            throw new IOException("the partition has no leader");
        }
        Node leader = rig.node(leaders.getFirst());
        long beginUs = history.nowUs();
        if (orderly) {
            leader.stop();
        } else {
            leader.kill();
        }
        workload.awaitMore(400, LIMIT);
        history.add(new FaultInjected(
                beginUs, history.nowUs(), leader.name(), (orderly ? "stop of " : "kill -9 of ") + leader.name()));
        leader.start();
        rig.awaitServing(START_LIMIT_MS);
    }

    private static void awaitSync(Workload workload) throws IOException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!workload.inSync()) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the replicas are not in sync within " + LIMIT);
            }
            workload.awaitMore(20, LIMIT);
        }
    }
}
