package io.sampo.chaos;

import io.sampo.chaos.history.History;
import io.sampo.chaos.history.HistoryFile;
import io.sampo.chaos.history.Operation.FaultInjected;
import io.sampo.chaos.rig.Loopback;
import io.sampo.chaos.rig.Network;
import io.sampo.chaos.rig.Node;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.rig.Rig;
import io.sampo.chaos.workload.CommittingMember;
import io.sampo.chaos.workload.Span;
import io.sampo.chaos.workload.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

/// `./sampo chaos failover`: how long clients wait when a leader or a coordinator is killed, and when a node is
/// stopped.
@Command(
        name = "failover",
        mixinStandardHelpOptions = true,
        description = {
            "Kills the leader of a partition under load again and again and measures the time to the next acknowledged",
            "acks=all record; stops leaders in an orderly way and measures the longest time for which a record waits",
            "while nothing is acknowledged in its partition; kills the coordinator of a group and measures the time to",
            "the next commit and heartbeat."
        },
        footer = {
            "",
            "Exit codes: 0 within the limits (kill: median 3 s, stop: each 300 ms, coordinator: each 2 s), 1 beyond."
        })
public final class FailoverCommand implements Callable<Integer> {
    private static final long START_LIMIT_MS = 120_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long KILL_LIMIT_US = 3_000_000;
    private static final long STOP_LIMIT_US = 300_000;
    private static final long COORDINATOR_LIMIT_US = 2_000_000;

    /// What goes away, and how.
    private enum What {
        KILL,
        STOP,
        COORDINATOR
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--times", paramLabel = "N", description = "How often each. Default: 10.")
    private int times = 10;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "WHAT",
            description = "Of kill, stop, coordinator. Default: all.")
    private List<What> only = List.of(What.values());

    @Option(names = "--nodes", paramLabel = "N", description = "3 or 5. Default: 3.")
    private int nodes = 3;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Of kill and stop; the slowest of them counts. Default: 1.")
    private int partitions = 1;

    @Option(names = "--rate", paramLabel = "N", description = "Records a second. Default: 200, or 5 for a partition.")
    private int rate;

    @Option(names = "--dir", paramLabel = "DIR", description = "Keep the nodes' files there. Default: do not.")
    private @Nullable Path directory;

    @Option(
            names = "--jar",
            paramLabel = "FILE",
            description = "Nodes from this sampo.jar, by the product's own main class.")
    private @Nullable Path jar;

    @Override
    public Integer call() throws Exception {
        boolean within = true;
        if (only.contains(What.KILL)) {
            List<Long> waits = Failover.toNextAcknowledgement(measure(false));
            say("kill -9 of a leader -> next acknowledged record", waits);
            within &= Failover.median(waits) <= KILL_LIMIT_US;
        }
        if (only.contains(What.STOP)) {
            List<Long> gaps = Failover.longestGaps(measure(true));
            say("orderly stop of a leader -> longest gap", gaps);
            within &= Failover.longest(gaps) <= STOP_LIMIT_US;
        }
        return (!only.contains(What.COORDINATOR) || coordinator()) && within ? 0 : 1;
    }

    private void say(String what, List<Long> us) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(what + ", ms: "
                + us.stream()
                        .map(each -> String.format(Locale.ROOT, "%d", each / 1_000))
                        .collect(Collectors.joining(" "))
                + "; median " + Failover.median(us) / 1_000 + ", longest " + Failover.longest(us) / 1_000);
        out.flush();
    }

    private Rig rig(Network network, Path files) throws IOException {
        return new Rig(network, new Rig.Plan(nodes, files, new NodeJvm(jar, "", false), 0, Map.of()));
    }

    private Path files(String what) throws IOException {
        if (directory == null) {
            return Files.createTempDirectory("sampo-failover-");
        }
        Path files = directory.toAbsolutePath().resolve(what);
        FileTrees.remove(files);
        return Files.createDirectories(files);
    }

    private void forget(Path files) throws IOException {
        if (directory == null) {
            FileTrees.remove(files);
        }
    }

    private History measure(boolean orderly) throws IOException {
        Path files = files(orderly ? "stop" : "kill");
        Path file = files.resolve("history.txt");
        int perSecond = rate > 0 ? rate : Math.max(200, 5 * partitions);
        try (HistoryFile history = new HistoryFile(file);
                Network network = new Loopback();
                Rig rig = rig(network, files);
                Workload workload = new Workload(rig, history, new Workload.Shape(partitions, 3, 1, perSecond, 0))) {
            rig.start(START_LIMIT_MS);
            workload.start();
            workload.awaitMore(perSecond, LIMIT);
            for (int i = 0; i < times; i++) {
                awaitSync(workload);
                hit(rig, workload, history, orderly, 2L * perSecond);
            }
        }
        History measured = HistoryFile.read(file);
        forget(files);
        return measured;
    }

    private static void hit(Rig rig, Workload workload, HistoryFile history, boolean orderly, long records)
            throws IOException {
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
        workload.awaitMore(records, LIMIT);
        history.add(new FaultInjected(
                beginUs, history.nowUs(), leader.name(), (orderly ? "stop of " : "kill -9 of ") + leader.name()));
        leader.start();
        rig.awaitServing(START_LIMIT_MS);
    }

    /// @return whether all was as promised
    private boolean coordinator() throws IOException {
        Path files = files("coordinator");
        List<Long> commits = new ArrayList<>();
        List<Long> heartbeats = new ArrayList<>();
        boolean remembered = true;
        try (HistoryFile history = new HistoryFile(files.resolve("history.txt"));
                Network network = new Loopback();
                Rig rig = rig(network, files);
                Workload workload = new Workload(rig, history, new Workload.Shape(1, 3, 1, 20, 0))) {
            rig.start(START_LIMIT_MS);
            workload.start();
            workload.awaitMore(20, LIMIT);
            try (CommittingMember member = new CommittingMember(rig, history)) {
                member.awaitBoth(20, history.nowUs(), LIMIT);
                for (int i = 0; i < times; i++) {
                    awaitSync(workload);
                    Node coordinator = member.coordinator(rig);
                    long beginUs = history.nowUs();
                    coordinator.kill();
                    member.awaitBoth(20, history.nowUs(), LIMIT);
                    remembered &= member.remembersAll();
                    commits.add(Span.firstAfter(member.commits(), beginUs));
                    heartbeats.add(Span.firstAfter(member.heartbeats(), beginUs));
                    coordinator.start();
                    rig.awaitServing(START_LIMIT_MS);
                }
            }
        }
        forget(files);
        say("kill -9 of a group's coordinator -> next commit", commits);
        say("kill -9 of a group's coordinator -> next heartbeat", heartbeats);
        if (!remembered) {
            spec.commandLine().getOut().println("a commit that was acknowledged is lost");
        }
        return remembered
                && Failover.longest(commits) <= COORDINATOR_LIMIT_US
                && Failover.longest(heartbeats) <= COORDINATOR_LIMIT_US;
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
