package io.sampo.actors.api;

import io.sampo.core.api.RequestOrigin;
import io.sampo.core.fetch.ReadReplicaRule;
import io.sampo.core.metadata.LeaderView.Leadership;
import io.sampo.core.metadata.MetadataImage;
import io.sampo.core.metadata.NodeImage;
import io.sampo.core.partition.ReplicaStatus;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Which replica a consumer should read from (KIP-392): with `replica.selector.class` =
/// `org.apache.kafka.common.replica.RackAwareReplicaSelector` one in the consumer's own rack (`client.rack`), else
/// the
/// leader.
///
/// Immutable; any thread.
public final class ReadReplicas {
    private static final String RACK_AWARE = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

    private final NodeAddresses addresses;
    private final boolean rackAware;

    /// @param selectorClass `replica.selector.class`; only Kafka's own class is known, others count as none
    public ReadReplicas(NodeAddresses addresses, @Nullable String selectorClass) {
        this.addresses = addresses;
        this.rackAware = RACK_AWARE.equals(selectorClass);
    }

    /// Where the consumer should go instead of the leader, on this node: to the follower with the longest log of
    /// those that are live, in sync, in its rack and reachable for it ([ReadReplicaRule]).
    ///
    /// @param replicas asked only if there is a follower to go to
    /// @param fetchOffset what the consumer wants next
    /// @return a node id, or -1 to stay
    int preferred(
            MetadataImage image,
            Leadership leadership,
            Supplier<List<ReplicaStatus>> replicas,
            long fetchOffset,
            @Nullable String clientRack,
            RequestOrigin origin) {
        if (!rackAware || clientRack == null || clientRack.isEmpty()) {
            return -1;
        }
        Set<Integer> candidates = new HashSet<>();
        for (int nodeId : leadership.inSyncReplicas()) {
            NodeImage node = image.nodes().get(nodeId);
            if (node == null || !Objects.equals(node.rack(), clientRack)) {
                continue;
            }
            if (nodeId == leadership.nodeId()) {
                return -1;
            }
            if (addresses.isLive(nodeId) && addresses.address(node, origin).isPresent()) {
                candidates.add(nodeId);
            }
        }
        return candidates.isEmpty()
                ? -1
                : ReadReplicaRule.choose(replicas.get(), candidates::contains, fetchOffset)
                        .orElse(-1);
    }
}
