package io.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.PartitionActorSettings;
import io.sampo.actors.partition.ReadHandle;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEnvelopeCodec;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.ReplicaTransport;
import io.sampo.persistence.journal.LogStorage;
import io.sampo.persistence.log.DataDirectory;
import io.sampo.persistence.log.FilePartitionLog;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.log.LogStoreSettings;
import io.sampo.persistence.scrub.LogScrubber;
import io.sampo.persistence.scrub.ScrubSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three nodes in one process: sharding and control messages through Pekko, records through memory, logs on disk.
class ReplicatedPartitionsTest {

    @TempDir
    Path directory;

    private final Map<Integer, Node> nodes = new TreeMap<>();
    private final Map<Integer, DataDirectory> directories = new TreeMap<>();
    private final ConcurrentHashMap<Integer, ReplicaTransport.Receiver> receivers = new ConcurrentHashMap<>();

    private @Nullable TopicImage orders;
    private long imageOffset;

    /// Through the codec, as over a wire, so that nobody shares a buffer.
    private final ReplicaTransport wire = new ReplicaTransport() {
        @Override
        public void send(ReplicaEnvelope envelope) {
            ReplicaTransport.Receiver receiver = receivers.get(envelope.to().nodeId());
            if (receiver != null) {
                receiver.received(ReplicaEnvelopeCodec.decode(ReplicaEnvelopeCodec.encodeToBytes(envelope)));
            }
        }

        @Override
        public boolean hasRoom(int nodeId) {
            return true;
        }

        @Override
        public void whenRoom(int nodeId, Runnable resume) {
            resume.run();
        }
    };

    private final class Node implements AutoCloseable {
        final int nodeId;
        final DataDirectory data;
        final ActorSystem<Void> system;
        final FilePartitionLogs logs;
        final PartitionService partitions;

        Node(int nodeId, DataDirectory data, @Nullable Address seed) {
            this.nodeId = nodeId;
            this.data = data;
            this.system = ActorSystem.create(
                    Behaviors.empty(),
                    "sampo",
                    ConfigFactory.parseString("pekko.cluster.roles = [\"sampo-node-" + nodeId + "\"]")
                            .withFallback(SilencedMessengers.config())
                            .withFallback(ConfigFactory.load("partitions-on-disk")));
            this.logs = new FilePartitionLogs(data, LogStoreSettings.DEFAULTS);
            LogStorage.get(system).start(logs);
            Cluster cluster = Cluster.get(system);
            cluster.manager().tell(new Join(seed == null ? cluster.selfMember().address() : seed));
            this.partitions = PartitionService.start(
                    system,
                    new PartitionService.Setup(
                            "boot",
                            logs,
                            logs,
                            PartitionActorSettings.DEFAULTS,
                            () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                            _ -> LogSettings.DEFAULTS,
                            _ -> ReplicaSettings.DEFAULTS,
                            new PartitionService.Network(wire, _ -> {}),
                            PartitionService.CatchUp.unthrottled()));
            receivers.put(nodeId, partitions.receiver());
            partitions.listening(InetSocketAddress.createUnresolved("127.0.0.1", 1));
        }

        Address address() {
            return Cluster.get(system).selfMember().address();
        }

        /// As if the process was killed: nobody is told.
        void kill() {
            receivers.remove(nodeId);
            close();
        }

        @Override
        public void close() {
            system.terminate();
            system.getWhenTerminated()
                    .toCompletableFuture()
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();
            LogStorage.get(system).close();
            logs.close();
            data.close();
        }
    }

    private void start(int nodeId) {
        Address seed = nodes.isEmpty() ? null : nodes.values().iterator().next().address();
        DataDirectory data = DataDirectory.open(directory.resolve("node-" + nodeId), nodeId);
        directories.put(nodeId, data);
        nodes.put(nodeId, new Node(nodeId, data, seed));
    }

    private void startAll() {
        for (int node = 1; node <= 3; node++) {
            start(node);
        }
        List<ReplicaId> voters =
                directories.values().stream().map(DataDirectory::self).toList();
        orders = new TopicImage(
                "orders",
                Uuid.randomUuid(),
                List.of(new PartitionAssignment(List.of(1, 2, 3), voters)),
                Collections.emptySortedMap());
        nodes.values().forEach(this::image);
    }

