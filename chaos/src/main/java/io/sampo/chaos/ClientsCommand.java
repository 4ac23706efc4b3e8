package io.sampo.chaos;

import io.sampo.chaos.checker.Violation;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.stream.StreamRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
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
            "and a group of two members handles in the order of keys; now and then a member leaves and another one comes.",
            "Checks that each acknowledged record is in the topic once and in order, that it is handled, that no handler",
            "is given a record before the one ahead of it in its key, and that commits come to the end."
        },
        footer = {
            "",
            "A run takes about 15 s and 10 s for each kill. Every wait has a limit: a run in which nothing goes on for a",
            "minute is ended, and counts as a broken promise.",
            "Exit codes: 0 all promises were kept, 1 one was not, or a run did not work."
        })
public final class ClientsCommand implements Callable<Integer> {
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

    @Option(names = "--dir", paramLabel = "DIR", description = "For the nodes' files. Default: ./.sampo/chaos.")
    private Path directory = Path.of(".sampo/chaos");

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        long first = seed == null ? System.currentTimeMillis() : seed;
        boolean clean = true;
        for (int run = 0; run < runs; run++) {
            clean &= one(out, first + run);
            out.flush();
        }
        return clean ? 0 : 1;
    }

    private boolean one(PrintWriter out, long runSeed) throws IOException {
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
            out.println("seed " + runSeed + ": did not work: " + failed.getMessage() + "; its files are in " + files);
            return false;
        }
        out.println(line(runSeed, result));
        if (result.isClean()) {
            FileTrees.remove(files);
        } else {
            out.println("  Broken: " + found(result) + "; the first: "
                    + result.broken().getFirst() + "\n  All of them, and what the clients told, are in " + files);
        }
        return result.isClean();
    }

    /// Which promises were broken, with counts.
    static String found(StreamRun.Result result) {
        Map<String, Long> counts = result.broken().stream()
                .collect(Collectors.groupingBy(Violation::check, TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .map(each -> each.getKey() + " " + each.getValue())
                .collect(Collectors.joining(", "));
    }

    private static String line(long runSeed, StreamRun.Result result) {
        return String.format(
                Locale.ROOT,
                "seed %d: %s; %d records acknowledged, %d handled, %d of them again, %d members replaced, longest gap of"
                        + " acknowledgements %.1f s, of handling %.1f s",
                runSeed,
                result.isClean() ? "all promises kept" : "BROKEN",
                result.acknowledged(),
                result.handled(),
                result.repeated(),
                result.membersReplaced(),
                result.writeGapMs() / 1e3,
                result.handleGapMs() / 1e3);
    }
}
