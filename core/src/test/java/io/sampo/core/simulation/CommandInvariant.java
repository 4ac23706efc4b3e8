package io.sampo.core.simulation;

import io.sampo.core.metadata.ControllerCommand;
import io.sampo.core.metadata.ControllerCommand.AllocateProducerIds;
import io.sampo.core.metadata.ControllerCommand.CreateTopics;
import io.sampo.core.metadata.ControllerCommand.DeleteTopics;
import io.sampo.core.metadata.ControllerCommand.IncrementalAlterConfigs;
import io.sampo.core.metadata.ControllerCommand.ProducerIdBlock;
import io.sampo.core.metadata.ControllerCommand.RegisterNode;
import io.sampo.core.metadata.ControllerCommand.Registered;
import io.sampo.core.metadata.ControllerCommand.UnregisterNode;
import java.util.Set;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.Errors;

/// 19: a command that was acknowledged stands in the committed log, and so in every later image.
final class CommandInvariant implements MetadataInvariant {
    private final MetadataHistory history;

    CommandInvariant(MetadataHistory history) {
        this.history = history;
    }

    @Override
    public void acknowledged(ControllerCommand<?> command, Object response) {
        history.newest();
        boolean stands = switch (command) {
            case AllocateProducerIds _ -> {
                ProducerIdBlock block = (ProducerIdBlock) response;
                yield history.producerIdEnds.contains(block.firstProducerId() + block.count());
            }
            case RegisterNode register -> {
                Registered registered = (Registered) response;
                yield registered.error() != Errors.NONE
                        || history.nodes
                                .getOrDefault(registered.nodeId(), Set.of())
                                .contains(register.node().nodeUuid());
            }
            case UnregisterNode unregister ->
                ((UnregisterBrokerResponseData) response).errorCode() != Errors.NONE.code()
                        || history.unregisteredNodes.contains(
                                unregister.request().brokerId());
            case CreateTopics _ ->
                ((CreateTopicsResponseData) response)
                        .topics().stream()
                                .filter(topic -> topic.errorCode() == Errors.NONE.code())
                                .allMatch(topic -> topic.name().equals(history.topics.get(topic.topicId())));
            case DeleteTopics _ ->
                ((DeleteTopicsResponseData) response)
                        .responses().stream()
                                .filter(topic -> topic.errorCode() == Errors.NONE.code())
                                .allMatch(topic -> history.deletedTopics.containsKey(topic.topicId()));
            case IncrementalAlterConfigs alter ->
                ((IncrementalAlterConfigsResponseData) response)
                        .responses().stream()
                                .filter(resource -> resource.errorCode() == Errors.NONE.code())
                                .allMatch(_ -> hasAll(alter));
            default -> true;
        };
        Violation.check(
                stands, "19 an acknowledged command is never lost", "%s was answered with %s", command, response);
    }

    private boolean hasAll(IncrementalAlterConfigs alter) {
        return alter.request().resources().stream()
                .flatMap(resource -> resource.configs().stream())
                .map(AlterableConfig::value)
                .allMatch(history.configValues::contains);
    }
}
