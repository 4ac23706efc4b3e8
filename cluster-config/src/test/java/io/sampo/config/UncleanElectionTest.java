package io.sampo.config;

import static io.sampo.config.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ElectLeadersOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Four whole nodes, of which two are lost for good with a majority of a partition's replicas. The metadata keep
/// their
/// majority: nodes 1 to 3 vote on them.
@Timeout(300)
class UncleanElectionTest {
    private static final String HOST = "127.0.0.1";
    private static final long LIMIT_SECONDS = 90;
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private final Map<Integer, SampoNode> running = new TreeMap<>();

    @AfterEach
    void stopAll() {
        List<CompletableFuture<Boolean>> stopping = running.values().stream()
                .map(node -> CompletableFuture.supplyAsync(node::stop))
                .toList();
        stopping.forEach(CompletableFuture::join);
        running.clear();
    }

    @Test
    void whereAMajorityIsLostAnOperatorMakesTheLastReplicaLead() throws Exception {
        List<String> founders = freeAddresses(3);
        startFounders(founders);
        Map<String, String> joins = Map.of("sampo.cluster.listener", HOST + ":0");
        running.put(4, start(4, founders, joins));
        try (Admin admin = admin()) {
            awaitNodes(admin, 4);
            admin.createTopics(List.of(new NewTopic("orders", Map.of(0, List.of(2, 3, 4)))))
                    .all()
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS);
            produce(0, 50);
            assertInstanceOf(ElectionNotNeededException.class, elect(admin), "it has a leader");
            awaitInSync(admin, Set.of(2, 3, 4));

            lose(3);
            lose(4);
            eventually("no leader", () -> partition(admin).leader() == null);
            // Another node may be asked than the one that has just said so, and not know it yet.
            eventually("an unclean election", () -> succeeds(admin));

            eventually("node 2 leads", () -> {
                Node leader = partition(admin).leader();
                return leader != null && leader.id() == 2;
            });
            produce(50, 80);
            assertEquals(80, read());

            running.put(3, start(3, founders, Map.of("sampo.node.replace", "true")));
            Map<String, String> replaces = new HashMap<>(joins);
            replaces.putAll(Map.of("sampo.node.replace", "true", "node.id", "4"));
            running.put(4, start(4, founders, replaces));
            awaitInSync(admin, Set.of(2, 3, 4));
            produce(80, 100);
            assertEquals(100, read());
        }
    }

    private static boolean succeeds(Admin admin) {
        try {
            return elect(admin) == null;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// Null when it succeeded.
    private static @Nullable Throwable elect(Admin admin) throws Exception {
        var results = admin.electLeaders(ElectionType.UNCLEAN, Set.of(ORDERS), new ElectLeadersOptions().timeoutMs((int)
                                TimeUnit.SECONDS.toMillis(LIMIT_SECONDS)))
                .partitions()
                .get(LIMIT_SECONDS, TimeUnit.SECONDS);
        return Objects.requireNonNull(results.get(ORDERS)).orElse(null);
    }

    private static TopicPartitionInfo partition(Admin admin) {
        try {
            return Objects.requireNonNull(admin.describeTopics(List.of("orders"))
                            .allTopicNames()
                            .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                            .get("orders"))
                    .partitions()
                    .getFirst();
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static void awaitInSync(Admin admin, Set<Integer> nodes) throws Exception {
        eventually("in sync: " + nodes, () -> {
            Set<Integer> inSync = new TreeSet<>();
            partition(admin).isr().forEach(node -> inSync.add(node.id()));
            return inSync.equals(nodes);
        });
    }

    private void lose(int nodeId) throws IOException {
        assertTrue(Objects.requireNonNull(running.remove(nodeId)).stop());
        try (Stream<Path> all = Files.walk(data(nodeId))) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private Path data(int place) {
        return directory.resolve("data").resolve("n" + place);
    }

    private void startFounders(List<String> founders) throws Exception {
        Map<Integer, CompletableFuture<SampoNode>> starting = new TreeMap<>();
        for (int place = 1; place <= founders.size(); place++) {
            int node = place;
            starting.put(node, CompletableFuture.supplyAsync(() -> {
                try {
                    return start(node, founders, Map.of());
                } catch (NodeStartException | IOException failure) {
                    throw new IllegalStateException(failure);
                }
            }));
        }
        for (Map.Entry<Integer, CompletableFuture<SampoNode>> each : starting.entrySet()) {
            running.put(each.getKey(), each.getValue().get(LIMIT_SECONDS, TimeUnit.SECONDS));
        }
    }

    private SampoNode start(int place, List<String> founders, Map<String, String> more)
            throws NodeStartException, IOException {
        Map<String, String> settings = new HashMap<>(Map.of("offsets.topic.num.partitions", "2"));
        settings.put("sampo.cluster.bootstrap.nodes", String.join(",", founders));
        if (place <= founders.size()) {
            settings.put("sampo.cluster.listener", founders.get(place - 1));
        }
        settings.putAll(more);
        return SampoNode.start(NodeOptions.read(null, 0, data(place), settings));
    }

    private static List<String> freeAddresses(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST));
            sockets.add(socket);
            addresses.add(HOST + ":" + socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return addresses;
    }

    private static void awaitNodes(Admin admin, int count) throws Exception {
        eventually(count + " nodes", () -> {
            try {
                return admin.describeCluster().nodes().get().stream()
                                .map(Node::id)
                                .distinct()
                                .count()
                        == count;
            } catch (InterruptedException | ExecutionException failure) {
                return false;
            }
        });
    }

    /// Node 1 is never lost.
    private String address() {
        return Objects.requireNonNull(running.get(1)).address();
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", address()));
    }

    private void produce(int from, int to) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", address(), "delivery.timeout.ms", 60_000);
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>("orders", 0, "key", Integer.toString(i)))
                        .get(LIMIT_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    /// How many records there are, from the beginning on.
    private int read() {
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", address()),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(List.of(ORDERS));
            consumer.seekToBeginning(List.of(ORDERS));
            long end = Optional.ofNullable(consumer.endOffsets(List.of(ORDERS)).get(ORDERS))
                    .orElseThrow();
            int count = 0;
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (consumer.position(ORDERS) < end && System.nanoTime() < deadline) {
                count += consumer.poll(Duration.ofMillis(200)).count();
            }
            return count;
        }
    }
}
