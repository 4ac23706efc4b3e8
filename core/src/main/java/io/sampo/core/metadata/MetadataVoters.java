package io.sampo.core.metadata;

import io.sampo.core.partition.ReplicaId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Which nodes should vote on the metadata partition itself: one, three or at most five, so that a cluster that
/// grows out of a single node is not lost with that node, and a large one does not wait for many.
public final class MetadataVoters {
    private static final int MOST = 5;

    private MetadataVoters() {}

    /// Who votes now stays, in the order of their ids, unless it was unregistered; then registered nodes are
    /// added in the order of theirs. A voter whose node has another directory now is replaced by that.
    ///
    /// A voter that never registered is one of those that the cluster was founded with and that are still on their
    /// way: it counts as registered.
    ///
    /// @param current voters of the metadata partition as far as they are known; empty when they are not
    public static List<ReplicaId> desired(MetadataImage image, List<ReplicaId> current) {
        Set<ReplicaId> candidates = new LinkedHashSet<>();
        List<ReplicaId> staying = new ArrayList<>(current);
        staying.sort((one, other) -> Integer.compare(one.nodeId(), other.nodeId()));
        for (ReplicaId voter : staying) {
            NodeImage node = image.nodes().get(voter.nodeId());
            if (node != null) {
                candidates.add(new ReplicaId(voter.nodeId(), node.directoryId()));
            } else if (!image.retiredNodes().contains(voter.nodeId())) {
                candidates.add(voter);
            }
        }
        image.nodes().values().forEach(node -> candidates.add(new ReplicaId(node.nodeId(), node.directoryId())));
        int count = candidates.size();
        int size = count >= MOST ? MOST : count >= 3 ? 3 : Math.min(count, 1);
        return List.copyOf(candidates).subList(0, size);
    }

    /// Every other registered node: it follows the metadata for its own image, and never votes.
    ///
    /// @param voters as [#desired] gave them
    public static List<ReplicaId> observers(MetadataImage image, List<ReplicaId> voters) {
        return image.replicasOn(List.copyOf(image.nodes().keySet())).stream()
                .filter(replica -> !voters.contains(replica))
                .toList();
    }
}
