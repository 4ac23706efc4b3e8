package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A whole node in this JVM, used by a stock client.
@Timeout(120)
class SampoNodeTest {
    private static final int RECORDS = 500;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void whatWasAcknowledgedIsThereAfterARestartAndGroupsGoOnWhereTheyWere() throws Exception {
        SampoNode first = start(Map.of());
        try {
            createTopic(first, "orders", 3);
            produce(first, "orders", 0, RECORDS);
            assertEquals(RECORDS, consume(first, "orders", "billing", RECORDS).size());
        } finally {
            assertTrue(first.stop());
        }

        SampoNode second = start(Map.of());
        try {
            produce(second, "orders", RECORDS, RECORDS);
            List<ConsumerRecord<String, String>> rest = consume(second, "orders", "billing", RECORDS);
            List<ConsumerRecord<String, String>> all = consume(second, "orders", "audit", 2 * RECORDS);

            assertEquals(RECORDS, rest.size());
            rest.forEach(record -> assertTrue(Integer.parseInt(record.value()) >= RECORDS, record.value()));
            assertEquals(
                    2 * RECORDS,
                    all.stream().map(ConsumerRecord::value).distinct().count());
        } finally {
            assertTrue(second.stop());
        }
    }

    @Test
    void aTopicThatAProducerNamesIsCreated() throws Exception {
        SampoNode node = start(Map.of("num.partitions", "2"));
        try {
            produce(node, "automatic", 0, 10);

            try (Admin admin = admin(node)) {
                var topic = admin.describeTopics(List.of("automatic"))
                        .allTopicNames()
                        .get()
                        .get("automatic");
                assertEquals(2, topic == null ? 0 : topic.partitions().size());
            }
        } finally {
            node.stop();
        }
    }

    @Test
    void aSecondNodeOnTheSameDirectoryIsRefusedWithAClearMessage() throws Exception {
        SampoNode node = start(Map.of());
        try {
            var refused = assertThrows(NodeStartException.class, () -> start(Map.of()));

            assertTrue(String.valueOf(refused.getMessage()).contains("in use by another Sampo process"));
        } finally {
            node.stop();
        }
    }

    @Test
    void aPortThatIsTakenIsNamedAndTheDirectoryIsFreeAgain() throws Exception {
        SampoNode node = start(Map.of());
        try {
            Path other = directory.resolve("other");
            NodeOptions taken =
                    NodeOptions.read(null, null, other, Map.of("listeners", "PLAINTEXT://" + node.address()));
            var refused = assertThrows(NodeStartException.class, () -> SampoNode.start(taken));
            assertTrue(
                    String.valueOf(refused.getMessage()).contains(node.address().split(":", -1)[1]));

            SampoNode free = SampoNode.start(NodeOptions.read(null, 0, other, Map.of()));
            assertTrue(free.stop());
        } finally {
            node.stop();
        }
    }

    @Test
    void aWrongSettingIsNamedBeforeAnythingIsTouched() {
        var refused = assertThrows(NodeStartException.class, () -> start(Map.of("num.partitions", "many")));

        assertTrue(String.valueOf(refused.getMessage()).contains("num.partitions"));
    }

    private SampoNode start(Map<String, String> settings) throws Exception {
        Map<String, String> small = new HashMap<>(settings);
        small.putIfAbsent("offsets.topic.num.partitions", "4");
        return SampoNode.start(NodeOptions.read(null, 0, directory.resolve("data"), small));
    }

    private static Admin admin(SampoNode node) {
        return Admin.create(Map.of("bootstrap.servers", node.address()));
    }

    private static void createTopic(SampoNode node, String topic, int partitions) throws Exception {
        try (Admin admin = admin(node)) {
            admin.createTopics(List.of(new NewTopic(topic, Optional.of(partitions), Optional.empty())))
                    .all()
                    .get();
        }
    }

    private static void produce(SampoNode node, String topic, int from, int count) throws Exception {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", node.address(), "delivery.timeout.ms", 30_000, "request.timeout.ms", 10_000);
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = from; i < from + count; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, "key-" + i % 7, Integer.toString(i))));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        }
    }

    private static List<ConsumerRecord<String, String>> consume(
            SampoNode node, String topic, String group, int atLeast) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                node.address(),
                "group.id",
                group,
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                "false");
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (records.size() < atLeast && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            consumer.commitSync();
        }
        return records;
    }
}
