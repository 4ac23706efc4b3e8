package io.sampo.actors.cluster;

import io.sampo.actors.cluster.ClusterNodes.Node;
import java.util.Map;
import org.slf4j.Logger;

/// What an operator wants to read of other nodes: who came, who cannot be reached, who left.
///
/// Thread rule: the actor of the [NodeMessenger].
final class MembershipLog {
    private final Logger log;
    private final int selfNodeId;

    MembershipLog(Logger log, int selfNodeId) {
        this.log = log;
        this.selfNodeId = selfNodeId;
    }

    /// Says how the nodes `now` differ from those before.
    void changed(Map<Integer, Node> before, Map<Integer, Node> now) {
        now.forEach((nodeId, node) -> {
            Node was = before.get(nodeId);
            if (nodeId == selfNodeId) {
                return;
            }
            if (was == null && node.reachable()) {
                log.info("Node {} is in the cluster", nodeId);
            } else if (was != null && was.reachable() && !node.reachable()) {
                log.warn("Node {} cannot be reached", nodeId);
            } else if (was != null && !was.reachable() && node.reachable()) {
                log.info("Node {} can be reached again", nodeId);
            }
        });
        before.keySet().stream()
                .filter(nodeId -> !now.containsKey(nodeId))
                .forEach(nodeId -> log.info("Node {} has left the cluster", nodeId));
    }
}
