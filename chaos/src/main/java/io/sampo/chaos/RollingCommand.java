package io.sampo.chaos;

import io.sampo.chaos.checker.Figures;
import io.sampo.chaos.fault.FaultKind;
import io.sampo.chaos.rig.Loopback;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.workload.Workload;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./sampo chaos rolling`: an upgrade as operators do it, and whether clients notice.
@Command(
        name = "rolling",
        mixinStandardHelpOptions = true,
        description = {
            "Restarts all nodes in an orderly way under load, each when the one before is in sync again, and checks that",
            "no client met an error that it could not retry, that every acknowledged record and commit is there, once",
            "and in order, and that each node stopped as asked."
        },
        footer = {"", "Exit codes: 0 so it was, 1 it was not."})
public final class RollingCommand implements Callable<Integer> {
    private static final long CALM_MS = 10_000;
    private static final long RECOVERY_LIMIT_MS = 15_000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--times", paramLabel = "N", description = "How often all nodes are restarted. Default: 1.")
    private int times = 1;

    @Option(names = "--nodes", paramLabel = "N", description = "3 or 5. Default: 3.")
    private int nodes = 3;

    @Option(names = "--rate", paramLabel = "N", description = "Records a second. Default: 300.")
    private int rate = 300;

    @Option(
            names = "--jar",
            paramLabel = "FILE",
            description = "Nodes from this sampo.jar, by the product's own main class.")
    private @Nullable Path jar;

    @Option(names = "--dir", paramLabel = "DIR", description = "For the nodes' files. Default: ./.sampo/chaos.")
    private Path directory = Path.of(".sampo/chaos");

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        boolean passed = true;
        for (int i = 1; i <= times; i++) {
            Path files = directory.toAbsolutePath().normalize().resolve("rolling-" + i);
            FileTrees.remove(files);
            ChaosRun.Plan plan = new ChaosRun.Plan(
                    files,
                    i,
                    nodes,
                    List.of(FaultKind.ROLLING_RESTART),
                    1,
                    CALM_MS,
                    RECOVERY_LIMIT_MS,
                    new NodeJvm(jar, "", false),
                    new Workload.Shape(6, 3, 3, rate, 3),
                    Map.of());
            ChaosRun.Result result = new ChaosRun(plan, new Loopback(), line -> {
                        out.println(line);
                        out.flush();
                    })
                    .run();
            List<String> found = found(result);
            out.println(line(result, found));
            out.flush();
            passed &= found.isEmpty();
            if (found.isEmpty()) {
                FileTrees.remove(files);
            }
        }
        return passed ? 0 : 1;
    }

    /// What should not have been; empty: nothing.
    static List<String> found(ChaosRun.Result result) {
        List<String> found = new ArrayList<>(result.failed());
        Figures figures = result.verdict().figures();
        if (figures.unknown() > 0) {
            found.add(figures.unknown() + " errors that were not retried");
        }
        if (figures.acknowledged() == 0) {
            found.add("nothing was acknowledged");
        }
        if (!result.verdict().isClean()) {
            found.add("broken promises: " + RunTable.found(result.verdict()) + "; see " + result.history());
        }
        return found;
    }

    private static String line(ChaosRun.Result result, List<String> found) {
        Figures figures = result.verdict().figures();
        return String.format(
                Locale.ROOT,
                "rolling restart: %s; %d records acknowledged, %d errors, %d lost, longest gap of a partition %.1f s",
                found.isEmpty() ? "passed" : "FAILED (" + String.join(", ", found) + ")",
                figures.acknowledged(),
                figures.unknown(),
                result.verdict().count("lost") + result.verdict().count("unseen"),
                figures.longestGapUs() / 1e6);
    }
}
