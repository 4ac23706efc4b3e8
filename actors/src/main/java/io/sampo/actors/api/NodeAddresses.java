package io.sampo.actors.api;

import io.sampo.core.api.RequestOrigin;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.NodeImage.Endpoint;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Which address of a node a client is told: the advertised one of the listener that it came by, else, for this
/// node, the very address that it dialled. So a client behind any name or port mapping reaches the node without a
/// setting.
///
/// Immutable; any thread.
public final class NodeAddresses {
    private final int ownNodeId;

    public NodeAddresses(int ownNodeId) {
        this.ownNodeId = ownNodeId;
    }

    public int ownNodeId() {
        return ownNodeId;
    }

    /// Empty when the client has no way to the node.
    public Optional<Endpoint> address(NodeImage node, RequestOrigin origin) {
        for (Endpoint endpoint : node.endpoints()) {
            if (endpoint.listener().equalsIgnoreCase(origin.listener())) {
                return Optional.of(endpoint);
            }
        }
        return node.nodeId() == ownNodeId
                ? Optional.of(new Endpoint(origin.listener(), origin.localHost(), origin.localPort()))
                : Optional.empty();
    }

    /// All nodes that the client can reach, by id.
    Map<NodeImage, Endpoint> reachable(MetadataImage image, RequestOrigin origin) {
        Map<NodeImage, Endpoint> reachable = new TreeMap<>(java.util.Comparator.comparingInt(NodeImage::nodeId));
        for (NodeImage node : image.nodes().values()) {
            address(node, origin).ifPresent(endpoint -> reachable.put(node, endpoint));
        }
        return reachable;
    }
}
