package io.sampo.core.metadata;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.ControllerCommand.AllocateProducerIds;
import io.sampo.core.metadata.ControllerCommand.AlterConfigs;
import io.sampo.core.metadata.ControllerCommand.AlterPartitionReassignments;
import io.sampo.core.metadata.ControllerCommand.AlterScramCredentials;
import io.sampo.core.metadata.ControllerCommand.CompleteReassignments;
import io.sampo.core.metadata.ControllerCommand.CreatePartitions;
import io.sampo.core.metadata.ControllerCommand.CreateTopics;
import io.sampo.core.metadata.ControllerCommand.DeleteTopics;
import io.sampo.core.metadata.ControllerCommand.DescribeMetadataQuorum;
import io.sampo.core.metadata.ControllerCommand.ForceConfig;
import io.sampo.core.metadata.ControllerCommand.IncrementalAlterConfigs;
import io.sampo.core.metadata.ControllerCommand.ProducerIdBlock;
import io.sampo.core.metadata.ControllerCommand.RegisterNode;
import io.sampo.core.metadata.ControllerCommand.UnregisterNode;
import io.sampo.core.partition.PartitionId;
import java.util.List;
import java.util.SortedSet;

/// The rules of the metadata log: what records a command makes, and what its sender is told.
///
/// Deterministic and without state: the same image, command and live nodes give the same decision. Any thread.
public final class ControllerCore {
    private final int nodeId;
    private final LeaderBalance.Settings balance;
    private final int producerIdBlockSize;
    private final TopicRules topics;
    private final ConfigRules configs;

    /// @param broker configuration of the node that decides: defaults for topics, limits
    public ControllerCore(BrokerConfig broker) {
        this.nodeId = broker.nodeId();
        this.balance = new LeaderBalance.Settings(
                broker.getBoolean("auto.leader.rebalance.enable"),
                Math.multiplyExact(broker.getLong("leader.imbalance.check.interval.seconds"), 1000L),
                broker.getInt("leader.imbalance.per.broker.percentage"));
        this.producerIdBlockSize = broker.getInt("sampo.producer.id.block.size");
        this.topics = new TopicRules(broker);
        this.configs = new ConfigRules(broker);
    }

    /// Id of the node that decides.
    public int nodeId() {
        return nodeId;
    }

    /// When leadership goes back to preferred replicas on its own.
    public LeaderBalance.Settings balance() {
        return balance;
    }

    /// @param image with everything that was decided before, committed or not
    /// @param liveNodes ids of the nodes that are up, as far as is known: new replicas go there first
    public <R> Decision<R> decide(MetadataImage image, ControllerCommand<R> command, SortedSet<Integer> liveNodes) {
        Decision<?> decision = switch (command) {
            case RegisterNode register -> NodeRules.register(image, register);
            case UnregisterNode unregister -> NodeRules.unregister(image, unregister.request());
            case AlterPartitionReassignments alter -> ReassignmentRules.alter(image, alter.request());
            case CompleteReassignments complete -> ReassignmentRules.complete(image, complete);
            case ForceConfig force -> ForceRules.force(image, force, liveNodes);
            case CreateTopics create -> topics.create(image, create, liveNodes);
            case DeleteTopics delete -> topics.delete(image, delete.request());
            case CreatePartitions create -> topics.createPartitions(image, create.request(), liveNodes);
            case IncrementalAlterConfigs alter -> configs.alterIncrementally(image, alter.request());
            case AlterConfigs alter -> configs.alter(image, alter.request());
            case AlterScramCredentials alter -> ScramRules.alter(image, alter.request());
            case AllocateProducerIds allocate -> allocate(image, allocate);
            case DescribeMetadataQuorum _ ->
                throw new IllegalArgumentException("the leader's replica answers that, there is nothing to decide");
        };
        @SuppressWarnings("unchecked") // each command's decision has the command's own type of answer
        Decision<R> typed = (Decision<R>) decision;
        return typed;
    }

    /// Partitions whose reassignment is not complete.
    public static List<PartitionId> reassigning(MetadataImage image) {
        return ReassignmentRules.moving(image);
    }

    private Decision<ProducerIdBlock> allocate(MetadataImage image, AllocateProducerIds allocate) {
        long first = image.nextProducerId();
        long next = Math.addExact(first, producerIdBlockSize);
        return new Decision<>(
                List.of(new MetadataRecord.ProducerIdsAllocated(allocate.nodeId(), next)),
                new ProducerIdBlock(first, producerIdBlockSize));
    }
}
