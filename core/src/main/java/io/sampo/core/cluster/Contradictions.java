package io.sampo.core.cluster;

import io.sampo.core.cluster.BootstrapState.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What makes it impossible for a node to start as it is configured, in words for its operator.
final class Contradictions {
    private Contradictions() {}

    /// @param others what others said lately
    /// @return null when there is none
    static @Nullable String of(
            Genesis.Voter self, List<NodeAddress> list, BootstrapState state, List<BootstrapStatus> others) {
        if (state instanceof Member member) {
            return wrongCluster(member.clusterId(), others);
        }
        Set<String> clusters = new TreeSet<>();
        for (BootstrapStatus other : others) {
            if (other.state() instanceof Member member) {
                clusters.add(member.clusterId());
            }
        }
        if (clusters.size() > 1) {
            return "sampo.cluster.bootstrap.nodes names nodes of different clusters: " + clusters;
        }
        if (!clusters.isEmpty() || !list.contains(self.address())) {
            return null;
        }
        for (BootstrapStatus other : others) {
            if (list.contains(other.address()) && !other.list().equals(list)) {
                return "sampo.cluster.bootstrap.nodes must be the same everywhere, in the same order: here it is "
                        + text(list) + ", on " + other.address() + " it is " + text(other.list());
            }
        }
        return doubledNodeId(self, others);
    }

    /// Others that belong to another cluster, and nobody who belongs to ours.
    private static @Nullable String wrongCluster(String clusterId, List<BootstrapStatus> others) {
        BootstrapStatus foreign = null;
        for (BootstrapStatus other : others) {
            if (other.belongsTo(clusterId)) {
                return null;
            }
            if (other.state() instanceof Member) {
                foreign = other;
            }
        }
        return foreign == null
                ? null
                : "INCONSISTENT_CLUSTER_ID: the data directory of this node belongs to cluster " + clusterId + ", but "
                        + foreign.address() + " belongs to cluster "
                        + ((Member) foreign.state()).clusterId()
                        + ". Use this node's own data directory, or mend sampo.cluster.bootstrap.nodes.";
    }

    private static @Nullable String doubledNodeId(Genesis.Voter self, List<BootstrapStatus> others) {
        Map<Integer, Genesis.Voter> byId = new HashMap<>();
        byId.put(self.nodeId(), self);
        for (BootstrapStatus other : others) {
            Genesis.Voter before = byId.put(other.self().nodeId(), other.self());
            if (before != null) {
                return "two nodes have node.id " + before.nodeId() + ": " + before.address() + " and "
                        + other.address();
            }
        }
        return null;
    }

    private static String text(List<NodeAddress> list) {
        return list.isEmpty() ? "not set" : String.join(",", texts(list));
    }

    private static List<String> texts(List<NodeAddress> list) {
        List<String> texts = new ArrayList<>();
        list.forEach(address -> texts.add(address.toString()));
        return texts;
    }
}
