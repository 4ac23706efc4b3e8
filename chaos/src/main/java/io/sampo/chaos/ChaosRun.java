package io.sampo.chaos;

import io.sampo.chaos.checker.Checker;
import io.sampo.chaos.checker.Verdict;
import io.sampo.chaos.fault.Fault;
import io.sampo.chaos.fault.FaultKind;
import io.sampo.chaos.fault.Scene;
import io.sampo.chaos.history.HistoryFile;
import io.sampo.chaos.history.Operation.Complaint;
import io.sampo.chaos.history.Operation.FaultInjected;
import io.sampo.chaos.history.Operation.Healed;
import io.sampo.chaos.rig.Network;
import io.sampo.chaos.rig.Node;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.rig.Rig;
import io.sampo.chaos.workload.Workload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One run: nodes start, clients work, faults come in random pairs, everything is healed, clients go on for some
/// time and end, everything is read, and the checker judges.
///
/// Thread rule: one thread.
public final class ChaosRun {
    private static final long START_LIMIT_MS = 120_000;
    private static final long SYNC_LIMIT_MS = 30_000;
    private static final long SETTLED_MS = 5_000;
    private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(60);

    private final Plan plan;
    private final Network network;
    private final Consumer<String> console;
    private final Random random;
    private final List<FaultKind> injected = new ArrayList<>();
    private final List<String> failed = new ArrayList<>();

    /// @param directory of this run alone; it must not exist or be empty
    /// @param faults to choose from; none: only load
    /// @param chaosMs how long faults come
    /// @param calmMs how long clients go on after healing
    /// @param recoveryLimitMs within which each partition has to take writes after healing
    public record Plan(
            Path directory,
            long seed,
            int nodes,
            List<FaultKind> faults,
            long chaosMs,
            long calmMs,
            long recoveryLimitMs,
            NodeJvm jvm,
            Workload.Shape shape,
            Map<String, String> settings) {}

    /// @param injected each time that a fault was injected
    /// @param failed faults that could not be injected as they should, with the reason
    /// @param history the file
    public record Result(Verdict verdict, List<FaultKind> injected, List<String> failed, Path history) {}

    /// @param network closed with the run
    public ChaosRun(Plan plan, Network network, Consumer<String> console) {
        this.plan = plan;
        this.network = network;
        this.console = console;
        this.random = new Random(plan.seed());
    }

    /// @throws IOException when the run itself did not work, so that nothing can be said
    public Result run() throws IOException {
        Files.createDirectories(plan.directory());
        Path file = plan.directory().resolve("history.txt");
        boolean tmpfs = plan.faults().stream().anyMatch(kind -> kind.need() == FaultKind.Need.TMPFS);
        Rig.Plan rigPlan = new Rig.Plan(plan.nodes(), plan.directory(), plan.jvm(), tmpfs ? 256 : 0, plan.settings());
        try (HistoryFile history = new HistoryFile(file);
                Rig rig = new Rig(network, rigPlan)) {
            try {
                rig.start(START_LIMIT_MS);
                work(rig, history);
            } finally {
                complaints(rig, history);
                keepData(rig);
            }
        }
        Verdict verdict = new Checker(plan.recoveryLimitMs() * 1_000).check(HistoryFile.read(file));
        Files.writeString(plan.directory().resolve("verdict.txt"), verdict + "\n");
        return new Result(verdict, List.copyOf(injected), List.copyOf(failed), file);
    }

    private void work(Rig rig, HistoryFile history) throws IOException {
        try (Workload workload = new Workload(rig, history, plan.shape())) {
            workload.start();
            workload.awaitMore(20L * plan.shape().partitions(), WARM_UP_LIMIT);
            long until = System.nanoTime() + plan.chaosMs() * 1_000_000;
            while (System.nanoTime() < until && !plan.faults().isEmpty()) {
                round(new Scene(rig, workload, random), history);
            }
            pause(Math.max(0, (until - System.nanoTime()) / 1_000_000));
            healAll(rig, history);
            pause(plan.calmMs());
            awaitSync(workload);
            workload.end();
            endsByThemselves(rig, history, "ended by itself");
            workload.lookAtTheEnd();
            for (Node node : rig.nodes()) {
                if (!node.stop()) {
                    complain(history, node, "did not stop as asked, exit code " + node.exitCode());
                }
            }
            workload.dumpDisks();
        }
    }

    /// Two faults that overlap, then a calm moment.
    private void round(Scene scene, HistoryFile history) throws IOException {
        FaultKind first = choose(scene, true);
        FaultKind second = choose(scene, false);
        if (first == null) {
            // Nothing that takes data away, as not all replicas are in sync: beyond the promise.
            pause(1_000);
            return;
        }
        Under one = inject(scene, first, history);
        pause(1_000 + random.nextInt(3_000));
        Under other = second == null || first == second ? null : inject(scene, second, history);
        long lasts = other == null ? 0 : other.fault().lastsMs();
        pause(Math.max(4_000 + random.nextInt(6_000), Math.max(one.fault().lastsMs(), lasts)));
        if (other != null) {
            heal(other, history);
        }
        heal(one, history);
        awaitServing(scene.rig(), history);
        pause(2_000 + random.nextInt(4_000));
    }

