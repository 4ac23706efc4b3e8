package io.sampo.actors.sharding;

import static io.sampo.actors.Eventually.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.MemoryLogs;
import io.sampo.actors.partition.PartitionActorSettings;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.TopicImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One node as the assembly starts it: a cluster of itself, sharding, a memory journal.
class PartitionServiceTest {
    private final MemoryLogs logs = new MemoryLogs();
    private @Nullable ActorSystem<Void> system;
    private @Nullable PartitionService started;
    private long imageOffset;

    private void start() {
        ActorSystem<Void> node = ActorSystem.create(Behaviors.empty(), "sampo", ConfigFactory.load("partition-test"));
        system = node;
        Cluster.get(node).manager().tell(new Join(Cluster.get(node).selfMember().address()));
        started = PartitionService.start(
                node,
                new PartitionService.Setup(
                        "boot",
                        logs,
                        logs,
                        PartitionActorSettings.DEFAULTS,
                        System::currentTimeMillis,
                        _ -> LogSettings.DEFAULTS,
                        _ -> ReplicaSettings.DEFAULTS,
                        PartitionService.Network.NONE,
                        PartitionService.CatchUp.unthrottled()));
    }

    @AfterEach
    void stop() throws Exception {
        if (system != null) {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private MetadataImage image(TopicImage... topics) {
        SortedMap<String, TopicImage> byName = new TreeMap<>();
        for (TopicImage topic : topics) {
            byName.put(topic.name(), topic);
        }
        return new MetadataImage(
                imageOffset++,
                "cluster",
                byName,
                byName.values().stream().collect(Collectors.toMap(TopicImage::id, topic -> topic)),
                Collections.emptySortedMap(),
                Collections.emptySortedMap(),
                0,
                Collections.emptySortedMap());
    }

    private TopicImage topic(String name, int partitionCount) {
        return new TopicImage(
                name,
                Uuid.randomUuid(),
                Collections.nCopies(partitionCount, new PartitionAssignment(List.of(1), List.of(logs.self()))),
                Collections.emptySortedMap());
    }

    private PartitionService service() {
        return Objects.requireNonNull(started);
    }

    private LeaderHandle leader(PartitionId id) throws InterruptedException {
        eventually("leader of " + id, () -> service().directory().local(id).isPresent());
        return service().directory().local(id).orElseThrow();
    }

    private static CompletableFuture<AppendOutcome> append(LeaderHandle leader) {
        CompletableFuture<AppendOutcome> outcome = new CompletableFuture<>();
        leader.append(new Append(
                MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[10])),
                Append.Origin.CLIENT,
                (short) -1,
                outcome::complete));
        return outcome;
    }

    @Test
    void aTopicOfTheImageIsLedAndTakesWritesAsSoonAsALeaderIsNamed() throws Exception {
        long startedNanos = System.nanoTime();
        start();
        TopicImage orders = topic("orders", 1);
        service().imageChanged(image(orders));

        PartitionId id = orders.partitionId(0);
        LeaderHandle leader = leader(id);
        System.out.printf("from nothing to a leader: %d ms%n", (System.nanoTime() - startedNanos) / 1_000_000);
        assertEquals(1, service().directory().leadership(id).orElseThrow().nodeId());
        assertEquals(0, append(leader).get(10, TimeUnit.SECONDS).baseOffset());
        assertEquals(1, append(leader).get(10, TimeUnit.SECONDS).baseOffset());
        assertEquals(2, leader.view().highWatermark());
    }

    @Test
    void aThousandPartitionsAreLedSoon() throws Exception {
        start();
        TopicImage many = topic("many", 1_000);
        long startedNanos = System.nanoTime();
        service().imageChanged(image(many));

        eventually("1,000 leaders", () -> service().directory().all().size() == 1_000);
        System.out.printf("1,000 leaders after %d ms%n", (System.nanoTime() - startedNanos) / 1_000_000);
        List<CompletableFuture<AppendOutcome>> outcomes = new ArrayList<>();
        for (LeaderHandle leader : service().directory().all()) {
            outcomes.add(append(leader));
        }
        for (CompletableFuture<AppendOutcome> outcome : outcomes) {
            assertEquals(Errors.NONE, outcome.get(10, TimeUnit.SECONDS).error());
        }
    }

    @Test
    void aDeletedTopicIsNoLongerLedAndItsLogIsDeleted() throws Exception {
        start();
        TopicImage orders = topic("orders", 2);
        TopicImage other = topic("other", 1);
        service().imageChanged(image(orders, other));
        LeaderHandle leader = leader(orders.partitionId(0));
        leader(orders.partitionId(1));
        leader(other.partitionId(0));

        TopicImage recreated = topic("orders", 1);
        service().imageChanged(image(other, recreated));

        eventually("logs deleted", () -> logs.deletedCount() == 2);
        leader(recreated.partitionId(0));
        assertEquals(
                Errors.NOT_LEADER_OR_FOLLOWER,
                append(leader).get(10, TimeUnit.SECONDS).error());
        assertTrue(service().directory().local(other.partitionId(0)).isPresent());
        assertTrue(service().directory().leadership(orders.partitionId(0)).isEmpty());
    }

    @Test
    void shutdownClosesAllLogsCleanlyAndTheNextStartGoesOn() throws Exception {
        start();
        TopicImage orders = topic("orders", 3);
        service().imageChanged(image(orders));
        for (int partition = 0; partition < 3; partition++) {
            append(leader(orders.partitionId(partition))).get(10, TimeUnit.SECONDS);
        }
        service().stop().toCompletableFuture().get(30, TimeUnit.SECONDS);
        long stoppingNanos = System.nanoTime();
        stop();
        assertTrue(System.nanoTime() - stoppingNanos < Duration.ofSeconds(25).toNanos(), "stopped twice");
        for (int partition = 0; partition < 3; partition++) {
            assertTrue(logs.isClosedCleanly(orders.partitionId(partition)), "partition " + partition);
        }

        start();
        service().imageChanged(image(orders));
        LeaderHandle leader = leader(orders.partitionId(2));
        assertEquals(1, leader.leaderEpoch());
        assertEquals(1, leader.view().highWatermark());
        assertEquals(1, append(leader).get(10, TimeUnit.SECONDS).baseOffset());
    }
}
