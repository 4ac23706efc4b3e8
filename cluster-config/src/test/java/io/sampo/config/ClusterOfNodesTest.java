package io.sampo.config;

import static io.sampo.config.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Several whole nodes in this JVM: how they become one cluster, and stay it.
@Timeout(180)
class ClusterOfNodesTest {
    private static final String HOST = "127.0.0.1";
    private static final long START_LIMIT_SECONDS = 60;

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
    void threeNodesAreOneClusterAlsoAfterOneRestartsAndAfterAllRestart() throws Exception {
        List<String> list = freeAddresses(3);
        startAll(list);
        String clusterId = running(1).clusterId();
        for (SampoNode node : running.values()) {
            assertEquals(clusterId, node.clusterId());
            awaitNodes(node, 3);
        }
        createTopic(running(1), "orders", 3);
        produce(running(2), "orders", 0, 100);

        assertTrue(stopped(2).stop());
        produce(running(1), "orders", 100, 200);
        running.put(2, start(2, list, Map.of()));
        awaitNodes(running(2), 3);
        produce(running(2), "orders", 200, 300);

        stopAll();
        startAll(list);
        assertEquals(clusterId, running(3).clusterId());
        produce(running(3), "orders", 300, 400);
    }

    @Test
    void aNodeWithALostDiskIsRefusedUntilItIsSaidToReplaceTheOldOne() throws Exception {
        List<String> list = freeAddresses(3);
        startAll(list);
        String clusterId = running(1).clusterId();
        Uuid lost = Objects.requireNonNull(metadataVoters(running(1)).get(3));
        assertTrue(stopped(3).stop());
        wipe(data(3));

        NodeStartException refused = assertThrows(NodeStartException.class, () -> start(3, list, Map.of()));
        assertTrue(String.valueOf(refused.getMessage()).contains("sampo.node.replace=true"), refused.getMessage());
        running.put(3, start(3, list, Map.of("sampo.node.replace", "true")));

        assertEquals(clusterId, running(3).clusterId());
        awaitNodes(running(3), 3);
        // Until the new disk votes in place of the lost one, two of three voters are all there is.
        eventually("node 3 votes with its new directory", () -> {
            Map<Integer, Uuid> voters = metadataVoters(running(2));
            return voters.size() == 3 && !lost.equals(voters.get(3));
        });
        assertTrue(stopped(1).stop());
        createTopic(running(2), "after", 2);
        produce(running(3), "after", 0, 10);
    }

    @Test
    void aNodeWithAnOldCopyOfItsDirectoryEndsAtOnceAndSaysWhatToDo() throws Exception {
        List<String> list = freeAddresses(3);
        startAll(list);
        assertTrue(stopped(3).stop());
        Path copy = directory.resolve("copy-of-3");
        copyTree(data(3), copy);
        running.put(3, start(3, list, Map.of()));
        createTopic(running(3), "orders", 3);
        produce(running(3), "orders", 0, 100);
        assertTrue(stopped(3).stop());
        wipe(data(3));
        copyTree(copy, data(3));

        long startedNs = System.nanoTime();
        NodeStartException refused = assertThrows(NodeStartException.class, () -> start(3, list, Map.of()));

        assertTrue(System.nanoTime() - startedNs < TimeUnit.SECONDS.toNanos(25), "no limit was waited for");
        String said = String.valueOf(refused.getMessage());
        assertTrue(said.contains("was set back to an older state"), said);
        assertTrue(said.contains("Empty " + data(3) + " and start this node once with sampo.node.replace=true"), said);
        wipe(data(3));
        running.put(3, start(3, list, Map.of("sampo.node.replace", "true")));
        awaitNodes(running(3), 3);
        produce(running(3), "orders", 100, 200);
    }

    @Test
    void aSingleNodeIsJoinedByTwoThatAreGivenTheirIds() throws Exception {
        running.put(1, start(1, List.of(), Map.of()));
        String clusterId = running(1).clusterId();
        createTopic(running(1), "alone", 1);
        produce(running(1), "alone", 0, 10);
        List<String> list = List.of(running(1).clusterAddress().toString());

        SampoNode second = start(12, list, Map.of("sampo.cluster.listener", HOST + ":0"));
        running.put(second.nodeId(), second);
        SampoNode third = start(13, list, Map.of("sampo.cluster.listener", HOST + ":0"));
        running.put(third.nodeId(), third);

        assertEquals(List.of(1, 2, 3), List.copyOf(running.keySet()));
        assertEquals(clusterId, second.clusterId());
        assertEquals(clusterId, third.clusterId());
        awaitNodes(third, 3);
        createTopic(third, "together", 3);
        produce(second, "together", 0, 10);
    }

