package io.sampo.actors.partition;

import com.typesafe.config.ConfigFactory;
import io.sampo.actors.sharding.PartitionService;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReplicationQuotas;
import org.apache.kafka.common.Uuid;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// The leader entity where sharding should not have started it.
class PartitionLeaderTest {
    private static final ActorTestKit KIT = ActorTestKit.create(
            "leader-test",
            ConfigFactory.parseString("pekko.actor.provider = local")
                    .withFallback(ConfigFactory.load("partition-test")));

    private final PartitionId id = new PartitionId(Uuid.randomUuid(), 0);
    private final MemoryLogs logs = new MemoryLogs();
    private final ReplicaHost host = new ReplicaHost(
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
            new CatchUpReads(Runnable::run, 1));

    @AfterAll
    static void shutdown() {
        KIT.shutdownTestKit();
    }

    @Test
    void allocatedWhereNoReplicaLivesItStops() {
        ActorRef<PartitionLeader.Command> leader = KIT.spawn(PartitionLeader.create(id, host));
        TestProbe<Object> watcher = KIT.createTestProbe();
        leader.tell(PartitionLeader.Wake.INSTANCE);
        watcher.expectTerminated(leader);
    }

    @Test
    void askedToHandOverBeforeItFoundAReplicaItStops() {
        ActorRef<PartitionLeader.Command> leader = KIT.spawn(PartitionLeader.create(id, host));
        TestProbe<Object> watcher = KIT.createTestProbe();
        leader.tell(PartitionLeader.HandOver.INSTANCE);
        watcher.expectTerminated(leader);
    }
}
