package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.broker.ChildProcess;
import io.sampo.compatibility.broker.KafkaLibraries;
import io.sampo.compatibility.broker.SharedBroker;
import io.sampo.compatibility.scenario.ClientScenario;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/// The Java client in three versions: the one of today in this JVM, old ones in a JVM each with their own jars.
@ExtendWith(SharedBroker.class)
final class JavaClientsTest {
    private static final Duration SCENARIO_DEADLINE = Duration.ofMinutes(5);

    @TestFactory
    Stream<DynamicTest> theJavaClientOfTodayCan(BrokerUnderTest broker) {
        return ClientScenario.steps(broker.bootstrap()).stream()
                .map(step -> dynamicTest(step.name(), () -> step.body().run()));
    }

    @TestFactory
    Stream<DynamicTest> theJavaClient3Can(BrokerUnderTest broker) {
        return runInOldClient(broker, oldVersions().get(1));
    }

    @TestFactory
    Stream<DynamicTest> theJavaClient2Can(BrokerUnderTest broker) {
        return runInOldClient(broker, oldVersions().get(0));
    }

    private static List<String> oldVersions() {
        return List.of(System.getProperty("kafka.clients.versions").split(","));
    }

    private static Stream<DynamicTest> runInOldClient(BrokerUnderTest broker, String version) {
        String classPath = testClasses() + File.pathSeparator + KafkaLibraries.clientClassPath(version);
        ChildProcess.Outcome outcome = ChildProcess.run(
                ChildProcess.java(
                        List.of("-Xmx256m"), classPath, ClientScenario.class.getName(), List.of(broker.bootstrap())),
                Map.of(),
                new byte[0],
                SCENARIO_DEADLINE);
        List<String> lines = outcome.lines();
        int expected = ClientScenario.steps(broker.bootstrap()).size();
        List<String> results = lines.stream()
                .filter(line -> line.startsWith(ClientScenario.PASSED) || line.startsWith(ClientScenario.FAILED))
                .toList();
        DynamicTest whole = dynamicTest("kafka-clients " + version + " ran every step", () -> {
            assertEquals("kafka-clients " + version, lines.getFirst());
            assertEquals(expected, results.size(), outcome.output());
        });
        return Stream.concat(
                Stream.of(whole),
                IntStream.range(0, lines.size())
                        .filter(i -> results.contains(lines.get(i)))
                        .mapToObj(i -> resultOf(lines, i)));
    }

    private static DynamicTest resultOf(List<String> lines, int i) {
        String line = lines.get(i);
        if (line.startsWith(ClientScenario.PASSED)) {
            return dynamicTest(line.substring(ClientScenario.PASSED.length()), () -> {});
        }
        List<String> trace = lines.stream()
                .skip(i + 1)
                .takeWhile(next -> next.startsWith("\t"))
                .toList();
        return dynamicTest(
                line.substring(ClientScenario.FAILED.length()), () -> fail(String.join(System.lineSeparator(), trace)));
    }

    private static Path testClasses() {
        return Path.of(System.getProperty("basedir", "."), "target", "test-classes")
                .toAbsolutePath();
    }
}
