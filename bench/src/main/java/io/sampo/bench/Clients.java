package io.sampo.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Stock clients with the settings that all scenarios share.
final class Clients {
    private static final long LONGEST_LATENCY_US = TimeUnit.MINUTES.toMicros(5);

    private Clients() {}

    static KafkaProducer<byte[], byte[]> producer(Broker broker, Map<String, Object> settings) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", broker.address());
        config.put("acks", "all");
        // A broker that syncs every append is slow, not broken: its producer must wait for it.
        config.put("delivery.timeout.ms", 600_000);
        config.put("request.timeout.ms", 120_000);
        config.putAll(settings);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    static KafkaConsumer<byte[], byte[]> consumer(Broker broker, Map<String, Object> settings) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", broker.address());
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        config.putAll(settings);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static void createTopic(Broker broker, String topic, int partitions, Map<String, String> configs)
            throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.address()))) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs)))
                    .all()
                    .get();
        }
        awaitWritable(broker, topic, partitions);
    }

    /// One record into each partition, not idempotent: an idempotent producer that starts right after CreateTopics
    /// can get stuck for ever on Kafka (KAFKA-15591).
    private static void awaitWritable(Broker broker, String topic, int partitions)
            throws InterruptedException, ExecutionException {
        try (KafkaProducer<byte[], byte[]> producer = producer(broker, Map.of("enable.idempotence", false))) {
            List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
            for (int partition = 0; partition < partitions; partition++) {
                acknowledgements.add(producer.send(new ProducerRecord<>(topic, partition, null, new byte[8])));
            }
            for (Future<RecordMetadata> acknowledgement : acknowledgements) {
                acknowledgement.get();
            }
        }
    }

    static void deleteTopic(Broker broker, String topic) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.address()))) {
            admin.deleteTopics(List.of(topic)).all().get();
        } catch (ExecutionException failure) {
            if (!(failure.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw failure;
            }
        }
    }

    static Histogram latencyHistogram() {
        return new Histogram(LONGEST_LATENCY_US, 3);
    }

    static void record(Histogram histogram, long sinceNanos) {
        histogram.recordValue(
                Math.clamp(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - sinceNanos), 0, LONGEST_LATENCY_US));
    }

    static Measurement.Builder latency(Measurement.Builder builder, Histogram histogram) {
        return builder.with(Measurement.Figure.P50, histogram.getValueAtPercentile(50) / 1000.0)
                .with(Measurement.Figure.P99, histogram.getValueAtPercentile(99) / 1000.0)
                .with(Measurement.Figure.P999, histogram.getValueAtPercentile(99.9) / 1000.0);
    }

    /// Bytes that compress to about half.
    static byte[][] payloads(int size, int count) {
        Random random = new Random(42);
        byte[][] payloads = new byte[count][size];
        for (byte[] payload : payloads) {
            for (int i = 0; i < size; i++) {
                payload[i] = (byte) (i % 2 == 0 ? 'a' + random.nextInt(26) : 'x');
            }
        }
        return payloads;
    }
}
