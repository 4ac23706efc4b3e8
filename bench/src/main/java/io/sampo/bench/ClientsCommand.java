package io.sampo.bench;

import io.sampo.bench.client.ClientKind;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `./sampo bench clients`: compares Java clients on this machine.
@Command(
        name = "clients",
        mixinStandardHelpOptions = true,
        description = {
            "Sampo's stream client, Pekko Connectors Kafka and kafka-clients do the same work on the same broker, each in a",
            "process of its own, in alternation. Writes clients.md: throughput, processor time of the client, latencies;",
            "medians, and ratios to kafka-clients round by round."
        },
        footer = {
            "",
            "About 15 minutes with the defaults for each broker. No run may take a minute longer than its seconds.",
            "Examples:",
            "  ./sampo bench clients --list",
            "  ./sampo bench clients --broker sampo,kafka",
            "  ./sampo bench clients --scenario 'read-.*' --rounds 3 --out /tmp/bench"
        })
final class ClientsCommand implements Callable<Integer> {
    private static final String REPORT = "clients.md";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--scenario", paramLabel = "REGEX", description = "Only scenarios whose whole name matches.")
    private @Nullable Pattern scenario;

    @Option(names = "--list", description = "Print the scenarios and end.")
    private boolean list;

    @Option(
            names = "--broker",
            split = ",",
            paramLabel = "NAME",
            description = "sampo, kafka, or both with a comma. Default: sampo.")
    private List<String> brokers = List.of("sampo");

    @Option(names = "--rounds", paramLabel = "N", description = "Measured runs of each client. Default: 5.")
    private int rounds = 5;

    @Option(names = "--seconds", paramLabel = "N", description = "Length of a measured run. Default: 8.")
    private int seconds = 8;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Seconds of warm-up for each scenario and client. Default: 10.")
    private int warmUpSeconds = 10;

    @Option(names = "--out", paramLabel = "DIR", description = "Where clients.md goes. Default: docs/benchmarks.")
    private @Nullable Path out;

    @Override
    public Integer call() throws Exception {
        PrintWriter console = spec.commandLine().getOut();
        if (!List.of("sampo", "kafka").containsAll(brokers)) {
            throw new ParameterException(spec.commandLine(), "--broker is sampo or kafka");
        }
        Path home =
                Path.of(System.getProperty("sampo.home", ".")).toAbsolutePath().normalize();
        List<ClientScenario> chosen =
                ClientScenario.all(
                                brokers, (kind, bootstrap) -> new WorkerProcess(kind, classPath(home, kind), bootstrap))
                        .stream()
                        .filter(each -> scenario == null
                                || scenario.matcher(each.name()).matches())
                        .toList();
        if (list) {
            chosen.forEach(each -> console.println(each.name()));
            return 0;
        }
        if (chosen.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "No scenario matches; --list shows them.");
        }
        Libraries.connectors(home, console);
        Path kafka = brokers.contains("kafka") ? Libraries.kafka(home, console) : home;
        Path directory = out == null ? home.resolve("docs/benchmarks") : out;
        Files.createDirectories(directory);
        measure(chosen, home, kafka, directory.resolve(REPORT), console);
        return 0;
    }

    private void measure(List<ClientScenario> chosen, Path home, Path kafka, Path report, PrintWriter console)
            throws Exception {
        List<Runner.Outcome> outcomes = new ArrayList<>();
        try (Runner runner = new Runner(
                (name, work) -> new Broker(name.equals("kafka") ? new ApacheKafka(kafka) : new Sampo(home), work),
                line -> {
                    console.println(line);
                    console.flush();
                },
                rounds,
                seconds,
                warmUpSeconds)) {
            for (ClientScenario each : chosen) {
                try (each) {
                    outcomes.add(runner.run(each));
                }
                Files.writeString(report, Report.markdown(outcomes, heading(home)));
            }
        }
        console.println(Report.markdown(outcomes, ""));
        console.println("Written: " + report);
        console.flush();
    }

    /// A client's own libraries, and the worker's classes; never another client's.
    private static String classPath(Path home, ClientKind kind) {
        Path libraries = kind == ClientKind.CONNECTORS
                ? home.resolve("bench/connectors/target/libs")
                : home.resolve("bench/target/lib");
        return home.resolve("bench/target/classes") + ":" + libraries + "/*";
    }

    private String heading(Path home) throws IOException {
        return """
                # Java clients, side by side

                Taken on %s; %d CPUs (%s), Java %s. %d rounds of %d s in alternation after %d s of warm-up; medians, and ratios round by
                round with their range. Ratios count: absolute figures belong to the machine. See README.md beside this file.
                Each client in a JVM of its own with `%s`: Sampo's stream client and the yardstick with %s; Pekko
                Connectors Kafka as %s.
                Processor time is the client's. All have the same settings but for two that have each client's default: `receive.buffer.bytes`, the system's (-1) for
                Sampo's stream client, 64 KiB for the others; and `sampo.backlog.batch.size` (64 KiB), which only Sampo's has: `batch.size` is 16 KiB for all.
                """.formatted(
                LocalDate.now(ZoneOffset.UTC),
                Runtime.getRuntime().availableProcessors(),
                Main.cpuModel(),
                Runtime.version().feature(),
                rounds,
                seconds,
                warmUpSeconds,
                String.join(" ", WorkerProcess.JVM_FLAGS),
                jars(home.resolve("bench/target/lib"), "kafka-clients-"),
                jars(home.resolve("bench/connectors/target/libs"), "(pekko-connectors-)?kafka.*|pekko-stream_.*"));
    }

    /// The names of libraries with their versions.
    private static String jars(Path directory, String beginning) throws IOException {
        Pattern wanted = Pattern.compile("(" + beginning + ").*\\.jar");
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(each -> each.getFileName().toString())
                    .filter(name -> wanted.matcher(name).matches())
                    .map(name -> name.substring(0, name.length() - ".jar".length()))
                    .sorted()
                    .collect(Collectors.joining(", "));
        }
    }
}
