package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Directories that came or went while the node was down.
@Timeout(120)
class VanishedDirectoriesTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private SampoNode start() throws Exception {
        return SampoNode.start(NodeOptions.read(null, 0, data(), Map.of("offsets.topic.num.partitions", "2")));
    }

    private Path data() {
        return directory.resolve("data");
    }

    private static Admin admin(SampoNode node) {
        return Admin.create(Map.of("bootstrap.servers", node.address()));
    }

    private void startWithTwoTopicsAndStop() throws Exception {
        SampoNode node = start();
        try (Admin admin = admin(node)) {
            admin.createTopics(List.of(
                            new NewTopic("orders", Optional.of(1), Optional.empty()),
                            new NewTopic("bills", Optional.of(1), Optional.empty())))
                    .all()
                    .get();
            produce(node, "orders", 30_000);
            produce(node, "bills", 30_000);
        } finally {
            assertTrue(node.stop());
        }
    }

    private static void produce(SampoNode node, String topic, int patienceMs) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of(
                        "bootstrap.servers",
                        node.address(),
                        "delivery.timeout.ms",
                        patienceMs,
                        "request.timeout.ms",
                        patienceMs,
                        "linger.ms",
                        0,
                        "max.block.ms",
                        patienceMs),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, "value")).get();
        }
    }

    private static int count(SampoNode node, String topic) {
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", node.address()),
                new StringDeserializer(),
                new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            int count = 0;
            while (count == 0 && System.nanoTime() < deadline) {
                count = consumer.poll(Duration.ofMillis(100)).count();
            }
            return count;
        }
    }

    @Test
    void aPartitionWhoseDirectoryVanishedIsOfflineUntilTheDirectoryIsRestored() throws Exception {
        startWithTwoTopicsAndStop();
        Path aside = directory.resolve("aside");
        Files.move(data().resolve("orders-0"), aside);

        SampoNode without = start();
        try {
            assertThrows(ExecutionException.class, () -> produce(without, "orders", 1_000));
            produce(without, "bills", 30_000);
            assertTrue(Files.notExists(data().resolve("orders-0")));
        } finally {
            long stopping = System.nanoTime();
            assertTrue(without.stop());
            assertTrue(System.nanoTime() - stopping < TimeUnit.SECONDS.toNanos(20), "nobody waits for what is offline");
        }

        Files.move(aside, data().resolve("orders-0"));
        SampoNode restored = start();
        try {
            assertEquals(1, count(restored, "orders"));
            produce(restored, "orders", 30_000);
        } finally {
            assertTrue(restored.stop());
        }
    }

    @Test
    void aTopicWhoseDirectoryVanishedCanBeDeletedAndCreatedAgain() throws Exception {
        startWithTwoTopicsAndStop();
        Files.move(data().resolve("orders-0"), directory.resolve("aside"));

        SampoNode node = start();
        try (Admin admin = admin(node)) {
            admin.deleteTopics(List.of("orders")).all().get();
            admin.createTopics(List.of(new NewTopic("orders", Optional.of(1), Optional.empty())))
                    .all()
                    .get();
            produce(node, "orders", 30_000);
            assertEquals(1, count(node, "orders"));
        } finally {
            assertTrue(node.stop());
        }
        SampoNode again = start();
        try {
            assertEquals(1, count(again, "orders"));
        } finally {
            assertTrue(again.stop());
        }
    }

    @Test
    void withoutItsMetadataLogTheNodeDoesNotStartAndTouchesNothing() throws Exception {
        startWithTwoTopicsAndStop();
        Path aside = directory.resolve("aside");
        Files.move(data().resolve("__cluster_metadata-0"), aside);

        var refused = assertThrows(NodeStartException.class, this::start);

        assertTrue(String.valueOf(refused.getMessage()).contains("__cluster_metadata-0"));
        Files.move(aside, data().resolve("__cluster_metadata-0"));
        SampoNode restored = start();
        try {
            assertEquals(1, count(restored, "orders"));
        } finally {
            assertTrue(restored.stop());
        }
    }

    @Test
    void aDirectoryThatACrashLeftInTheMiddleOfItsTopicsDeletionIsSetAsideAndKept() throws Exception {
        startWithTwoTopicsAndStop();
        Path aside = directory.resolve("aside");
        copy(data().resolve("orders-0"), aside);
        SampoNode deleting = start();
        try (Admin admin = admin(deleting)) {
            admin.deleteTopics(List.of("orders")).all().get();
        } finally {
            assertTrue(deleting.stop());
        }
        // as if the crash had come between the record in the metadata and the directory's renaming
        if (Files.notExists(data().resolve("orders-0"))) {
            copy(aside, data().resolve("orders-0"));
        }

        SampoNode node = start();
        try (Admin admin = admin(node)) {
            assertTrue(Files.notExists(data().resolve("orders-0")));
            assertEquals(1, strays());
            admin.createTopics(List.of(new NewTopic("orders", Optional.of(1), Optional.empty())))
                    .all()
                    .get();
            produce(node, "orders", 30_000);
            assertEquals(1, count(node, "orders"), "the new topic has nothing of the old one");
            assertEquals(1, count(node, "bills"));
        } finally {
            assertTrue(node.stop());
        }
        assertEquals(1, strays());
    }

    private long strays() throws Exception {
        try (Stream<Path> entries = Files.list(data())) {
            return entries.filter(entry -> String.valueOf(entry.getFileName()).startsWith("orders-0.")
                            && entry.toString().endsWith("-stray")
                            && contains(entry, "value"))
                    .count();
        }
    }

    private static boolean contains(Path partition, String text) {
        try {
            return new String(
                            Files.readAllBytes(partition.resolve("00000000000000000000.log")),
                            StandardCharsets.ISO_8859_1)
                    .contains(text);
        } catch (java.io.IOException gone) {
            return false;
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
