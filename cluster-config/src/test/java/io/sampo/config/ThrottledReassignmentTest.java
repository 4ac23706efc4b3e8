package io.sampo.config;

import static io.sampo.config.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// KIP-73 on two whole nodes with their sockets: what a new replica gets in which time.
@Timeout(180)
class ThrottledReassignmentTest {
    private static final int RECORD_BYTES = 16 * 1024;
    private static final int RECORDS = 384;
    private static final long TOPIC_BYTES = (long) RECORD_BYTES * RECORDS;
    private static final long RATE = 1024 * 1024;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private final List<SampoNode> running = new ArrayList<>();

    @AfterEach
    void stopAll() {
        running.forEach(SampoNode::stop);
    }

    private Path data(int node) {
        return directory.resolve("n" + node);
    }

    private SampoNode start(int node, Map<String, String> more) throws NodeStartException, IOException {
        Map<String, String> settings = new HashMap<>(Map.of("offsets.topic.num.partitions", "1"));
        settings.putAll(more);
        SampoNode started = SampoNode.start(NodeOptions.read(null, 0, data(node), settings));
        running.add(started);
        return started;
    }

    private static void create(Admin admin, String topic) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.of((short) 1))))
                .all()
                .get(30, TimeUnit.SECONDS);
    }

    private static void fill(SampoNode node, String topic) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", node.address(), "batch.size", RECORD_BYTES),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, new byte[RECORD_BYTES])));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get(30, TimeUnit.SECONDS);
            }
        }
    }

    private static void set(Admin admin, ConfigResource.Type type, String name, Map<String, String> configs)
            throws Exception {
        Collection<AlterConfigOp> operations = new ArrayList<>();
        configs.forEach((key, value) ->
                operations.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(type, name), operations))
                .all()
                .get(30, TimeUnit.SECONDS);
    }

    private static void moveToBoth(Admin admin, String topic) throws Exception {
        admin.alterPartitionReassignments(
                        Map.of(new TopicPartition(topic, 0), Optional.of(new NewPartitionReassignment(List.of(1, 2)))))
                .all()
                .get(30, TimeUnit.SECONDS);
    }

    /// Of the topic's segments at a node.
    private long bytesAt(int node, String topic) {
        Path partition = data(node).resolve(topic + "-0");
        if (!Files.isDirectory(partition)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(partition)) {
            long bytes = 0;
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".log")).toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        } catch (IOException changing) {
            return 0;
        }
    }

    private static boolean isInSync(Admin admin, String topic, int count) {
        try {
            TopicDescription description =
                    admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            return description != null
                    && description.partitions().getFirst().isr().size() == count;
        } catch (InterruptedException | ExecutionException failure) {
            return false;
        }
    }

    /// A topic with a throttle of one side: the rate is kept and used, another topic is not held up, and it goes on as
    /// soon as the limit is lifted.
    private void assertThrottled(String side) throws Exception {
        SampoNode first = start(1, Map.of());
        start(
                2,
                Map.of(
                        "sampo.cluster.bootstrap.nodes",
                        first.clusterAddress().toString(),
                        "sampo.cluster.listener",
                        "127.0.0.1:0"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", first.address()))) {
            create(admin, "slow");
            create(admin, "free");
            fill(first, "slow");
            fill(first, "free");
            int throttledNode = side.equals("leader") ? 1 : 2;
            String rate = side + ".replication.throttled.rate";
            set(admin, ConfigResource.Type.BROKER, Integer.toString(throttledNode), Map.of(rate, Long.toString(RATE)));
            set(
                    admin,
                    ConfigResource.Type.TOPIC,
                    "slow",
                    Map.of(side + ".replication.throttled.replicas", "0:" + throttledNode));

            moveToBoth(admin, "slow");
            eventually("the throttled one has begun", () -> bytesAt(2, "slow") > 0);
            long startNanos = System.nanoTime();
            moveToBoth(admin, "free");
            eventually("the other topic is there", () -> bytesAt(2, "free") >= TOPIC_BYTES);
            long freeMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
            eventually("the half of the throttled one", () -> bytesAt(2, "slow") >= TOPIC_BYTES / 2);
            long halfMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
            System.out.printf("%s: %d ms for 6 MiB free, %d ms for 3 MiB at 1 MiB/s%n", side, freeMs, halfMs);
            // One window's bytes may go at once before it begins, and one more answer.
            assertTrue(halfMs >= 900, halfMs + " ms");
            assertTrue(halfMs < 15_000, halfMs + " ms");

            set(admin, ConfigResource.Type.BROKER, "", Map.of(rate, Long.toString(1)));
            set(admin, ConfigResource.Type.BROKER, Integer.toString(throttledNode), Map.of(rate, "1000000000"));
            eventually("all of it", () -> bytesAt(2, "slow") >= TOPIC_BYTES);
            eventually("both in sync", () -> isInSync(admin, "slow", 2) && isInSync(admin, "free", 2));
        }
        assertEquals(2, running.size());
    }

    @Test
    void theLeaderSendsNoFasterThanItsRate() throws Exception {
        assertThrottled("leader");
    }

    @Test
    void theFollowerTakesNoMoreThanItsRate() throws Exception {
        assertThrottled("follower");
    }
}
