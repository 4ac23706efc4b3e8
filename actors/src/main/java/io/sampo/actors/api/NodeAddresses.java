package io.sampo.actors.api;

import io.sampo.core.api.RequestOrigin;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.metadata.NodeImage.Endpoint;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/// Which address of a node a client is told: the advertised one of the listener that it came by, else, for this
/// node, the very address that it dialled. So a client behind any name or port mapping reaches the node without a
/// setting.
///
/// Immutable; any thread.
public final class NodeAddresses {
    private final int ownNodeId;
    private final IntPredicate live;
    private final boolean advertised;

    /// A node that is alone.
    public NodeAddresses(int ownNodeId) {
        this(ownNodeId, _ -> true);
    }

    /// @param live whether a node can be reached, as far as is known: clients are not sent to one that cannot
    public NodeAddresses(int ownNodeId, IntPredicate live) {
        this(ownNodeId, live, true);
    }

    /// @param advertised `advertised.listeners` is set on this node: otherwise what it registered is for the
    ///     clients
    ///     of other nodes
    public NodeAddresses(int ownNodeId, IntPredicate live, boolean advertised) {
        this.ownNodeId = ownNodeId;
        this.live = live;
        this.advertised = advertised;
    }

    boolean isLive(int nodeId) {
        return nodeId == ownNodeId || live.test(nodeId);
    }

    public int ownNodeId() {
        return ownNodeId;
    }

    /// Empty when the client has no way to the node.
    public Optional<Endpoint> address(NodeImage node, RequestOrigin origin) {
        if (node.nodeId() == ownNodeId && !advertised) {
            return Optional.of(dialled(origin));
        }
        for (Endpoint endpoint : node.endpoints()) {
            if (endpoint.listener().equalsIgnoreCase(origin.listener())) {
                return Optional.of(endpoint);
            }
        }
        return node.nodeId() == ownNodeId ? Optional.of(dialled(origin)) : Optional.empty();
    }

    /// Empty when the node is not registered, or the client has no way to it.
    Optional<Endpoint> address(MetadataImage image, int nodeId, RequestOrigin origin) {
        NodeImage node = image.nodes().get(nodeId);
        if (node != null) {
            return address(node, origin);
        }
        return nodeId == ownNodeId ? Optional.of(dialled(origin)) : Optional.empty();
    }

    private static Endpoint dialled(RequestOrigin origin) {
        return new Endpoint(origin.listener(), origin.localHost(), origin.localPort());
    }

    /// All live nodes that the client can reach, by id.
    Map<NodeImage, Endpoint> reachable(MetadataImage image, RequestOrigin origin) {
        Map<NodeImage, Endpoint> reachable = new TreeMap<>(Comparator.comparingInt(NodeImage::nodeId));
        for (NodeImage node : image.nodes().values()) {
            (isLive(node.nodeId()) ? address(node, origin) : Optional.<Endpoint>empty())
                    .ifPresent(endpoint -> reachable.put(node, endpoint));
        }
        return reachable;
    }
}
