package io.sampo.bench;

import static io.sampo.bench.Measurement.Figure.PEAK_MEMORY;
import static io.sampo.bench.Measurement.Figure.SECONDS;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/// Seconds from starting the process until a record is acknowledged: with `fillBytes` in the log, after `kill -9`.
record StartScenario(String name, long fillBytes, List<Variant> variants) implements Scenario {
    private static final int PARTITIONS = 16;

    @Override
    public boolean needsOwnBroker() {
        return true;
    }

    @Override
    public void prepare(Broker broker, Variant variant) throws Exception {
        Clients.createTopic(broker, name, PARTITIONS, broker.topicConfigs(variant.durability()));
        byte[][] payloads = Clients.payloads(1024, 512);
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker, Map.of("batch.size", 131_072, "linger.ms", 5))) {
            for (long i = 0; i < Math.max(1, fillBytes / 1024); i++) {
                var _ = producer.send(new ProducerRecord<>(
                        name, (int) ((i / 120) % PARTITIONS), null, payloads[(int) (i % payloads.length)]));
            }
        }
    }

    @Override
    public Measurement run(Broker broker, Variant variant, int seconds) throws Exception {
        broker.kill();
        long started = System.nanoTime();
        broker.start();
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(broker, Map.of("retry.backoff.ms", 20))) {
            producer.send(new ProducerRecord<>(name, 0, null, new byte[100])).get();
        }
        double elapsed = (System.nanoTime() - started) / 1e9;
        return new Measurement.Builder()
                .with(SECONDS, elapsed)
                .with(PEAK_MEMORY, ProcessStats.peakResidentBytes(broker.pid()) / 1048576.0)
                .build();
    }

    @Override
    public void cleanUp(Broker broker, Variant variant) {
        // the broker is thrown away
    }
}
