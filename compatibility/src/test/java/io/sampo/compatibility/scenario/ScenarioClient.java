package io.sampo.compatibility.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Makes clients of one broker and reads topics back whole. Names are unique, so that runs never meet.
public final class ScenarioClient {
    private static final Duration READ_DEADLINE = Duration.ofSeconds(60);

    private final String bootstrap;

    public ScenarioClient(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    public String bootstrap() {
        return bootstrap;
    }

    public Admin admin() {
        return Admin.create(config(Map.of("default.api.timeout.ms", "30000", "request.timeout.ms", "10000")));
    }

    public KafkaProducer<byte[], byte[]> producer(Map<String, Object> overrides) {
        Map<String, Object> config = config(overrides);
        config.putIfAbsent("acks", "all");
        config.putIfAbsent("delivery.timeout.ms", "25000");
        config.putIfAbsent("request.timeout.ms", "20000");
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /// A consumer that reads from the beginning where it has no offset, and commits only when told to.
    public KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> overrides) {
        Map<String, Object> config = config(Map.of());
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        config.putAll(overrides);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /// Creates a topic with a name of its own that begins with `word`.
    public String createTopic(String word, int partitionCount, Map<String, String> configs) throws Exception {
        String topic = unique(word);
        try (Admin admin = admin()) {
            NewTopic newTopic = new NewTopic(topic, partitionCount, (short) 1).configs(configs);
            Check.get(admin.createTopics(List.of(newTopic)).all());
        }
        return topic;
    }

    /// Waits until the leader of every partition answers. With Apache Kafka an idempotent producer that does not
    /// wait gets stuck at times (KAFKA-15591); that it need not wait here is what FreshTopicTest is for.
    public void awaitLeaders(String topic, int partitionCount) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of())) {
            List<TopicPartition> partitions = partitions(topic, partitionCount);
            Check.equal(partitionCount, consumer.endOffsets(partitions).size(), "partitions that answer");
        }
    }

    public static String unique(String word) {
        return word + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    public static List<TopicPartition> partitions(String topic, int partitionCount) {
        return IntStream.range(0, partitionCount)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    /// Reads every partition of a topic from its beginning to the end that it has now.
    ///
    /// Checks on the way that offsets begin at 0 and have no gap and no repetition.
    ///
    /// @return the records by partition, in offset order
    public List<List<ConsumerRecord<byte[], byte[]>>> readWhole(String topic, int partitionCount) {
        List<TopicPartition> partitions = partitions(topic, partitionCount);
        List<List<ConsumerRecord<byte[], byte[]>>> read = new ArrayList<>();
        partitions.forEach(partition -> read.add(new ArrayList<>()));
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(Map.of("check.crcs", "true"))) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, Duration.ofSeconds(30));
            long total = ends.values().stream().mapToLong(Long::longValue).sum();
            long seen = 0;
            long endNanos = System.nanoTime() + READ_DEADLINE.toNanos();
            while (seen < total) {
                Check.that(
                        System.nanoTime() < endNanos, topic + ": " + seen + " of " + total + " records came in time");
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    List<ConsumerRecord<byte[], byte[]>> ofPartition = read.get(record.partition());
                    Check.equal(
                            (long) ofPartition.size(),
                            record.offset(),
                            "next offset of partition " + record.partition());
                    ofPartition.add(record);
                    seen++;
                }
            }
            for (TopicPartition partition : partitions) {
                Check.equal(
                        ends.get(partition),
                        (long) read.get(partition.partition()).size(),
                        "records of " + partition);
            }
        }
        return read;
    }

    /// All of [#readWhole] in one list, by partition and then offset.
    public List<ConsumerRecord<byte[], byte[]>> readAll(String topic, int partitionCount) {
        return readWhole(topic, partitionCount).stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingInt((ConsumerRecord<byte[], byte[]> record) -> record.partition())
                        .thenComparingLong(ConsumerRecord::offset))
                .toList();
    }

    private Map<String, Object> config(Map<String, Object> overrides) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.putAll(overrides);
        return config;
    }
}
