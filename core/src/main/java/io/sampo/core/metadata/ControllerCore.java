package io.sampo.core.metadata;

import io.sampo.core.config.BrokerConfig;
import io.sampo.core.metadata.ControllerCommand.AllocateProducerIds;
import io.sampo.core.metadata.ControllerCommand.AlterConfigs;
import io.sampo.core.metadata.ControllerCommand.AlterScramCredentials;
import io.sampo.core.metadata.ControllerCommand.CreatePartitions;
import io.sampo.core.metadata.ControllerCommand.CreateTopics;
import io.sampo.core.metadata.ControllerCommand.DeleteTopics;
import io.sampo.core.metadata.ControllerCommand.IncrementalAlterConfigs;
import io.sampo.core.metadata.ControllerCommand.ProducerIdBlock;
import io.sampo.core.metadata.ControllerCommand.RegisterNode;
import io.sampo.core.metadata.ControllerCommand.Registered;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.apache.kafka.common.protocol.Errors;

/// The rules of the metadata log: what records a command makes, and what its sender is told.
///
/// Deterministic and without state: the same image, command and live nodes give the same decision. Any thread.
public final class ControllerCore {
    private final int producerIdBlockSize;
    private final TopicRules topics;
    private final ConfigRules configs;

    /// @param broker configuration of the node that decides: defaults for topics, limits
    public ControllerCore(BrokerConfig broker) {
        this.producerIdBlockSize = broker.getInt("sampo.producer.id.block.size");
        this.topics = new TopicRules(broker);
        this.configs = new ConfigRules(broker);
    }

    /// @param image with everything that was decided before, committed or not
    /// @param liveNodes ids of registered nodes that may get replicas
    public <R> Decision<R> decide(MetadataImage image, ControllerCommand<R> command, SortedSet<Integer> liveNodes) {
        Decision<?> decision = switch (command) {
            case RegisterNode register -> register(image, register);
            case CreateTopics create -> topics.create(image, create, liveNodes);
            case DeleteTopics delete -> topics.delete(image, delete.request());
            case CreatePartitions create -> topics.createPartitions(image, create.request(), liveNodes);
            case IncrementalAlterConfigs alter -> configs.alterIncrementally(image, alter.request());
            case AlterConfigs alter -> configs.alter(image, alter.request());
            case AlterScramCredentials alter -> ScramRules.alter(image, alter.request());
            case AllocateProducerIds allocate -> allocate(image, allocate);
        };
        @SuppressWarnings("unchecked") // each command's decision has the command's own type of answer
        Decision<R> typed = (Decision<R>) decision;
        return typed;
    }

    private static Decision<Registered> register(MetadataImage image, RegisterNode register) {
        NodeImage node = register.node();
        NodeImage known = image.nodes().get(node.nodeId());
        if (known != null && !known.nodeUuid().equals(node.nodeUuid())) {
            return new Decision<>(
                    List.of(),
                    new Registered(
                            Errors.DUPLICATE_BROKER_REGISTRATION,
                            "Node id " + node.nodeId() + " belongs to the data directory of node " + known.nodeUuid()
                                    + "; this one is " + node.nodeUuid(),
                            ""));
        }
        List<MetadataRecord> records = new ArrayList<>();
        String clusterId = image.clusterId();
        if (clusterId.isEmpty()) {
            clusterId = register.newClusterId();
            records.add(new MetadataRecord.ClusterCreated(clusterId));
        }
        if (!node.equals(known)) {
            records.add(new MetadataRecord.NodeRegistered(node));
        }
        return new Decision<>(records, new Registered(Errors.NONE, null, clusterId));
    }

    private Decision<ProducerIdBlock> allocate(MetadataImage image, AllocateProducerIds allocate) {
        long first = image.nextProducerId();
        long next = Math.addExact(first, producerIdBlockSize);
        return new Decision<>(
                List.of(new MetadataRecord.ProducerIdsAllocated(allocate.nodeId(), next)),
                new ProducerIdBlock(first, producerIdBlockSize));
    }
}