    @Test
    void aNodeOfAnotherClusterIsRefused() throws Exception {
        running.put(1, start(1, List.of(), Map.of()));
        SampoNode other = start(2, List.of(), Map.of("node.id", "2"));
        assertTrue(other.stop());
        List<String> list = List.of(running(1).clusterAddress().toString());

        NodeStartException refused = assertThrows(
                NodeStartException.class, () -> start(2, list, Map.of("sampo.cluster.listener", HOST + ":0")));

        assertTrue(String.valueOf(refused.getMessage()).startsWith("INCONSISTENT_CLUSTER_ID"), refused.getMessage());
    }

    @Test
    void aDirectoryThatHoldsTheNodesOfAClusterIsNotTakenForANodes() throws Exception {
        Path own = directory.resolve("node-1");
        Files.createDirectories(own);
        Files.writeString(own.resolve("meta.properties"), "of node 1");

        NodeStartException refused = assertThrows(
                NodeStartException.class, () -> SampoNode.start(NodeOptions.read(null, 0, directory, Map.of())));

        assertTrue(String.valueOf(refused.getMessage()).contains(own.toString()));
        assertFalse(Files.exists(directory.resolve("meta.properties")));
    }

    private SampoNode running(int nodeId) {
        return Objects.requireNonNull(running.get(nodeId));
    }

    private SampoNode stopped(int nodeId) {
        return Objects.requireNonNull(running.remove(nodeId));
    }

    private Path data(int place) {
        return directory.resolve("data").resolve("n" + place);
    }

    private void startAll(List<String> list) throws Exception {
        Map<Integer, CompletableFuture<SampoNode>> starting = new TreeMap<>();
        for (int place = 1; place <= list.size(); place++) {
            int node = place;
            starting.put(node, CompletableFuture.supplyAsync(() -> {
                try {
                    return start(node, list, Map.of());
                } catch (NodeStartException | IOException failure) {
                    throw new IllegalStateException(failure);
                }
            }));
        }
        for (Map.Entry<Integer, CompletableFuture<SampoNode>> each : starting.entrySet()) {
            running.put(each.getKey(), each.getValue().get(START_LIMIT_SECONDS, TimeUnit.SECONDS));
        }
    }

    private SampoNode start(int place, List<String> list, Map<String, String> more)
            throws NodeStartException, IOException {
        Map<String, String> settings = new HashMap<>(Map.of("offsets.topic.num.partitions", "4"));
        if (!list.isEmpty()) {
            settings.put("sampo.cluster.bootstrap.nodes", String.join(",", list));
            if (place <= list.size()) {
                settings.put("sampo.cluster.listener", list.get(place - 1));
            }
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

    private static void wipe(Path path) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each)));
            }
        }
    }

    private static void awaitNodes(SampoNode node, int count) throws Exception {
        try (Admin admin = admin(node)) {
            eventually(count + " nodes as node " + node.nodeId() + " tells its clients", () -> {
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
    }

    /// Directories of the metadata partition's voters, by node id; fewer while a node has two. Empty when nobody knows.
    private static Map<Integer, Uuid> metadataVoters(SampoNode node) {
        Map<Integer, Uuid> voters = new TreeMap<>();
        try (Admin admin = admin(node)) {
            var described = admin.describeMetadataQuorum()
                    .quorumInfo()
                    .get(20, TimeUnit.SECONDS)
                    .voters();
            described.forEach(voter -> voters.put(voter.replicaId(), voter.replicaDirectoryId()));
            return voters.size() == described.size() ? voters : Map.of();
        } catch (InterruptedException | ExecutionException | TimeoutException failure) {
            return Map.of();
        }
    }

    private static Admin admin(SampoNode node) {
        return Admin.create(Map.of("bootstrap.servers", node.address()));
    }

    private static void createTopic(SampoNode node, String topic, int replicas) throws Exception {
        try (Admin admin = admin(node)) {
            admin.createTopics(List.of(new NewTopic(topic, Optional.of(3), Optional.of((short) replicas))))
                    .all()
                    .get(START_LIMIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static void produce(SampoNode node, String topic, int from, int to) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", node.address(), "delivery.timeout.ms", 40_000);
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(topic, "key-" + i % 7, Integer.toString(i)))
                        .get(START_LIMIT_SECONDS, TimeUnit.SECONDS);
            }
        }
    }
}
