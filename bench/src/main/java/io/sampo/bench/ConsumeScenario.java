package io.sampo.bench;

import static io.sampo.bench.Measurement.Figure.PEAK_MEMORY;
import static io.sampo.bench.Measurement.Figure.RECORDS;
import static io.sampo.bench.Measurement.Figure.THROUGHPUT;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/// One consumer reads a filled topic from the page cache, again and again from the start.
record ConsumeScenario(String name, int recordBytes, int partitions, List<Variant> variants) implements Scenario {
    private static final long FILL_BYTES = 1L << 30;

    @Override
    public void prepare(Broker broker, Variant variant) throws Exception {
        Clients.createTopic(broker, topic(variant), partitions, broker.topicConfigs(variant.durability()));
        byte[][] payloads = Clients.payloads(recordBytes, 512);
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker, Map.of("batch.size", 131_072, "linger.ms", 5))) {
            long records = FILL_BYTES / recordBytes;
            for (long i = 0; i < records; i++) {
                int partition = (int) ((i / 120) % partitions);
                var _ = producer.send(
                        new ProducerRecord<>(topic(variant), partition, null, payloads[(int) (i % payloads.length)]));
            }
        }
    }

    @Override
    public Measurement run(Broker broker, Variant variant, int seconds) throws Exception {
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            all.add(new TopicPartition(topic(variant), partition));
        }
        long records = 0;
        double cpuBefore;
        long started;
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(broker, Map.of())) {
            consumer.assign(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            consumer.seekToBeginning(all);
            cpuBefore = ProcessStats.cpuSeconds(broker.pid());
            started = System.nanoTime();
            long end = started + TimeUnit.SECONDS.toNanos(seconds);
            while (System.nanoTime() < end) {
                ConsumerRecords<byte[], byte[]> polled = consumer.poll(Duration.ofMillis(500));
                records += polled.count();
                for (TopicPartition partition : polled.partitions()) {
                    if (consumer.position(partition) >= Objects.requireNonNull(ends.get(partition))) {
                        consumer.seekToBeginning(List.of(partition));
                    }
                }
            }
        }
        double elapsed = (System.nanoTime() - started) / 1e9;
        double cpu = ProcessStats.cpuSeconds(broker.pid()) - cpuBefore;
        double bytes = (double) records * recordBytes;
        return new Measurement.Builder()
                .with(THROUGHPUT, bytes / (1 << 20) / elapsed)
                .with(RECORDS, records / elapsed)
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
