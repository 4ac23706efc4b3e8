package io.sampo.actors.cluster;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.jspecify.annotations.Nullable;

/// Which nodes are members of the cluster, and where: an immutable snapshot at a time, kept by the [NodeMessenger].
/// Soft state: a node that is missing here may live.
///
/// Thread rule: any thread; a volatile read.
public final class ClusterNodes {

    /// Cluster role that carries a member's node id.
    public static final String NODE_ROLE_PREFIX = "sampo-node-";

    /// @param address of the node's actor system
    /// @param reachable false when the failure detector suspects it
    /// @param replication where the node takes replication connections; null until it has said so
    public record Node(
            int nodeId,
            Address address,
            boolean reachable,
            @Nullable InetSocketAddress replication) {}

    private volatile Map<Integer, Node> nodes = Map.of();

    /// See [#hearsThisNode].
    private volatile Set<Integer> hearing = Set.of();

    /// Of a member of the cluster; null when it is no node of this kind.
    public static @Nullable Integer nodeId(Member member) {
        for (String role : member.getRoles()) {
            if (role.startsWith(NODE_ROLE_PREFIX)) {
                return Integer.valueOf(role.substring(NODE_ROLE_PREFIX.length()));
            }
        }
        return null;
    }

    /// @param replication where nodes take replication connections, by node id
    static Map<Integer, Node> of(CurrentClusterState state, Map<Integer, InetSocketAddress> replication) {
        Map<Integer, Node> present = new TreeMap<>();
        for (Member member : state.getMembers()) {
            Integer nodeId = nodeId(member);
            boolean there = member.status().equals(MemberStatus.up())
                    || member.status().equals(MemberStatus.weaklyUp())
                    || member.status().equals(MemberStatus.leaving());
            if (nodeId != null && there) {
                boolean reachable = !state.getUnreachable().contains(member);
                Node other = present.get(nodeId);
                if (other == null || (reachable && !other.reachable())) {
                    // The earlier life of a node that came back may still be a member that cannot be reached.
                    present.put(nodeId, new Node(nodeId, member.address(), reachable, replication.get(nodeId)));
                }
            }
        }
        return present;
    }

    /// Nodes whose process could be reached before and cannot now: it is gone, suspected, or another one.
    static List<Integer> lost(Map<Integer, Node> before, Map<Integer, Node> now) {
        List<Integer> lost = new ArrayList<>();
        for (Node node : before.values()) {
            Node present = now.get(node.nodeId());
            boolean isThere =
                    present != null && present.reachable() && present.address().equals(node.address());
            if (node.reachable() && !isThere) {
                lost.add(node.nodeId());
            }
        }
        return lost;
    }

    /// By node id, this node included.
    public Map<Integer, Node> all() {
        return nodes;
    }

    public Optional<Node> node(int nodeId) {
        return Optional.ofNullable(nodes.get(nodeId));
    }

    public boolean isReachable(int nodeId) {
        Node node = nodes.get(nodeId);
        return node != null && node.reachable();
    }

    /// Whether messages pass both ways: the node's messenger is heard here, and says that it hears this one. False
    /// for a node of which nothing was heard. Membership does not tell: its heartbeats have their own connection.
    public boolean hearsThisNode(int nodeId) {
        return hearing.contains(nodeId);
    }

    /// Ids of the members that can be reached.
    public Set<Integer> live() {
        Set<Integer> live = new TreeSet<>();
        nodes.values().stream().filter(Node::reachable).forEach(node -> live.add(node.nodeId()));
        return live;
    }

    /// The messenger's.
    void replace(Map<Integer, Node> newNodes) {
        nodes = Map.copyOf(new TreeMap<>(newNodes));
    }

    /// The messenger's.
    void hearing(List<Integer> nodeIds) {
        hearing = Set.copyOf(nodeIds);
    }
}