    private void image(Node node) {
        TopicImage topic = Objects.requireNonNull(orders);
        TreeMap<Integer, NodeImage> known = new TreeMap<>();
        directories.forEach((id, data) -> known.put(
                id, new NodeImage(id, data.properties().nodeUuid(), data.self().directoryId(), null, List.of())));
        node.partitions.imageChanged(new MetadataImage(
                imageOffset++,
                "cluster",
                new TreeMap<>(Map.of("orders", topic)),
                Map.of(topic.id(), topic),
                known,
                Collections.emptySortedMap(),
                0,
                Collections.emptySortedMap()));
    }

    private PartitionId id() {
        return Objects.requireNonNull(orders).partitionId(0);
    }

    private @Nullable Node leaderNode() {
        return nodes.values().stream()
                .filter(node -> node.partitions.directory().local(id()).isPresent())
                .findFirst()
                .orElse(null);
    }

    private Node awaitLeader() throws InterruptedException {
        Eventually.eventually("a leader", () -> leaderNode() != null);
        return Objects.requireNonNull(leaderNode());
    }

    private LeaderHandle leader() throws InterruptedException {
        return awaitLeader().partitions.directory().local(id()).orElseThrow();
    }

    private static CompletableFuture<AppendOutcome> append(LeaderHandle leader, int sequence) {
        CompletableFuture<AppendOutcome> outcome = new CompletableFuture<>();
        MemoryRecords batch = MemoryRecords.withIdempotentRecords(
                Compression.NONE,
                42L,
                (short) 0,
                sequence,
                new SimpleRecord(("value " + sequence).getBytes(StandardCharsets.UTF_8)));
        leader.append(new Append(batch, Append.Origin.CLIENT, (short) -1, outcome::complete));
        return outcome;
    }

    private void appendUntilAcknowledged(int sequence) throws Exception {
        Errors error = Errors.UNKNOWN_SERVER_ERROR;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (error != Errors.NONE) {
            assertTrue(System.nanoTime() < deadline, "not acknowledged in time: " + error);
            error = append(leader(), sequence).get(20, TimeUnit.SECONDS).error();
        }
    }

    private static List<String> values(ReadHandle replica) {
        List<String> values = new ArrayList<>();
        replica.log().forEachBatch(0, replica.view().highWatermark(), recordBatch -> {
            for (Record record : recordBatch) {
                values.add(StandardCharsets.UTF_8.decode(record.value()).toString());
            }
        });
        return values;
    }

