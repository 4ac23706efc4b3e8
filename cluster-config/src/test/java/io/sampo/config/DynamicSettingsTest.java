package io.sampo.config;

import static io.sampo.config.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Broker settings that a client changes while the node runs (KIP-226): they hold at once, and after a restart.
@Timeout(120)
class DynamicSettingsTest {
    private static final ConfigResource NODE = new ConfigResource(ConfigResource.Type.BROKER, "1");
    private static final ConfigResource ALL_NODES = new ConfigResource(ConfigResource.Type.BROKER, "");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void theLargestMessageChangesForOneNodeAndForAll() throws Exception {
        SampoNode node = start(Map.of());
        try (Admin admin = admin(node)) {
            create(admin, new NewTopic("t", 1, (short) 1));
            alter(admin, ALL_NODES, OpType.SET, "message.max.bytes", "1000");
            assertTooLarge(node, 2000);

            alter(admin, NODE, OpType.SET, "message.max.bytes", "3000");
            produce(node, "t", 2000);

            ConfigEntry entry = describe(admin, "message.max.bytes");
            assertEquals("3000", entry.value());
            assertEquals(ConfigSource.DYNAMIC_BROKER_CONFIG, entry.source());
            assertEquals(
                    List.of("3000", "1000", "1048588"),
                    entry.synonyms().stream()
                            .map(ConfigEntry.ConfigSynonym::value)
                            .toList());
            alter(admin, NODE, OpType.DELETE, "message.max.bytes", "");
            assertEquals(
                    ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG,
                    describe(admin, "message.max.bytes").source());
            assertTooLarge(node, 2000);
        } finally {
            node.stop();
        }
    }

    @Test
    void limitsOfConnectionsChangeAndHoldAfterARestart() throws Exception {
        SampoNode first = start(Map.of());
        try (Admin admin = admin(first)) {
            assertServed(first, 3);
            // The admin client's connections stay: a limit holds for those that come.
            alter(admin, NODE, OpType.SET, "max.connections.per.ip", "0");
            assertNoConnection(first);
            alter(admin, NODE, OpType.SET, "max.connections.per.ip.overrides", "127.0.0.1:1000");
            assertServed(first, 3);
        } finally {
            assertTrue(first.stop());
        }

        SampoNode second = start(Map.of());
        try (Admin admin = admin(second)) {
            assertEquals("0", describe(admin, "max.connections.per.ip").value());
            alter(admin, NODE, OpType.DELETE, "max.connections.per.ip.overrides", "");
            assertNoConnection(second);
        } finally {
            assertTrue(second.stop());
        }
    }

    @Test
    void theCleanersPauseChangesAndHoldsAfterARestart() throws Exception {
        Map<String, String> seldom = Map.of(
                "log.cleaner.backoff.ms", "3600000",
                "log.initial.task.delay.ms", "3600000");
        SampoNode first = start(seldom);
        try (Admin admin = admin(first)) {
            create(
                    admin,
                    new NewTopic("compacted", 1, (short) 1)
                            .configs(Map.of(
                                    "cleanup.policy", "compact",
                                    "segment.bytes", "1048576",
                                    "min.cleanable.dirty.ratio", "0.01")));
            alter(admin, ALL_NODES, OpType.SET, "log.cleaner.backoff.ms", "50");
            sameKey(first, 6);
            awaitCompacted(first, 6);
        } finally {
            assertTrue(first.stop());
        }

        SampoNode second = start(Map.of("log.cleaner.backoff.ms", "3600000", "log.initial.task.delay.ms", "0"));
        try (Admin admin = admin(second)) {
            ConfigEntry entry = describe(admin, "log.cleaner.backoff.ms");
            assertEquals("50", entry.value());
            assertEquals(ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, entry.source());
            sameKey(second, 6);
            awaitCompacted(second, 12);
        } finally {
            assertTrue(second.stop());
        }
    }

    @Test
    void whatCannotChangeIsRefusedAndSaysSo() throws Exception {
        SampoNode node = start(Map.of());
        try (Admin admin = admin(node)) {
            assertRefused(admin, "log.cleaner.enable", "false", "Cannot update these configs dynamically");
            assertRefused(admin, "max.connections", "many", "Not a number of type INT");
            assertTrue(describe(admin, "log.cleaner.enable").isReadOnly());
        } finally {
            node.stop();
        }
    }

    private SampoNode start(Map<String, String> settings) throws Exception {
        return SampoNode.start(NodeOptions.read(null, 0, directory.resolve("data"), settings));
    }

    private static Admin admin(SampoNode node) {
        return Admin.create(Map.of("bootstrap.servers", node.address()));
    }

    private static void create(Admin admin, NewTopic topic) throws Exception {
        admin.createTopics(List.of(topic)).all().get();
    }

    private static void alter(Admin admin, ConfigResource resource, OpType type, String key, String value)
            throws Exception {
        admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(key, value), type))))
                .all()
                .get();
    }

    private static void assertRefused(Admin admin, String key, String value, String message) {
        var refused = assertThrows(ExecutionException.class, () -> alter(admin, NODE, OpType.SET, key, value));
        assertInstanceOf(InvalidRequestException.class, refused.getCause());
        assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
    }

    private static ConfigEntry describe(Admin admin, String key) throws Exception {
        var config = admin.describeConfigs(List.of(NODE), new DescribeConfigsOptions().includeSynonyms(true))
                .all()
                .get()
                .get(NODE);
        return Objects.requireNonNull(Objects.requireNonNull(config).get(key));
    }

    private static KafkaProducer<byte[], byte[]> producer(SampoNode node) {
        Map<String, Object> config = Map.of("bootstrap.servers", node.address(), "linger.ms", 0);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static void produce(SampoNode node, String topic, int bytes) throws Exception {
        try (var producer = producer(node)) {
            producer.send(new ProducerRecord<>(topic, new byte[bytes])).get();
        }
    }

    private static void assertTooLarge(SampoNode node, int bytes) {
        var refused = assertThrows(ExecutionException.class, () -> produce(node, "t", bytes));
        assertInstanceOf(RecordTooLargeException.class, refused.getCause());
    }

    /// Each fills more than half a segment, so that all but the last one come into closed segments.
    private static void sameKey(SampoNode node, int count) throws Exception {
        byte[] key = {1};
        try (var producer = producer(node)) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>("compacted", key, new byte[600_000]))
                        .get();
            }
        }
    }

    /// Until less is left than was written: the cleaner has run.
    private static void awaitCompacted(SampoNode node, int written) throws Exception {
        eventually("less than half of " + written + " records are left", () -> count(node) < written / 2);
    }

    private static int count(SampoNode node) {
        TopicPartition partition = new TopicPartition("compacted", 0);
        Map<String, Object> config = Map.of("bootstrap.servers", node.address());
        int count = 0;
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = Objects.requireNonNull(
                    consumer.endOffsets(List.of(partition)).get(partition));
            while (consumer.position(partition) < end) {
                count += consumer.poll(Duration.ofMillis(100)).count();
            }
        }
        return count;
    }

    /// Answers a client: so many connections at the same time are served.
    private static void assertServed(SampoNode node, int connections) throws IOException {
        List<RawConnection> open = new ArrayList<>();
        try {
            for (int i = 0; i < connections; i++) {
                open.add(new RawConnection(node));
                open.getLast().apiVersions();
            }
        } finally {
            for (RawConnection each : open) {
                each.close();
            }
        }
    }

    private static void assertNoConnection(SampoNode node) throws IOException {
        try (RawConnection refused = new RawConnection(node)) {
            assertTrue(refused.isClosedByNode());
        }
    }
}
