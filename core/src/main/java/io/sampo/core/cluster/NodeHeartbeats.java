package io.sampo.core.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Which nodes this one hears and is heard by: one heartbeat for each pair of nodes stands in for those of all their
/// partitions ([io.sampo.core.partition.ReplicaInput.NodeAlive]). Decides nothing about safety.
///
/// One for each process. Not thread-safe; time comes in.
public final class NodeHeartbeats {

    /// What the replicas of this node are to be told, in order.
    public sealed interface Event {
        int nodeId();

        record Alive(int nodeId) implements Event {}

        /// Not heard any more, or something may have got lost or been forgotten over there.
        record Lost(int nodeId) implements Event {}
    }

    private static final class Peer {
        private long processId;
        private long replicaEnds;
        private long heardMs;
        private boolean alive;
    }

    private final long timeoutMs;
    private final Map<Integer, Peer> peers = new TreeMap<>();

    /// @param timeoutMs a node that was not heard for so long is lost
    public NodeHeartbeats(long timeoutMs) {
        this.timeoutMs = timeoutMs;
    }

    /// A heartbeat came.
    ///
    /// @param processId of the sender's process; another one than before: it was started anew
    /// @param replicaEnds how many replicas have ended in that process
    /// @param hearsUs whether the sender hears this very process
    public List<Event> heard(int nodeId, long processId, long replicaEnds, boolean hearsUs, long nowMs) {
        List<Event> events = new ArrayList<>(2);
        Peer peer = peers.computeIfAbsent(nodeId, _ -> new Peer());
        boolean changed = peer.processId != processId || peer.replicaEnds != replicaEnds;
        if (peer.alive && (changed || !hearsUs)) {
            lose(nodeId, peer, events);
        }
        peer.processId = processId;
        peer.replicaEnds = replicaEnds;
        peer.heardMs = nowMs;
        if (!peer.alive && hearsUs) {
            peer.alive = true;
            events.add(new Event.Alive(nodeId));
        }
        return events;
    }

    /// Replicas over there have ended, and it is known which.
    ///
    /// @param before how many had ended in that process up to the first of them
    /// @return whether those of the same partitions are to be told; if not, nobody need be, or the next heartbeat
    ///     tells all
    public boolean ended(int nodeId, long processId, long before, int count) {
        Peer peer = peers.get(nodeId);
        if (peer == null || !peer.alive || peer.processId != processId || peer.replicaEnds != before) {
            return false;
        }
        peer.replicaEnds += count;
        return true;
    }

    /// The connection for records to the node is another one, or gone: what was asked on it may be lost.
    public List<Event> connectionChanged(int nodeId) {
        List<Event> events = new ArrayList<>(2);
        Peer peer = peers.get(nodeId);
        if (peer != null && peer.alive) {
            lose(nodeId, peer, events);
            peer.alive = true;
            events.add(new Event.Alive(nodeId));
        }
        return events;
    }

    /// The node's process is known to be gone.
    public List<Event> gone(int nodeId) {
        List<Event> events = new ArrayList<>(1);
        Peer peer = peers.get(nodeId);
        if (peer != null && peer.alive) {
            lose(nodeId, peer, events);
        }
        peers.remove(nodeId);
        return events;
    }

    /// Time passed.
    public List<Event> tick(long nowMs) {
        List<Event> events = new ArrayList<>();
        peers.forEach((nodeId, peer) -> {
            if (nowMs - peer.heardMs > timeoutMs && peer.alive) {
                lose(nodeId, peer, events);
            }
        });
        return events;
    }

    private static void lose(int nodeId, Peer peer, List<Event> events) {
        peer.alive = false;
        events.add(new Event.Lost(nodeId));
    }

    public boolean isAlive(int nodeId) {
        Peer peer = peers.get(nodeId);
        return peer != null && peer.alive;
    }

    public List<Integer> alive() {
        return peers.entrySet().stream()
                .filter(peer -> peer.getValue().alive)
                .map(Map.Entry::getKey)
                .toList();
    }

    /// The processes that were heard lately, by node id: what this node tells the others.
    public Map<Integer, Long> hears(long nowMs) {
        Map<Integer, Long> heard = new TreeMap<>();
        peers.forEach((nodeId, peer) -> {
            if (nowMs - peer.heardMs <= timeoutMs) {
                heard.put(nodeId, peer.processId);
            }
        });
        return heard;
    }
}
