package io.sampo.chaos;

import io.sampo.chaos.checker.Violation;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.stream.StreamRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./sampo chaos clients`: the stream client while nodes of its cluster are killed.
@Command(
        name = "clients",
        mixinStandardHelpOptions = true,
        description = {
            "Kills a random one of three nodes (kill -9) again and again and starts it, while Sampo's stream client writes",
            "and a group of two members handles in the order of keys; now and then a member leaves or dies and another one",
            "comes. Checks that each acknowledged record is in the topic once and in order, that it is handled, that no",
            "handler is given a record before the one ahead of it in its key, and that commits come to the end. Prints a",
            "row of a table for each run; the gaps are those of the partition that waited longest."
        },
        footer = {
            "",
            "A run takes about 15 s and 10 s for each kill. Every wait has a limit: a run in which nothing goes on for a",
            "minute is ended, and counts as a broken promise.",
            "Exit codes: 0 all promises were kept, 1 one was not, or a run did not work."
        })
public final class ClientsCommand implements Callable<Integer> {
    static final String HEADING = """
            | seed | kills | members replaced | acknowledged | handled | of them again | lost | out of order | \
            longest gap of acknowledgements s | of handling s | promises |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|""";

    private static final Set<String> LOSS = Set.of("lost", "unhandled");
    private static final Set<String> DISORDER = Set.of("order", "left-out", "leap", "overlap");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--runs", paramLabel = "N", description = "How many, one after the other. Default: 1.")
    private int runs = 1;

    @Option(names = "--kills", paramLabel = "N", description = "In a run. Default: 3.")
    private int kills = 3;

    @Option(names = "--rate", paramLabel = "N", description = "Records a second. Default: 1000.")
    private int rate = 1_000;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Of the first run; the next one has the next. Default: the time.")
    private @Nullable Long seed;

    @Option(
            names = "--jar",
            paramLabel = "FILE",
            description = "Nodes from this sampo.jar, by the product's own main class.")
    private @Nullable Path jar;

    @Option(names = "--keep", description = "Keep the files of runs that kept all promises too.")
    private boolean keep;

    @Option(names = "--dir", paramLabel = "DIR", description = "For the nodes' files. Default: ./.sampo/chaos.")
    private Path directory = Path.of(".sampo/chaos");

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        long first = seed == null ? System.currentTimeMillis() : seed;
        boolean clean = true;
        List<String> rows = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            clean &= one(out, first + run, rows);
            out.flush();
        }
        out.println();
        out.println(HEADING);
        rows.forEach(out::println);
        out.flush();
        return clean ? 0 : 1;
    }

    private boolean one(PrintWriter out, long runSeed, List<String> rows) throws IOException {
        Path files = directory.toAbsolutePath().normalize().resolve("clients-" + runSeed);
        FileTrees.remove(files);
        StreamRun.Result result;
        try {
            result = new StreamRun(
                            new StreamRun.Plan(files, runSeed, kills, rate, new NodeJvm(jar, "", false)), line -> {
                                out.println(line);
                                out.flush();
                            })
                    .run();
        } catch (IOException failed) {
            rows.add("| " + runSeed + " | did not work: " + failed.getMessage() + " |");
            out.println(rows.getLast() + "\n  Its files are in " + files);
            return false;
        }
        rows.add(row(runSeed, result));
        out.println(rows.getLast());
        if (result.isClean()) {
            if (!keep) {
                FileTrees.remove(files);
            }
        } else {
            out.println("  Broken: " + found(result) + "; the first: "
                    + result.broken().getFirst() + "\n  All of them, and what the clients told, are in " + files);
        }
        return result.isClean();
    }

    /// Which promises were broken, with counts.
    private static String found(StreamRun.Result result) {
        Map<String, Long> counts = result.broken().stream()
                .collect(Collectors.groupingBy(Violation::check, TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .map(each -> each.getKey() + " " + each.getValue())
                .collect(Collectors.joining(", "));
    }

    static String row(long runSeed, StreamRun.Result result) {
        return String.format(
                Locale.ROOT,
                "| %d | %d | %d | %,d | %,d | %,d | %d | %d | %.1f | %.1f | %s |",
                runSeed,
                result.kills(),
                result.membersReplaced(),
                result.acknowledged(),
                result.handled(),
                result.repeated(),
                count(result, LOSS),
                count(result, DISORDER),
                result.writeGapMs() / 1e3,
                result.handleGapMs() / 1e3,
                result.isClean() ? "kept" : "BROKEN: " + found(result));
    }

    private static long count(StreamRun.Result result, Set<String> checks) {
        return result.broken().stream()
                .filter(each -> checks.contains(each.check()))
                .count();
    }
}
