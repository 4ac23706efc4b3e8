package io.sampo.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `./sampo bench`: compares Sampo with Apache Kafka on this machine.
@Command(
        name = "sampo bench",
        mixinStandardHelpOptions = true,
        subcommands = ClientsCommand.class,
        description = {
            "Starts Apache Kafka (from Maven Central) and Sampo and gives both the same work in alternation.",
            "Writes results.md and results.svg. Ratios count; absolute figures belong to the machine they were taken on."
        },
        footer = {
            "",
            "All scenarios take about 25 minutes with the defaults.",
            "Examples:",
            "  ./sampo bench --list",
            "  ./sampo bench --scenario 'produce-.*16p.*' --out /tmp/bench",
            "  ./sampo bench clients"
        })
public final class Main implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--scenario", paramLabel = "REGEX", description = "Only scenarios whose whole name matches.")
    private @Nullable Pattern scenario;

    @Option(names = "--list", description = "Print the scenarios and end.")
    private boolean list;

    @Option(names = "--pairs", paramLabel = "N", defaultValue = "3", description = "Measured runs of each. Default: 3.")
    private int pairs = 3;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "8",
            description = "Length of a measured run. Default: 8.")
    private int seconds = 8;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "6",
            description = "Seconds of warm-up for each scenario and variant. Default: 6.")
    private int warmUpSeconds = 6;

    @Option(names = "--out", paramLabel = "DIR", description = "Where results go. Default: docs/benchmarks.")
    private @Nullable Path out;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter console = spec.commandLine().getOut();
        List<Scenario> chosen = new ArrayList<>();
        for (Scenario candidate : Scenarios.all()) {
            if (scenario == null || scenario.matcher(candidate.name()).matches()) {
                chosen.add(candidate);
            }
        }
        if (list) {
            chosen.forEach(each -> console.println(each.name()));
            return 0;
        }
        if (chosen.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "No scenario matches; --list shows them.");
        }
        Path home =
                Path.of(System.getProperty("sampo.home", ".")).toAbsolutePath().normalize();
        Path libraries = Libraries.kafka(home, console);
        Path directory = out == null ? home.resolve("docs/benchmarks") : out;
        Files.createDirectories(directory);
        List<Runner.Outcome> outcomes = new ArrayList<>();
        try (Runner runner = new Runner(
                (name, work) -> new Broker(name.equals("kafka") ? new ApacheKafka(libraries) : new Sampo(home), work),
                line -> {
                    console.println(line);
                    console.flush();
                },
                pairs,
                seconds,
                warmUpSeconds)) {
            for (Scenario each : chosen) {
                outcomes.add(runner.run(each));
                Files.writeString(directory.resolve("results.md"), Report.markdown(outcomes, heading()));
                Files.writeString(directory.resolve("results.svg"), Chart.svg(outcomes));
            }
        }
        console.println(Report.markdown(outcomes, ""));
        console.println("Written: " + directory.resolve("results.md") + ", " + directory.resolve("results.svg"));
        console.flush();
        return 0;
    }

    private String heading() throws IOException {
        return """
                # Sampo and Apache Kafka, side by side

                Taken on %s; %d CPUs (%s), Java %s. %d pairs of %d s in alternation after %d s of warm-up; medians, and ratios pair by
                pair with their range. Ratios count: absolute figures belong to the machine. See README.md beside this file.

                ![ratios](results.svg)
                """.formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.getRuntime().availableProcessors(),
                        cpuModel(),
                        Runtime.version().feature(),
                        pairs,
                        seconds,
                        warmUpSeconds);
    }

    static String cpuModel() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
            if (line.startsWith("model name")) {
                return line.substring(line.indexOf(':') + 1).trim();
            }
        }
        return "unknown CPU";
    }
}
