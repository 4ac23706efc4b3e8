package io.sampo.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// Runs scenarios: warm-up, then the variants in alternation (A B A B ...), so that a machine whose speed drifts is
/// unfair to nobody. Both brokers are up while a scenario runs; only one has work at a time.
final class Runner implements AutoCloseable {
    private final BrokerFactory brokers;
    private final Consumer<String> progress;
    private final int pairs;
    private final int seconds;
    private final int warmUpSeconds;
    private final Map<String, Broker> shared = new LinkedHashMap<>();

    /// Makes a broker in a fresh directory, not yet started.
    interface BrokerFactory {
        Broker create(String name, Path directory) throws IOException;
    }

    /// @param runs by variant, in order
    record Outcome(Scenario scenario, Map<Variant, List<Measurement>> runs) {}

    Runner(BrokerFactory brokers, Consumer<String> progress, int pairs, int seconds, int warmUpSeconds) {
        this.brokers = brokers;
        this.progress = progress;
        this.pairs = pairs;
        this.seconds = seconds;
        this.warmUpSeconds = warmUpSeconds;
    }

    Outcome run(Scenario scenario) throws Exception {
        progress.accept(scenario.name());
        Map<Variant, List<Measurement>> runs = new LinkedHashMap<>();
        scenario.variants().forEach(variant -> runs.put(variant, new ArrayList<>()));
        if (scenario.needsOwnBroker()) {
            runAlone(scenario, runs);
        } else {
            runTogether(scenario, runs);
        }
        return new Outcome(scenario, runs);
    }

    private void runTogether(Scenario scenario, Map<Variant, List<Measurement>> runs) throws Exception {
        for (Variant variant : scenario.variants()) {
            scenario.prepare(sharedBroker(variant), variant);
            if (warmUpSeconds > 0) {
                scenario.run(sharedBroker(variant), variant, warmUpSeconds);
            }
        }
        for (int pair = 0; pair < pairs; pair++) {
            for (Variant variant : scenario.variants()) {
                note(variant, runs, scenario.run(sharedBroker(variant), variant, seconds));
            }
        }
        for (Variant variant : scenario.variants()) {
            scenario.cleanUp(sharedBroker(variant), variant);
        }
    }

    private void runAlone(Scenario scenario, Map<Variant, List<Measurement>> runs) throws Exception {
        close();
        for (int pair = 0; pair < pairs; pair++) {
            for (Variant variant : scenario.variants()) {
                try (Broker broker = create(variant.broker())) {
                    broker.start();
                    scenario.prepare(broker, variant);
                    note(variant, runs, scenario.run(broker, variant, seconds));
                }
            }
        }
    }

    private void note(Variant variant, Map<Variant, List<Measurement>> runs, Measurement measurement) {
        Objects.requireNonNull(runs.get(variant)).add(measurement);
        StringBuilder line = new StringBuilder("  " + variant.label() + ":");
        measurement
                .values()
                .forEach((figure, value) -> line.append(' ')
                        .append(Report.number(value))
                        .append(' ')
                        .append(figure.label)
                        .append(','));
        progress.accept(line.substring(0, line.length() - 1));
    }

    private Broker sharedBroker(Variant variant) throws IOException, InterruptedException {
        Broker broker = shared.get(variant.broker());
        if (broker == null) {
            broker = create(variant.broker());
            shared.put(variant.broker(), broker);
            broker.start();
        }
        return broker;
    }

    private Broker create(String name) throws IOException {
        return brokers.create(name, Files.createTempDirectory("sampo-bench-" + name));
    }

    @Override
    public void close() throws IOException {
        for (Broker broker : shared.values()) {
            broker.close();
        }
        shared.clear();
    }
}
