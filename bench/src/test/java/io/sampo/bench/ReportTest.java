package io.sampo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sampo.bench.Measurement.Figure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {

    @Test
    void ratiosArePairByPairAgainstTheLastVariant() {
        Runner.Outcome outcome = outcome(List.of(100.0, 300.0, 90.0), List.of(50.0, 100.0, 100.0));

        Report.Ratio ratio = Report.ratio(outcome, Variant.SAMPO_PAGE_CACHE, Figure.THROUGHPUT);

        assertEquals(new Report.Ratio(2.0, 0.9, 3.0), ratio);
    }

    @Test
    void theTableShowsMediansAndTheRatioWithItsRange() {
        String text = Report.markdown(List.of(outcome(List.of(100.0, 300.0, 90.0), List.of(50.0, 100.0, 100.0))), "");

        assertTrue(text.contains("| Sampo (page cache) | 100 |"), text);
        assertTrue(text.contains("| Kafka (page cache) | 100 |"), text);
        assertTrue(text.contains("| **2.00** (0.90-3.00) |"), text);
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
        assertEquals(2.5, Report.median(List.of(4.0, 1.0, 2.0, 3.0)));
    }

    @Test
    void theChartHasOneBarForEachFigureOfInterest() {
        String svg = Chart.svg(List.of(outcome(List.of(100.0), List.of(50.0))));

        assertTrue(svg.startsWith("<svg"), svg);
        assertTrue(svg.contains("some-work · MiB/s"), svg);
        assertTrue(svg.contains(">2.00</text>"), svg);
    }

    @Test
    void allScenariosHaveNamesOfTheirOwnAndKafkaAsTheirYardstick() {
        List<String> names = Scenarios.all().stream().map(Scenario::name).toList();

        assertEquals(names.size(), names.stream().distinct().count());
        Scenarios.all()
                .forEach(scenario ->
                        assertEquals("kafka", scenario.variants().getLast().broker(), scenario.name()));
    }

    private static Runner.Outcome outcome(List<Double> sampo, List<Double> kafka) {
        Scenario scenario = new ProduceScenario("some-work", 1024, 16384, 1, "none", Variant.PAGE_CACHE_PAIR);
        Map<Variant, List<Measurement>> runs = new LinkedHashMap<>();
        runs.put(Variant.SAMPO_PAGE_CACHE, runs(sampo));
        runs.put(Variant.KAFKA, runs(kafka));
        return new Runner.Outcome(scenario, runs);
    }

    private static List<Measurement> runs(List<Double> throughputs) {
        List<Measurement> runs = new ArrayList<>();
        for (double throughput : throughputs) {
            runs.add(new Measurement.Builder()
                    .with(Figure.THROUGHPUT, throughput)
                    .build());
        }
        return runs;
    }
}
