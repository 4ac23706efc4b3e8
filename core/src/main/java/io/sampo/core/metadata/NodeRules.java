package io.sampo.core.metadata;

import io.sampo.core.metadata.ControllerCommand.RegisterNode;
import io.sampo.core.metadata.ControllerCommand.Registered;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.Errors;

/// Decides who is a node of the cluster, and under which id.
final class NodeRules {
    private NodeRules() {}

    static Decision<Registered> register(MetadataImage image, RegisterNode register) {
        NodeImage node = register.node().nodeId() >= 0 ? register.node() : numbered(image, register.node());
        NodeImage known = image.nodes().get(node.nodeId());
        if (known != null && !known.nodeUuid().equals(node.nodeUuid()) && !register.replace()) {
            return new Decision<>(
                    List.of(),
                    new Registered(
                            Errors.DUPLICATE_BROKER_REGISTRATION,
                            "Node id " + node.nodeId() + " belongs to the data directory of node " + known.nodeUuid()
                                    + "; this one is " + node.nodeUuid(),
                            "",
                            -1));
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
        return new Decision<>(records, new Registered(Errors.NONE, null, clusterId, node.nodeId()));
    }

    private static NodeImage numbered(MetadataImage image, NodeImage node) {
        Optional<Integer> known = image.nodes().values().stream()
                .filter(other -> other.nodeUuid().equals(node.nodeUuid()))
                .map(NodeImage::nodeId)
                .findFirst();
        int highest = 0;
        if (!image.nodes().isEmpty()) {
            highest = Math.max(highest, image.nodes().lastKey());
        }
        if (!image.retiredNodes().isEmpty()) {
            highest = Math.max(highest, image.retiredNodes().last());
        }
        return new NodeImage(
                known.orElse(highest + 1), node.nodeUuid(), node.directoryId(), node.rack(), node.endpoints());
    }

    static Decision<UnregisterBrokerResponseData> unregister(MetadataImage image, UnregisterBrokerRequestData request) {
        int nodeId = request.brokerId();
        if (!image.nodes().containsKey(nodeId)) {
            return new Decision<>(
                    List.of(),
                    new UnregisterBrokerResponseData()
                            .setErrorCode(Errors.BROKER_ID_NOT_REGISTERED.code())
                            .setErrorMessage("Node " + nodeId + " is not registered."));
        }
        int replicas = image.partitionsOn(nodeId).size();
        List<String> warnings = replicas == 0
                ? List.of()
                : List.of("Node " + nodeId + " is unregistered while " + replicas
                        + " partitions have a replica on it: reassign them.");
        return new Decision<>(
                List.of(new MetadataRecord.NodeUnregistered(nodeId)), new UnregisterBrokerResponseData(), warnings);
    }
}
