package io.sampo.config;

import static io.sampo.config.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.PartitionActorSettings;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.EpochStart;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaId;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.persistence.journal.LogStorage;
import io.sampo.persistence.log.DataDirectory;
import io.sampo.persistence.log.FilePartitionLogs;
import io.sampo.persistence.log.LogStoreSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Replicas through Cluster Sharding over the real journal, checkpoints and segments: what was acknowledged is
/// there after a restart.
class PartitionsOnDiskTest {

    @TempDir
    Path directory;

    private TopicImage orders = topic(List.of());
    private PartitionId id = orders.partitionId(1);

    private static TopicImage topic(List<ReplicaId> voters) {
        return new TopicImage(
                "orders",
                Uuid.randomUuid(),
                Collections.nCopies(3, new PartitionAssignment(List.of(1), voters)),
                Collections.emptySortedMap());
    }

    @BeforeEach
    void createDirectory() {
        try (DataDirectory data = DataDirectory.open(directory, 1)) {
            orders = topic(List.of(data.self()));
            id = orders.partitionId(1);
        }
    }

    /// One life of the node.
    private static final class Node implements AutoCloseable {
        final ActorSystem<Void> system =
                ActorSystem.create(Behaviors.empty(), "sampo", ConfigFactory.load("partitions-on-disk"));
        final DataDirectory data;
        final FilePartitionLogs logs;
        final PartitionService partitions;

        Node(Path directory, PartitionActorSettings settings) {
            data = DataDirectory.open(directory, 1);
            logs = new FilePartitionLogs(data, LogStoreSettings.DEFAULTS);
            LogStorage.get(system).start(logs);
            Cluster cluster = Cluster.get(system);
            cluster.manager().tell(new Join(cluster.selfMember().address()));
            partitions = PartitionService.start(
                    system,
                    new PartitionService.Setup(
                            "boot",
                            logs,
                            logs,
                            settings,
                            System::currentTimeMillis,
                            _ -> LogSettings.DEFAULTS,
                            _ -> ReplicaSettings.DEFAULTS,
                            PartitionService.Network.NONE,
                            PartitionService.CatchUp.unthrottled()));
        }

        void image(long offset, TopicImage... topics) {
            TreeMap<String, TopicImage> byName = new TreeMap<>();
            Map<Uuid, TopicImage> byId = new java.util.HashMap<>();
            for (TopicImage topic : topics) {
                byName.put(topic.name(), topic);
                byId.put(topic.id(), topic);
            }
            partitions.imageChanged(new MetadataImage(
                    offset,
                    "cluster",
                    byName,
                    byId,
                    Collections.emptySortedMap(),
                    Collections.emptySortedMap(),
                    0,
                    Collections.emptySortedMap()));
        }

        LeaderHandle leader(PartitionId partition) throws InterruptedException {
            eventually(
                    "leader of " + partition,
                    () -> partitions.directory().local(partition).isPresent());
            return partitions.directory().local(partition).orElseThrow();
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

    private static CompletableFuture<AppendOutcome> append(LeaderHandle leader, MemoryRecords records) {
        CompletableFuture<AppendOutcome> outcome = new CompletableFuture<>();
        leader.append(new Append(records, Append.Origin.CLIENT, (short) -1, outcome::complete));
        return outcome;
    }

    private static MemoryRecords batch(int sequence) {
        return MemoryRecords.withIdempotentRecords(
                Compression.NONE,
                42L,
                (short) 0,
                sequence,
                new SimpleRecord(("value " + sequence).getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> values(LeaderHandle leader) {
        List<String> values = new ArrayList<>();
        leader.log().forEachBatch(0, leader.view().highWatermark(), recordBatch -> {
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

    @Test
    void acknowledgedRecordsSurviveRestartsInOrderAndOnce() throws Exception {
        PartitionActorSettings settings = PartitionActorSettings.DEFAULTS;
        try (Node node = new Node(directory, settings)) {
            node.image(0, orders);
            LeaderHandle leader = node.leader(id);
            List<CompletableFuture<AppendOutcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                outcomes.add(append(leader, batch(i)));
            }
            for (int i = 0; i < 200; i++) {
                AppendOutcome outcome = outcomes.get(i).get(20, TimeUnit.SECONDS);
                assertEquals(Errors.NONE, outcome.error());
                assertEquals(i, outcome.baseOffset());
            }
            assertEquals(expected(200), values(leader));
        }
        try (Node node = new Node(directory, settings)) {
            node.image(0, orders);
            LeaderHandle leader = node.leader(id);
            assertEquals(200, leader.view().highWatermark());
            assertEquals(expected(200), values(leader));
            assertEquals(
                    198, append(leader, batch(198)).get(20, TimeUnit.SECONDS).baseOffset(), "a repeat is known");
            assertEquals(
                    200, append(leader, batch(200)).get(20, TimeUnit.SECONDS).baseOffset());
            assertEquals(expected(201), values(leader));
            assertEquals(
                    List.of(new EpochStart(0, 0), new EpochStart(1, 200)),
                    leader.log().epochStarts());
        }
    }

    @Test
    void checkpointsAndDeletionsSurviveARestart() throws Exception {
        try (Node node = new Node(directory, PartitionActorSettings.DEFAULTS)) {
            node.image(0, orders);
            LeaderHandle leader = node.leader(id);
            for (int i = 0; i < 50; i++) {
                append(leader, batch(i)).get(20, TimeUnit.SECONDS);
            }
            CompletableFuture<String> deletion = new CompletableFuture<>();
            leader.deleteRecords(10, 10_000, (error, lowWatermark) -> deletion.complete(error + " " + lowWatermark));
            assertEquals("NONE 10", deletion.get(20, TimeUnit.SECONDS));
            node.partitions.requestCheckpoint(id);
            append(leader, batch(50)).get(20, TimeUnit.SECONDS);
        }
        try (Node node = new Node(directory, PartitionActorSettings.DEFAULTS)) {
            node.image(0, orders);
            LeaderHandle leader = node.leader(id);
            assertEquals(51, leader.view().highWatermark());
            assertEquals(10, leader.view().logStartOffset());
        }
    }

    @Test
    void aDeletedTopicLeavesNoDirectoryThatWouldBeOpenedAgain() throws Exception {
        try (Node node = new Node(directory, PartitionActorSettings.DEFAULTS)) {
            node.image(0, orders);
            append(node.leader(id), batch(0)).get(20, TimeUnit.SECONDS);
            node.image(1);
            eventually("logs deleted", () -> node.logs.onDisk().isEmpty());
            assertEquals(Optional.empty(), node.partitions.directory().local(id));
            assertTrue(Files.notExists(directory.resolve("orders-1")));
        }
    }
}