    /// A fault under way.
    private record Under(Fault fault, long sinceUs) {}

    /// @return null when none of them may be chosen now
    private @Nullable FaultKind choose(Scene scene, boolean mayTakeData) {
        List<FaultKind> possible = new ArrayList<>(plan.faults());
        boolean some = possible.stream().anyMatch(FaultKind::takesData);
        if (some && (!mayTakeData || !awaitSync(scene.workload()))) {
            possible.removeIf(FaultKind::takesData);
        }
        return possible.isEmpty() ? null : possible.get(random.nextInt(possible.size()));
    }

    private static boolean awaitSync(Workload workload) {
        long began = System.nanoTime();
        long deadline = began + SYNC_LIMIT_MS * 1_000_000;
        long outOfSync = began;
        // Not a moment only: a client is not told that the voter of a lost directory has still to leave.
        while (System.nanoTime() - outOfSync < SETTLED_MS * 1_000_000) {
            if (!workload.inSync()) {
                outOfSync = System.nanoTime();
            }
            if (System.nanoTime() > deadline) {
                return false;
            }
            try {
                Thread.sleep(300);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private Under inject(Scene scene, FaultKind kind, HistoryFile history) throws IOException {
        Fault fault = kind.make(scene);
        long sinceUs = history.nowUs();
        say(history, fault.description());
        try {
            fault.inject();
            injected.add(kind);
        } catch (IOException failure) {
            failed.add(fault.description() + ": " + failure.getMessage());
            say(history, "  failed: " + failure.getMessage());
        }
        return new Under(fault, sinceUs);
    }

    private void heal(Under under, HistoryFile history) throws IOException {
        under.fault().heal();
        say(history, "healed: " + under.fault().description());
        history.add(new FaultInjected(
                under.sinceUs(), history.nowUs(), "driver", under.fault().description()));
    }

    private void healAll(Rig rig, HistoryFile history) throws IOException {
        for (Node node : rig.nodes()) {
            rig.network().heal(node.id());
            node.resume();
            node.start();
        }
        awaitServing(rig, history);
        long nowUs = history.nowUs();
        history.add(new Healed(nowUs, nowUs, "driver"));
        say(history, "all healed");
    }

    /// As an operator would who reads why the node has ended.
    private static void startAsAdvised(Node node) throws IOException {
        String said = node.lastWords();
        if (said.contains("was set back to an older state")) {
            FileTrees.clear(node.data());
            node.filesReplaced();
            node.startReplacing();
        } else if (said.contains("sampo.node.replace=true")) {
            node.startReplacing();
        } else {
            node.start();
        }
    }

    /// A node that ended by itself is started again, as whatever supervises it would do.
    private void awaitServing(Rig rig, HistoryFile history) throws IOException {
        long deadline = System.nanoTime() + START_LIMIT_MS * 1_000_000;
        for (Node node : rig.nodes()) {
            while (!node.serves()) {
                if (node.endedByItself()) {
                    say(history, node.name() + " ended by itself with exit code " + node.exitCode());
                    pause(1_000);
                    startAsAdvised(node);
                }
                if (System.nanoTime() > deadline) {
                    complain(history, node, "does not serve " + START_LIMIT_MS / 1_000 + " s after healing");
                    return;
                }
                pause(50);
            }
        }
    }

    /// After healing nothing excuses an end.
    private static void endsByThemselves(Rig rig, HistoryFile history, String what) {
        for (Node node : rig.nodes()) {
            if (node.endedByItself()) {
                complain(history, node, what + " with exit code " + node.exitCode());
            }
        }
    }

    private static void complain(HistoryFile history, Node node, String line) {
        long nowUs = history.nowUs();
        history.add(new Complaint(nowUs, nowUs, node.name(), line));
    }

    /// Errors that speak of an invariant, which no fault excuses.
    private static void complaints(Rig rig, HistoryFile history) throws IOException {
        for (Node node : rig.nodes()) {
            if (!Files.exists(node.output())) {
                continue;
            }
            for (String line : Files.readAllLines(node.output(), StandardCharsets.UTF_8)) {
                String lower = line.toLowerCase(Locale.ROOT);
                if (lower.startsWith("error") && lower.contains("invariant")) {
                    complain(history, node, line);
                }
            }
        }
    }

    /// A file system in memory ends with the run; what is on it is copied beside.
    private static void keepData(Rig rig) throws IOException {
        if (rig.isOnTmpfs()) {
            for (Node node : rig.nodes()) {
                node.kill();
                Files.createDirectories(node.keptData());
                FileTrees.copy(node.data(), node.keptData());
            }
        }
    }

    private void say(HistoryFile history, String line) {
        console.accept(String.format(Locale.ROOT, "  %6.1f s  %s", history.nowUs() / 1e6, line));
    }

    private static void pause(long ms) throws IOException {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }
}
