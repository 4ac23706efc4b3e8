package io.sampo.actors.sharding;

import io.sampo.actors.cluster.ClusterNodes;
import io.sampo.actors.partition.PartitionEntities;
import io.sampo.actors.partition.PartitionLeader;
import io.sampo.actors.partition.Replica;
import io.sampo.actors.partition.ReplicaHost;
import io.sampo.core.leadership.GroupLeaders;
import io.sampo.core.partition.PartitionId;
import java.util.List;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;

/// The two sharded entity types of partitions: [Replica], pinned to the node that has its disk, and
/// [PartitionLeader], which moves.
public final class ShardedPartitions implements PartitionEntities {

    /// Dispatcher of replicas; the node defines it.
    public static final String REPLICA_DISPATCHER = "sampo.replica-dispatcher";

    private static final EntityTypeKey<Replica.Command> REPLICA =
            EntityTypeKey.create(Replica.Command.class, "Replica");
    private static final EntityTypeKey<PartitionLeader.Command> LEADER =
            EntityTypeKey.create(PartitionLeader.Command.class, "PartitionLeader");

    private final String replicaShard;
    private final ActorRef<ShardingEnvelope<Replica.Command>> replicas;
    private final ActorRef<ShardingEnvelope<PartitionLeader.Command>> leaders;

    private ShardedPartitions(
            String replicaShard,
            ActorRef<ShardingEnvelope<Replica.Command>> replicas,
            ActorRef<ShardingEnvelope<PartitionLeader.Command>> leaders) {
        this.replicaShard = replicaShard;
        this.replicas = replicas;
        this.leaders = leaders;
    }

    /// Starts the shard regions of this node. The node's id must be in its cluster role (see [#nodeRole]).
    static ShardedPartitions start(ActorSystem<?> system, int nodeId, ReplicaHost host, Supplier<GroupLeaders> groups) {
        ClusterSharding sharding = ClusterSharding.get(system);
        ReplicaAwareAllocation allocation = new ReplicaAwareAllocation(Cluster.get(system), groups);
        Props onReplicaDispatcher = Props.empty().withDispatcherFromConfig(REPLICA_DISPATCHER);
        ActorRef<ShardingEnvelope<Replica.Command>> replicas = sharding.init(Entity.of(
                        REPLICA, context -> Replica.create(PlacementGroups.partitionOf(context.getEntityId()), host))
                .withMessageExtractor(new EnvelopeExtractor<>())
                .withAllocationStrategy(allocation)
                .withEntityProps(onReplicaDispatcher)
                .withStopMessage(Replica.Stop.INSTANCE));
        ActorRef<ShardingEnvelope<PartitionLeader.Command>> leaders = sharding.init(Entity.of(
                        LEADER,
                        context -> PartitionLeader.create(PlacementGroups.partitionOf(context.getEntityId()), host))
                .withMessageExtractor(new EnvelopeExtractor<>())
                .withAllocationStrategy(allocation)
                .withStopMessage(PartitionLeader.HandOver.INSTANCE));
        return new ShardedPartitions(PlacementGroups.replicaShard(nodeId), replicas, leaders);
    }

    /// Cluster role that tells the others which node id a member has; to be in `pekko.cluster.roles`.
    public static String nodeRole(int nodeId) {
        return ClusterNodes.NODE_ROLE_PREFIX + nodeId;
    }

    @Override
    public void startReplica(PartitionId id) {
        replicas.tell(new ShardingEnvelope<>(PlacementGroups.entityId(replicaShard, id), Replica.Start.INSTANCE));
    }

    @Override
    public void wakeLeader(PartitionId id, List<Integer> nodes) {
        String shard = PlacementGroups.leaderShard(nodes);
        leaders.tell(new ShardingEnvelope<>(PlacementGroups.entityId(shard, id), PartitionLeader.Wake.INSTANCE));
    }
}
