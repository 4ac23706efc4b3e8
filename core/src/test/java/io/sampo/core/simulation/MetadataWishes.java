package io.sampo.core.simulation;

import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCommand.AllocateProducerIds;
import io.sampo.core.metadata.ControllerCommand.AlterPartitionReassignments;
import io.sampo.core.metadata.ControllerCommand.CreateTopics;
import io.sampo.core.metadata.ControllerCommand.DeleteTopics;
import io.sampo.core.metadata.ControllerCommand.IncrementalAlterConfigs;
import io.sampo.core.metadata.ControllerCommand.RegisterNode;
import io.sampo.core.metadata.ControllerCommand.Registered;
import io.sampo.core.metadata.ControllerCommand.UnregisterNode;
import io.sampo.core.metadata.NodeImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;

/// What one client wants of the metadata: about few names, so that the clients get in each other's way. Ids and
/// values are of its own, so that each command can be told from all others.
final class MetadataWishes {
    private final Chance chance;
    private final int client;
    private final long meanPauseUs;
    private final List<Integer> knownNodes = new ArrayList<>();
    private long count;

    MetadataWishes(Chance chance, int client, Scenario scenario) {
        this.chance = chance;
        this.client = client;
        // Not more than small fetches over a slow disk can carry.
        this.meanPauseUs = Math.max(scenario.writeUs() * 80, chance.logUniform(10_000, 400_000));
    }

    long meanPauseUs() {
        return meanPauseUs;
    }

    /// As the gateway of production has it.
    static boolean mayBeRepeated(ControllerCommand<?> command) {
        return command instanceof CreateTopics
                || command instanceof RegisterNode
                || command instanceof AllocateProducerIds;
    }

    ControllerCommand<?> next() {
        count++;
        return switch (chance.below(12)) {
            case 0, 1 -> register();
            case 2, 3 -> create();
            case 4 -> new DeleteTopics(new DeleteTopicsRequestData().setTopicNames(List.of(topicName())));
            case 5, 6 -> configure();
            case 7 -> reassign();
            case 8 -> new UnregisterNode(new UnregisterBrokerRequestData().setBrokerId(1 + chance.below(6)));
            default -> new AllocateProducerIds(client);
        };
    }

    void answered(ControllerCommand<?> command, Object response) {
        if (response instanceof Registered registered && registered.nodeId() >= 0) {
            knownNodes.add(registered.nodeId());
        }
    }

    private String topicName() {
        return "topic-" + chance.below(5);
    }

    private RegisterNode register() {
        NodeImage node =
                new NodeImage(-1, new Uuid(100 + client, count), new Uuid(200 + client, count), null, List.of());
        return new RegisterNode(node, "cluster-of-" + client + "-" + count);
    }

    private CreateTopics create() {
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics()
                .add(new CreatableTopic()
                        .setName(topicName())
                        .setNumPartitions(1 + chance.below(2))
                        .setReplicationFactor((short) (1 + chance.below(3))));
        return new CreateTopics(request, List.of(new Uuid(300 + client, count)));
    }

    private IncrementalAlterConfigs configure() {
        AlterConfigsResource resource = new AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(topicName());
        resource.configs()
                .add(new AlterableConfig()
                        .setName("retention.ms")
                        .setConfigOperation((byte) 0)
                        .setValue(String.valueOf(client * 1_000_000_000L + count)));
        IncrementalAlterConfigsRequestData request = new IncrementalAlterConfigsRequestData();
        request.resources().add(resource);
        return new IncrementalAlterConfigs(request);
    }

    private AlterPartitionReassignments reassign() {
        List<Integer> replicas = knownNodes.isEmpty() ? List.of(1) : List.of(chance.of(knownNodes));
        ReassignablePartition partition =
                new ReassignablePartition().setPartitionIndex(0).setReplicas(replicas);
        AlterPartitionReassignmentsRequestData request = new AlterPartitionReassignmentsRequestData();
        request.topics().add(new ReassignableTopic().setName(topicName()).setPartitions(List.of(partition)));
        return new AlterPartitionReassignments(request);
    }
}
