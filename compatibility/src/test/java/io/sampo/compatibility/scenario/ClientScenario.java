package io.sampo.compatibility.scenario;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;

/// Everything that a Java client must be able to do, as steps; also a program, for old clients in a JVM of their
/// own.
public final class ClientScenario {
    /// First word of a line that tells of a step that passed.
    public static final String PASSED = "PASSED ";

    /// First word of a line that tells of a step that failed; the stack trace follows, each line with a tab before
    /// it.
    public static final String FAILED = "FAILED ";

    private ClientScenario() {}

    public static List<Step> steps(String bootstrap) {
        ScenarioClient client = new ScenarioClient(bootstrap);
        return Stream.of(
                        new ProduceConsumeSteps(client).steps(),
                        new PositionSteps(client).steps(),
                        new GroupSteps(client).steps(),
                        new AdminSteps(client).steps(),
                        new GroupAdminSteps(client).steps())
                .flatMap(List::stream)
                .toList();
    }

    /// Runs all steps in order: `ClientScenario HOST:PORT`. Exit code 0 when all passed, else 1.
    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        out.println("kafka-clients " + clientVersion());
        boolean failed = false;
        for (Step step : steps(args[0])) {
            long startedNanos = System.nanoTime();
            try {
                step.body().run();
                out.println(PASSED + step.name() + "\t" + (System.nanoTime() - startedNanos) / 1_000_000 + " ms");
            } catch (Throwable e) {
                failed = true;
                StringWriter trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace));
                out.println(FAILED + step.name());
                trace.toString().lines().forEach(line -> out.println("\t" + line));
            }
        }
        System.exit(failed ? 1 : 0);
    }

    /// The version of the client library on this class path, as its own jar says.
    private static String clientVersion() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = KafkaProducer.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            properties.load(in);
        }
        return properties.getProperty("version");
    }
}
