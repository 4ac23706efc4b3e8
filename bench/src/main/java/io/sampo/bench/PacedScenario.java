package io.sampo.bench;

import static io.sampo.bench.Measurement.Figure.CPU_CORES;
import static io.sampo.bench.Measurement.Figure.PEAK_MEMORY;
import static io.sampo.bench.Measurement.Figure.RECORDS;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/// End-to-end latency, from the time a record was due to the time a consumer at the tail has it: an open loop at a
/// fixed rate, so that a slow broker cannot slow the load down; or one record in flight (`recordsPerSecond` 0).
record PacedScenario(String name, int recordBytes, int recordsPerSecond, List<Variant> variants) implements Scenario {

    @Override
    public void prepare(Broker broker, Variant variant) throws Exception {
        Clients.createTopic(broker, topic(variant), 1, broker.topicConfigs(variant.durability()));
    }

    @Override
    public Measurement run(Broker broker, Variant variant, int seconds) throws Exception {
        String topic = topic(variant);
        TopicPartition partition = new TopicPartition(topic, 0);
        Histogram latency = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(5), 3);
        AtomicBoolean stop = new AtomicBoolean();
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(broker, Map.of());
                KafkaProducer<byte[], byte[]> producer = Clients.producer(broker, Map.of("linger.ms", 0))) {
            consumer.assign(List.of(partition));
            consumer.seekToEnd(List.of(partition));
            consumer.position(partition);
            producer.partitionsFor(topic);
            double cpuBefore = ProcessStats.cpuSeconds(broker.pid());
            long started = System.nanoTime();
            long end = started + TimeUnit.SECONDS.toNanos(seconds);
            long sent;
            if (recordsPerSecond == 0) {
                sent = oneInFlight(producer, consumer, topic, latency, end);
            } else {
                Thread reader = new Thread(() -> read(consumer, latency, stop), "reader");
                reader.start();
                sent = paced(producer, topic, end);
                producer.flush();
                stop.set(true);
                reader.join();
            }
            double elapsed = (System.nanoTime() - started) / 1e9;
            double cpu = ProcessStats.cpuSeconds(broker.pid()) - cpuBefore;
            return Clients.latency(new Measurement.Builder().with(RECORDS, sent / elapsed), latency)
                    .with(CPU_CORES, cpu / elapsed)
                    .with(PEAK_MEMORY, ProcessStats.peakResidentBytes(broker.pid()) / 1048576.0)
                    .build();
        }
    }

    private long oneInFlight(
            KafkaProducer<byte[], byte[]> producer,
            KafkaConsumer<byte[], byte[]> consumer,
            String topic,
            Histogram latency,
            long end) {
        long sent = 0;
        while (System.nanoTime() < end) {
            var _ = producer.send(new ProducerRecord<>(topic, 0, null, stamped(System.nanoTime())));
            int seen = 0;
            while (seen == 0) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    Clients.record(latency, stamp(record.value()));
                    seen++;
                }
            }
            sent++;
        }
        return sent;
    }

    private long paced(KafkaProducer<byte[], byte[]> producer, String topic, long end) {
        long interval = TimeUnit.SECONDS.toNanos(1) / recordsPerSecond;
        long due = System.nanoTime();
        long sent = 0;
        while (due < end) {
            long wait = due - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            }
            long now = System.nanoTime();
            while (due <= now) {
                var _ = producer.send(new ProducerRecord<>(topic, 0, null, stamped(due)));
                due += interval;
                sent++;
            }
        }
        return sent;
    }

    private static void read(KafkaConsumer<byte[], byte[]> consumer, Histogram latency, AtomicBoolean stop) {
        boolean drained = false;
        while (!drained) {
            boolean last = stop.get();
            var records = consumer.poll(Duration.ofMillis(100));
            for (ConsumerRecord<byte[], byte[]> record : records) {
                Clients.record(latency, stamp(record.value()));
            }
            drained = last && records.isEmpty();
        }
    }

    private byte[] stamped(long nanos) {
        byte[] value = new byte[recordBytes];
        for (int i = 0; i < Long.BYTES; i++) {
            value[i] = (byte) (nanos >>> (8 * i));
        }
        return value;
    }

    private static long stamp(byte[] value) {
        long nanos = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            nanos |= (value[i] & 0xffL) << (8 * i);
        }
        return nanos;
    }

    @Override
    public void cleanUp(Broker broker, Variant variant) throws Exception {
        Clients.deleteTopic(broker, topic(variant));
    }

    private String topic(Variant variant) {
        return name + "-" + variant.topicSuffix();
    }
}
