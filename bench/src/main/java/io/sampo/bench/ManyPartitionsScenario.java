package io.sampo.bench;

import static io.sampo.bench.Measurement.Figure.CPU_CORES;
import static io.sampo.bench.Measurement.Figure.PEAK_MEMORY;
import static io.sampo.bench.Measurement.Figure.SECONDS;

import java.util.List;
import java.util.concurrent.TimeUnit;

/// A topic with many partitions: seconds from its creation until each partition has acknowledged a record, then the
/// CPU that the idle broker uses, and its memory.
record ManyPartitionsScenario(String name, int partitions, List<Variant> variants) implements Scenario {

    @Override
    public boolean needsOwnBroker() {
        return true;
    }

    @Override
    public void prepare(Broker broker, Variant variant) {
        // creating the topic is what is measured
    }

    @Override
    public Measurement run(Broker broker, Variant variant, int seconds) throws Exception {
        long started = System.nanoTime();
        Clients.createTopic(broker, name, partitions, broker.topicConfigs(variant.durability()));
        double elapsed = (System.nanoTime() - started) / 1e9;
        TimeUnit.SECONDS.sleep(2); // lets what follows a creation end, so that the next seconds are idle ones
        double cpuBefore = ProcessStats.cpuSeconds(broker.pid());
        TimeUnit.SECONDS.sleep(seconds);
        double idleCores = (ProcessStats.cpuSeconds(broker.pid()) - cpuBefore) / seconds;
        return new Measurement.Builder()
                .with(SECONDS, elapsed)
                .with(CPU_CORES, idleCores)
                .with(PEAK_MEMORY, ProcessStats.peakResidentBytes(broker.pid()) / 1048576.0)
                .build();
    }

    @Override
    public void cleanUp(Broker broker, Variant variant) {
        // the broker is thrown away
    }
}
