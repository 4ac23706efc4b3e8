package io.sampo.config;

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
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.log.LogStoreSettings;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.junit.jupiter.api.io.TempDir;

/// Three nodes in one process: sharding and control messages through Pekko, records through memory, logs on disk.
abstract class ReplicatedPartitionsFixture {
    @TempDir
    Path directory;

    final Map<Integer, Node> nodes = new TreeMap<>();
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

    final class Node implements AutoCloseable {
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

    void start(int nodeId) {
        Address seed = nodes.isEmpty() ? null : nodes.values().iterator().next().address();
        DataDirectory data = DataDirectory.open(directory.resolve("node-" + nodeId), nodeId);
        directories.put(nodeId, data);
        nodes.put(nodeId, new Node(nodeId, data, seed));
    }

    void startAll() {
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

    void image(Node node) {
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

    PartitionId id() {
        return Objects.requireNonNull(orders).partitionId(0);
    }

    @Nullable
    Node leaderNode() {
        return nodes.values().stream()
                .filter(node -> node.partitions.directory().local(id()).isPresent())
                .findFirst()
                .orElse(null);
    }

    Node awaitLeader() throws InterruptedException {
        Eventually.eventually("a leader", () -> leaderNode() != null);
        return Objects.requireNonNull(leaderNode());
    }

    LeaderHandle leader() throws InterruptedException {
        return awaitLeader().partitions.directory().local(id()).orElseThrow();
    }

    static CompletableFuture<AppendOutcome> append(LeaderHandle leader, int sequence) {
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

    void appendUntilAcknowledged(int sequence) throws Exception {
        Errors error = Errors.UNKNOWN_SERVER_ERROR;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (error != Errors.NONE) {
            assertTrue(System.nanoTime() < deadline, "not acknowledged in time: " + error);
            error = append(leader(), sequence).get(20, TimeUnit.SECONDS).error();
        }
    }

    static List<String> values(ReadHandle replica) {
        List<String> values = new ArrayList<>();
        replica.log().forEachBatch(0, replica.view().highWatermark(), recordBatch -> {
            for (Record record : recordBatch) {
                values.add(StandardCharsets.UTF_8.decode(record.value()).toString());
            }
        });
        return values;
    }

    static List<String> expected(int count) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add("value " + i);
        }
        return values;
    }

    boolean allInSync(Node node) {
        return node.partitions
                .directory()
                .leadership(id())
                .filter(known -> known.inSyncReplicas().size() == 3)
                .isPresent();
    }

    void awaitInSync(Node node) throws InterruptedException {
        Eventually.eventually("all in sync", () -> allInSync(node));
    }

    @AfterEach
    void closeAll() {
        SilencedMessengers.silenceNobody();
        nodes.values().forEach(Node::close);
    }
}
