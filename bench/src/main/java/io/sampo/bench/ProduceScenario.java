package io.sampo.bench;

import static io.sampo.bench.Measurement.Figure.PEAK_MEMORY;
import static io.sampo.bench.Measurement.Figure.RECORDS;
import static io.sampo.bench.Measurement.Figure.THROUGHPUT;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/// One producer sends as fast as it may, acks=all. Latency is from send() to acknowledgement, so it is mostly the
/// wait in the producer's own buffer, which has the same bound on both sides.
record ProduceScenario(
        String name, int recordBytes, int batchBytes, int partitions, String codec, List<Variant> variants)
        implements Scenario {

    @Override
    public void prepare(Broker broker, Variant variant) throws Exception {
        Clients.createTopic(broker, topic(variant), partitions, broker.topicConfigs(variant.durability()));
    }

    @Override
    public Measurement run(Broker broker, Variant variant, int seconds) throws Exception {
        byte[][] payloads = Clients.payloads(recordBytes, 512);
        Histogram latency = Clients.latencyHistogram();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        int recordsPerBatch = Math.max(1, batchBytes / (recordBytes + 10));
        String topic = topic(variant);
        long records = 0;
        double cpuBefore;
        long started;
        Map<String, Object> settings = Map.of(
                "batch.size", batchBytes, "linger.ms", 5, "compression.type", codec, "buffer.memory", 32 * 1024 * 1024);
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(broker, settings)) {
            producer.partitionsFor(topic);
            cpuBefore = ProcessStats.cpuSeconds(broker.pid());
            started = System.nanoTime();
            long end = started + TimeUnit.SECONDS.toNanos(seconds);
            while (System.nanoTime() < end) {
                for (int i = 0; i < 64; i++) {
                    int partition = (int) ((records / recordsPerBatch) % partitions);
                    byte[] payload = payloads[(int) (records % payloads.length)];
                    long sent = System.nanoTime();
                    var _ = producer.send(new ProducerRecord<>(topic, partition, null, payload), (_, problem) -> {
                        if (problem == null) {
                            Clients.record(latency, sent);
                        } else {
                            failure.compareAndSet(null, problem);
                        }
                    });
                    records++;
                }
            }
            producer.flush();
        }
        double elapsed = (System.nanoTime() - started) / 1e9;
        double cpu = ProcessStats.cpuSeconds(broker.pid()) - cpuBefore;
        Exception failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        double bytes = (double) records * recordBytes;
        Measurement.Builder builder = new Measurement.Builder()
                .with(THROUGHPUT, bytes / (1 << 20) / elapsed)
                .with(RECORDS, records / elapsed);
        return Clients.latency(builder, latency)
                .cpu(cpu, bytes, elapsed)
                .with(PEAK_MEMORY, ProcessStats.peakResidentBytes(broker.pid()) / 1048576.0)
                .build();
    }

    @Override
    public void cleanUp(Broker broker, Variant variant) throws Exception {
        Clients.deleteTopic(broker, topic(variant));
    }

    private String topic(Variant variant) {
        return name + "-" + variant.topicSuffix();
    }
}
