package io.sampo.chaos;

import io.sampo.chaos.fault.FaultKind;
import io.sampo.chaos.rig.Mounts;
import io.sampo.chaos.rig.NodeJvm;
import io.sampo.chaos.workload.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `./sampo chaos`: fault tests on real processes.
@Command(
        name = "sampo chaos",
        mixinStandardHelpOptions = true,
        subcommands = {
            CheckCommand.class,
            FailoverCommand.class,
            RollingCommand.class,
            ScaleCommand.class,
            ClientsCommand.class
        },
        description = {
            "Starts nodes, lets stock clients work, breaks things in random pairs, heals them, reads everything and",
            "checks what the clients saw. As root each node has a network namespace of its own; without, faults of the",
            "network are left out."
        },
        footer = {
            "",
            "Examples:",
            "  ./sampo chaos --list",
            "  ./sampo chaos --runs 30",
            "  ./sampo chaos --seconds 60 --faults kill-leader,partition-leader --seed 7",
            "  ./sampo chaos failover --only stop --partitions 100",
            "  ./sampo chaos rolling",
            "  ./sampo chaos clients --runs 20 --kills 3",
            "",
            "Exit codes: 0 no violation, 1 a violation or a run that did not work, 2 wrong usage."
        })
public final class Main implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--runs", paramLabel = "N", description = "How many, one after the other. Default: 1.")
    private int runs = 1;

    @Option(names = "--seconds", paramLabel = "N", description = "How long faults come in a run. Default: 180.")
    private int seconds = 180;

    @Option(names = "--calm", paramLabel = "N", description = "Seconds of work after healing. Default: 60.")
    private int calm = 60;

    @Option(
            names = "--recovery",
            paramLabel = "N",
            description = "Seconds until writes work after healing. Default: 15.")
    private int recovery = 15;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Of the first run; the next one has the next. Default: the time.")
    private @Nullable Long seed;

    @Option(names = "--nodes", paramLabel = "N", description = "1, 3 or 5. Default: 3.")
    private int nodes = 3;

    @Option(
            names = "--faults",
            split = ",",
            paramLabel = "NAME",
            description = "Choose from these only. Default: all that this machine can do.")
    private List<String> faults = new ArrayList<>();

    @Option(names = "--without", split = ",", paramLabel = "NAME", description = "Leave these out.")
    private List<String> without = new ArrayList<>();

    @Option(names = "--list", description = "Print the faults, what this machine lacks for them, and end.")
    private boolean list;

    @Option(names = "--loopback", description = "All nodes on 127.0.0.1, also where namespaces are possible.")
    private boolean loopback;

    @Option(names = "--rate", paramLabel = "N", description = "Records a second. Default: 300.")
    private int rate = 300;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting of all nodes; repeat for more.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--bugs", paramLabel = "NAMES", description = "Plant bugs into the nodes, to test the checker.")
    private String bugs = "";

    @Option(
            names = "--jar",
            paramLabel = "FILE",
            description = "Nodes from this sampo.jar, by the product's own main class.")
    private @Nullable Path jar;

    @Option(names = "--dir", paramLabel = "DIR", description = "Where runs keep their files. Default: ./.sampo/chaos.")
    private Path directory = Path.of(".sampo/chaos");

    @Option(names = "--keep", description = "Keep the files of runs without a violation too.")
    private boolean keep;

    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "logback-chaos.xml");
        CommandLine line = new CommandLine(new Main());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, _) -> {
            command.getErr().println("sampo chaos: " + failure.getMessage());
            command.getErr().flush();
            return 1;
        });
        System.exit(line.execute(args));
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter console = spec.commandLine().getOut();
        if (nodes != 1 && nodes != 3 && nodes != 5) {
            throw new ParameterException(spec.commandLine(), "--nodes is 1, 3 or 5");
        }
        Machine machine = new Machine(nodes, loopback, jar == null);
        if (list) {
            for (FaultKind kind : FaultKind.values()) {
                String missing = machine.missing(kind);
                console.println(kind.spelling() + (missing.isEmpty() ? "" : "   (not here: " + missing + ")"));
            }
            console.flush();
            return 0;
        }
        List<FaultKind> chosen = chosen(machine);
        if (!machine.hasNamespaces()) {
            console.println("Nodes on 127.0.0.1, their network cannot be broken: "
                    + machine.missing(FaultKind.PARTITION_LEADER));
        }
        long first = seed == null ? System.currentTimeMillis() : seed;
        RunTable table = new RunTable();
        boolean clean = true;
        console.println(RunTable.runHead());
        for (int run = 0; run < runs; run++) {
            clean &= one(console, machine, chosen, first + run, table);
        }
        console.println();
        console.println(table.byFault());
        console.flush();
        return clean ? 0 : 1;
    }

    private List<FaultKind> chosen(Machine machine) {
        List<FaultKind> chosen = new ArrayList<>();
        for (String name : faults) {
            FaultKind kind = named(name);
            if (!machine.missing(kind).isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), name + " is not possible here: " + machine.missing(kind));
            }
            chosen.add(kind);
        }
        if (faults.isEmpty()) {
            chosen.addAll(machine.possible());
        }
        for (String name : without) {
            chosen.remove(named(name));
        }
        return chosen;
    }

    private FaultKind named(String name) {
        return FaultKind.of(name)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "There is no fault " + name + "; --list shows them."));
    }

    private boolean one(PrintWriter console, Machine machine, List<FaultKind> chosen, long runSeed, RunTable table)
            throws IOException {
        Path files = directory.toAbsolutePath().normalize().resolve("run-" + runSeed);
        Mounts.releaseBelow(files);
        FileTrees.remove(files);
        ChaosRun.Plan plan = new ChaosRun.Plan(
                files,
                runSeed,
                nodes,
                chosen,
                seconds * 1_000L,
                calm * 1_000L,
                recovery * 1_000L,
                new NodeJvm(jar, bugs, chosen.contains(FaultKind.CLOCK_JUMP)),
                new Workload.Shape(6, Math.min(3, nodes), 3, rate, 3),
                settings);
        ChaosRun.Result result;
        try {
            result = new ChaosRun(plan, machine.network(nodes), line -> {
                        console.println(line);
                        console.flush();
                    })
                    .run();
        } catch (IOException failed) {
            console.println(
                    "| seed " + runSeed + " | did not work: " + failed.getMessage() + "; its files are in " + files);
            console.flush();
            return false;
        }
        table.add(result);
        console.println(RunTable.runRow("seed " + runSeed, result));
        if (!result.verdict().isClean()) {
            console.println(
                    "Violations: " + RunTable.found(result.verdict()) + ". History and data are kept; look again with");
            console.println("  ./sampo chaos check " + result.history());
        } else if (!keep) {
            FileTrees.remove(files);
        }
        console.flush();
        return result.verdict().isClean();
    }
}
