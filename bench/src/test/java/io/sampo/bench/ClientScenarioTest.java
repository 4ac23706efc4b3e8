package io.sampo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.bench.Measurement.Figure;
import io.sampo.bench.client.ClientKind;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClientScenarioTest {
    private static final List<ClientScenario> ALL = ClientScenario.all(List.of("sampo", "kafka"), (kind, _) -> {
        throw new IOException("no process in this test: " + kind);
    });

    @Test
    void eachScenarioHasANameOfItsOwnOnEachBroker() {
        List<String> names = ALL.stream().map(Scenario::name).toList();

        assertEquals(names.size(), names.stream().distinct().count());
        assertTrue(names.contains("read-1k") && names.contains("read-1k-on-kafka"), names::toString);
    }

    @Test
    void everyClientDoesItAndTheYardstickComesLast() {
        for (ClientScenario scenario : ALL) {
            assertEquals(ClientKind.values().length, scenario.variants().size());
            assertEquals("kafka-clients", scenario.variants().getLast().label());
            assertEquals(
                    1,
                    scenario.variants().stream().map(Variant::broker).distinct().count());
        }
    }

    @Test
    void theReportComparesEachClientWithTheYardstick() {
        ClientScenario scenario = ALL.getFirst();
        Map<Variant, List<Measurement>> runs = new LinkedHashMap<>();
        double throughput = 300;
        for (Variant variant : scenario.variants()) {
            runs.put(
                    variant,
                    List.of(new Measurement.Builder()
                            .with(Figure.THROUGHPUT, throughput)
                            .build()));
            throughput -= 100;
        }

        String text = Report.markdown(List.of(new Runner.Outcome(scenario, runs)), "");

        assertTrue(text.contains("| **Sampo streams / kafka-clients** | **3.00** (3.00-3.00) |"), text);
        assertTrue(text.contains("| **Pekko Connectors Kafka / kafka-clients** | **2.00** (2.00-2.00) |"), text);
    }
}
