package io.sampo.actors.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.typesafe.config.ConfigFactory;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.metadata.MetadataDelta;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.MetadataRecord;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.TopicImage.PartitionAssignment;
import io.sampo.core.partition.LogSettings;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicaSettings;
import io.sampo.core.partition.ReplicationQuotas;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Without replicas: what they say comes from the test.
class LocalReplicasTest {
    private static final Uuid OLD = Uuid.randomUuid();
    private static final Uuid NEW = Uuid.randomUuid();

    private final ActorTestKit kit = ActorTestKit.create(
            "local-replicas",
            ConfigFactory.parseString("pekko.actor.provider = local")
                    .withFallback(ConfigFactory.load("partition-test")));
    private final MemoryLogs logs = new MemoryLogs();
    private final LinkedBlockingQueue<PartitionId> started = new LinkedBlockingQueue<>();
    private final TestProbe<Replica.Command> replica = kit.createTestProbe(Replica.Command.class);
    private MetadataImage image = MetadataImage.EMPTY;
    private final ActorRef<LocalReplicas.Command> replicas = kit.spawn(LocalReplicas.create(
            new ReplicaHost(
                    "boot",
                    logs,
                    logs,
                    new NodeLeaderDirectory(new LeaderBoard(1)),
                    PartitionActorSettings.DEFAULTS,
                    System::currentTimeMillis,
                    PartitionService.Network.NONE.connections(),
                    _ -> true,
                    _ -> {},
                    new ReplicationQuotas(),
                    new CatchUpReads(Runnable::run, 1)),
            new PartitionEntities() {
                @Override
                public void startReplica(PartitionId id) {
                    started.add(id);
                }

                @Override
                public void wakeLeader(PartitionId id, List<Integer> nodes) {}
            },
            _ -> LogSettings.DEFAULTS,
            _ -> ReplicaSettings.DEFAULTS));

    @AfterEach
    void shutdown() {
        kit.shutdownTestKit();
    }

    private void changed(MetadataRecord... records) {
        image = MetadataDelta.apply(image, List.of(records), image.offset() + records.length);
        replicas.tell(new LocalReplicas.ImageChanged(image));
    }

    private static MetadataRecord created(Uuid topicId) {
        return new MetadataRecord.TopicCreated("orders", topicId);
    }

    private static MetadataRecord assigned(Uuid topicId) {
        return new MetadataRecord.PartitionsAssigned(topicId, 0, List.of(new PartitionAssignment(List.of(1))));
    }

    private static MetadataRecord moved(int nodeId) {
        return new MetadataRecord.PartitionReassigned(OLD, 0, List.of(nodeId), List.of(), List.of());
    }

    private PartitionId old() {
        return new PartitionId(OLD, 0);
    }

    private void runOld() throws Exception {
        for (int node = 1; node <= 2; node++) {
            changed(new MetadataRecord.NodeRegistered(
                    new NodeImage(node, new Uuid(1, node), new Uuid(2, node), null, List.of())));
        }
        changed(created(OLD), assigned(OLD));
        assertEquals(old(), started.poll(10, TimeUnit.SECONDS));
        replicas.tell(new LocalReplicas.ReplicaOpened(old(), replica.getRef()));
        replica.expectMessageClass(Replica.UpdateReplicas.class);
    }

    /// A node that is behind hears of both at once. The new one would take the directory of the old one for a stray,
    /// and its files would stay for ever.
    @Test
    void aTopicOfTheSameNameBeginsWhenTheOldOneHasEnded() throws Exception {
        runOld();
        changed(new MetadataRecord.TopicDeleted(OLD), created(NEW), assigned(NEW));
        replica.expectMessage(Replica.Delete.INSTANCE);
        assertNull(started.poll(), "the old replica has not ended");

        replicas.tell(new LocalReplicas.ReplicaEnded(old(), null, null));
        assertEquals(new PartitionId(NEW, 0), started.poll(10, TimeUnit.SECONDS));
        assertEquals(Set.of(old()), logs.deleted);
    }

    @Test
    void aPartitionThatComesBackBeforeItsReplicaEndedBeginsAnew() throws Exception {
        runOld();
        changed(moved(2));
        replica.expectMessage(Replica.Delete.INSTANCE);
        changed(moved(1));
        replica.expectNoMessage(Duration.ofMillis(1));
        assertNull(started.poll());

        replicas.tell(new LocalReplicas.ReplicaEnded(old(), null, null));
        assertEquals(old(), started.poll(10, TimeUnit.SECONDS));
        assertEquals(Set.of(old()), logs.deleted, "what was there is not taken over");
    }
}
