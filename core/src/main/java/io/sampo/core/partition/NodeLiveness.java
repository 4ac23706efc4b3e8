package io.sampo.core.partition;

import java.util.TreeSet;

/// Which other nodes the shell hears and is heard by ([ReplicaInput.NodeAlive], [ReplicaInput.NodeLost]). Only such
/// nodes can be relied on to say when something changes: a partition rests while all of its nodes are alive
/// (docs/adr/0012). Safety does not depend on it.
final class NodeLiveness {
    private final TreeSet<Integer> alive = new TreeSet<>();

    void alive(int nodeId) {
        alive.add(nodeId);
    }

    void lost(int nodeId) {
        alive.remove(nodeId);
    }

    /// False also for a node of which the shell has said nothing yet.
    boolean isAlive(ReplicaId replica) {
        return alive.contains(replica.nodeId());
    }
}