    private static List<String> expected(int count) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add("value " + i);
        }
        return values;
    }

    @AfterEach
    void closeAll() {
        SilencedMessengers.silenceNobody();
        nodes.values().forEach(Node::close);
    }

    @Test
    void whatIsAcknowledgedIsOnAllReplicasAndReadableThere() throws Exception {
        startAll();
        for (int i = 0; i < 100; i++) {
            appendUntilAcknowledged(i);
        }
        assertEquals(expected(100), values(leader()));
        Node leading = awaitLeader();
        for (Node node : nodes.values()) {
            if (node != leading) {
                Eventually.eventually("all records at node " + node.nodeId, () -> {
                    Optional<ReadHandle> follower = node.partitions.directory().follower(id());
                    return follower.isPresent() && follower.get().view().highWatermark() == 100;
                });
                assertEquals(
                        expected(100),
                        values(node.partitions.directory().follower(id()).orElseThrow()));
            }
            Eventually.eventually(
                    "node " + node.nodeId + " knows the leader",
                    () -> node.partitions
                            .directory()
                            .leadership(id())
                            .filter(known -> known.nodeId() == leading.nodeId
                                    && known.inSyncReplicas().size() == 3)
                            .isPresent());
        }
    }

    @Test
    void anotherNodeLeadsSoonWhenTheLeaderDies() throws Exception {
        startAll();
        for (int i = 0; i < 50; i++) {
            appendUntilAcknowledged(i);
        }
        Node dead = awaitLeader();
        nodes.remove(dead.nodeId);
        dead.kill();
        long killedNanos = System.nanoTime();
        appendUntilAcknowledged(50);
        System.out.printf(
                "acknowledged again after %d ms%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedNanos));
        for (int i = 51; i < 100; i++) {
            appendUntilAcknowledged(i);
        }
        assertEquals(expected(100), values(leader()));

        start(dead.nodeId);
        nodes.values().forEach(this::image);
        Node back = Objects.requireNonNull(nodes.get(dead.nodeId));
        Eventually.eventually("the dead node has caught up", () -> {
            Optional<LeaderHandle> leads = back.partitions.directory().local(id());
            Optional<ReadHandle> follows = back.partitions.directory().follower(id());
            return leads.isPresent()
                    || (follows.isPresent() && follows.get().view().highWatermark() == 100);
        });
    }

    /// The shard coordinator lives on the oldest node: with it dead, nobody allocates until the next one takes
    /// over.
    @Test
    void withoutTheOldestNodeElectionsGoOn() throws Exception {
        startAll();
        appendUntilAcknowledged(0);
        Node oldest = Objects.requireNonNull(nodes.get(1));
        if (awaitLeader() != oldest) {
            Eventually.eventually("leadership goes to the oldest node", () -> {
                if (oldest.partitions.directory().local(id()).isEmpty()) {
                    oldest.partitions.directory().transfer(id(), oldest.nodeId);
                }
                return leaderNode() == oldest;
            });
        }
        appendUntilAcknowledged(1);
        nodes.remove(oldest.nodeId);
        oldest.kill();
        for (int i = 2; i < 10; i++) {
            appendUntilAcknowledged(i);
        }
        assertEquals(expected(10), values(leader()));
    }

    @Test
    void aNodeAloneCommitsNothingAndLeadsNoMoreSoon() throws Exception {
        startAll();
        appendUntilAcknowledged(0);
        Node alone = awaitLeader();
        LeaderHandle handle = alone.partitions.directory().local(id()).orElseThrow();
        killAllBut(alone);
        Errors error = append(handle, 1).get(30, TimeUnit.SECONDS).error();
        assertTrue(
                error == Errors.NOT_ENOUGH_REPLICAS
                        || error == Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND
                        || error == Errors.NOT_LEADER_OR_FOLLOWER,
                error::name);
        assertEquals(1, handle.view().highWatermark());
        Eventually.eventually(
                "it does not lead any more",
                () -> alone.partitions.directory().local(id()).isEmpty());
    }

    /// Found by a fault run: nobody led a partition for as long as one of the two voters that were left was not
    /// heard by the other, while the cluster's own heartbeats and the records passed.
    @Test
    void aNodeWhoseMessengerIsNotHeardVotesAndLeadsAllTheSame() throws Exception {
        startAll();
        appendUntilAcknowledged(0);
        Node dead = awaitLeader();
        nodes.remove(dead.nodeId);
        dead.kill();
        appendUntilAcknowledged(1);
        Node leading = awaitLeader();
        Node mute = nodes.values().stream()
                .filter(node -> node != leading)
                .findFirst()
                .orElseThrow();
        SilencedMessengers.silence(mute.nodeId);
        // It promises itself the next epoch: from then on it cannot follow the old leader, and needs its vote.
        leading.partitions
                .directory()
                .transfer(id(), mute.nodeId)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        for (int i = 2; i < 10; i++) {
            appendUntilAcknowledged(i);
        }
        assertEquals(expected(10), values(leader()));
    }

    private void killAllBut(Node alone) {
        for (Node node : List.copyOf(nodes.values())) {
            if (node.nodeId != alone.nodeId) {
                nodes.remove(node.nodeId);
                node.kill();
            }
        }
    }

    private static CompletableFuture<Errors> barrier(LeaderHandle leader) {
        CompletableFuture<Errors> outcome = new CompletableFuture<>();
        leader.barrier((error, _) -> outcome.complete(error));
        return outcome;
    }

    @Test
    void aLeaderThatReachesNobodyCannotConfirmThatItLeads() throws Exception {
        startAll();
        appendUntilAcknowledged(0);
        LeaderHandle leader = leader();
        assertFalse(leader.leadsAlone());
        List<CompletableFuture<Errors>> together = List.of(barrier(leader), barrier(leader), barrier(leader));
        for (CompletableFuture<Errors> confirmed : together) {
            assertEquals(Errors.NONE, confirmed.get(20, TimeUnit.SECONDS));
        }

        killAllBut(awaitLeader());
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, barrier(leader).get(20, TimeUnit.SECONDS));
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, barrier(leader).get(20, TimeUnit.SECONDS));
    }

    @Test
    void aDeletionIsAnsweredWhenItIsDoneOnAllNodesThatAreThere() throws Exception {
        startAll();
        for (int i = 0; i < 10; i++) {
            appendUntilAcknowledged(i);
        }
        Node leading = awaitLeader();
        Eventually.eventually(
                "all in sync",
                () -> leading.partitions
                        .directory()
                        .leadership(id())
                        .filter(known -> known.inSyncReplicas().size() == 3)
                        .isPresent());
        assertEquals("NONE 5", delete(5));
        for (Node node : nodes.values()) {
            assertEquals(5, node.logs.find(id()).orElseThrow().logStartOffset(), "node " + node.nodeId);
        }

        Node dead = nodes.values().stream()
                .filter(node -> node != leading)
                .findFirst()
                .orElseThrow();
        nodes.remove(dead.nodeId);
        dead.kill();
        assertEquals("NONE 7", delete(7));
        for (Node node : nodes.values()) {
            assertEquals(7, node.logs.find(id()).orElseThrow().logStartOffset(), "node " + node.nodeId);
        }
    }

    private String delete(long beforeOffset) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        leader().deleteRecords(
                        beforeOffset, 20_000, (error, lowWatermark) -> answer.complete(error + " " + lowWatermark));
        return answer.get(25, TimeUnit.SECONDS);
    }

    @Test
    void leadershipMovesGracefullyOnRequest() throws Exception {
        startAll();
        appendUntilAcknowledged(0);
        Node from = awaitLeader();
        Eventually.eventually(
                "all in sync",
                () -> from.partitions
                        .directory()
                        .leadership(id())
                        .filter(known -> known.inSyncReplicas().size() == 3)
                        .isPresent());
        int target = from.nodeId == 3 ? 2 : 3;
        Node asked = Objects.requireNonNull(nodes.get(target));
        Eventually.eventually(
                "the asked node knows the leader",
                () -> asked.partitions.directory().leadership(id()).isPresent());
        var transfer = asked.partitions
                .directory()
                .transfer(id(), target)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        assertTrue(transfer.moved(), transfer.reason());
        Eventually.eventually(
                "the target leads",
                () -> asked.partitions.directory().local(id()).isPresent());
        appendUntilAcknowledged(1);
    }

    private Path partition(Node node) {
        return directory.resolve("node-" + node.nodeId).resolve("orders-0");
    }

    private static FilePartitionLog log(Node node, PartitionId id) {
        return (FilePartitionLog) node.logs.find(id).orElseThrow();
    }

    private static void flip(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);
    }

    private void awaitMended(Node node, int count) throws InterruptedException {
        Path closed = partition(node).resolve("00000000000000000000.log");
        Eventually.eventually(
                "damage at node " + node.nodeId + " was cut",
                () -> Files.exists(closed.resolveSibling(closed.getFileName() + ".damaged")));
        Eventually.eventually("node " + node.nodeId + " has everything again", () -> {
            Optional<LeaderHandle> leads = nodes.values().stream()
                    .flatMap(each -> each.partitions.directory().local(id()).stream())
                    .findFirst();
            Optional<ReadHandle> follows = node.partitions.directory().follower(id());
            return leads.isPresent()
                    && follows.isPresent()
                    && follows.get().view().highWatermark() == count
                    && node.partitions
                            .directory()
                            .leadership(id())
                            .filter(known -> known.inSyncReplicas().size() == 3)
                            .isPresent();
        });
        assertEquals(
                expected(count),
                values(node.partitions.directory().follower(id()).orElseThrow()));
    }

    /// First at a follower, then at the leader, which gives leadership away before.
    @Test
    void damageInAClosedSegmentIsMadeGoodByTheOthers() throws Exception {
        startAll();
        for (int i = 0; i < 40; i++) {
            appendUntilAcknowledged(i);
        }
        nodes.values().forEach(node -> log(node, id()).roll());
        for (int i = 40; i < 50; i++) {
            appendUntilAcknowledged(i);
        }
        List<LogScrubber> scrubbers = new ArrayList<>();
        for (Node node : nodes.values()) {
            scrubbers.add(new LogScrubber(
                    node.logs,
                    node.partitions::damageFound,
                    new ScrubSettings(1 << 30, 100),
                    System::currentTimeMillis));
        }
        try {
            Node leading = awaitLeader();
            Node following = nodes.values().stream()
                    .filter(node -> node != leading)
                    .findFirst()
                    .orElseThrow();
            flip(partition(following).resolve("00000000000000000000.log"));
            scrubbers.forEach(LogScrubber::start);
            awaitMended(following, 50);

            flip(partition(leading).resolve("00000000000000000000.log"));
            awaitMended(leading, 50);
            appendUntilAcknowledged(50);
        } finally {
            scrubbers.forEach(LogScrubber::close);
        }
    }
}
