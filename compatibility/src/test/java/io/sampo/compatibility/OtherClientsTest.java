package io.sampo.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sampo.compatibility.broker.BrokerUnderTest;
import io.sampo.compatibility.broker.ChildProcess;
import io.sampo.compatibility.broker.SharedBroker;
import io.sampo.compatibility.broker.Tools;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Clients of other languages: each scenario is a program in that language that checks counts, order and bytes
/// itself.
@ExtendWith(SharedBroker.class)
final class OtherClientsTest {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    @Test
    void debiansConfluentKafkaPythonClientWorks(BrokerUnderTest broker) {
        passes(
                Tools.pythonWith("confluent_kafka"),
                Tools.testFile("python/scenario_confluent.py").toString(),
                broker.bootstrap());
    }

    @Test
    void debiansKafkaPythonClientWorks(BrokerUnderTest broker) {
        passes(
                Tools.pythonWith("kafka"),
                Tools.testFile("python/scenario_kafka_python.py").toString(),
                broker.bootstrap());
    }

    @Test
    void kafkajsWorks(BrokerUnderTest broker) {
        if (!Files.isDirectory(Tools.testFile("kafkajs/node_modules/kafkajs"))) {
            throw Tools.missing("kafkajs (in compatibility/src/test/kafkajs/node_modules)");
        }
        passes(Tools.program("node"), Tools.testFile("kafkajs/scenario.js").toString(), broker.bootstrap());
    }

    private static void passes(String... command) {
        ChildProcess.Outcome outcome = ChildProcess.run(
                List.of(command),
                Map.of("PYTHONDONTWRITEBYTECODE", "1", "KAFKAJS_NO_PARTITIONER_WARNING", "1"),
                new byte[0],
                DEADLINE);
        assertEquals(0, outcome.exitCode(), outcome::output);
        assertEquals("ALL PASSED", outcome.lines().getLast(), outcome::output);
    }
}
