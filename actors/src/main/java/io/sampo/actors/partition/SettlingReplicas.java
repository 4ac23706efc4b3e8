package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// The replicas of a node that have opened and neither lead nor know a leader yet. While there are many of them no
/// further one starts.
///
/// A partition gets a leader when a majority of its replicas is open. All nodes start their replicas in the same order;
/// so a node that runs ahead of the others only has partitions campaign that nobody can answer yet, again and again,
/// which keeps the others from coming along. Those that do not settle for a long time (their other nodes are down) hold
/// up the rest for the limit only.
///
/// Not thread-safe; time comes in.
final class SettlingReplicas {
    private final int atATime;
    private final long limitMs;

    /// When each opened, oldest first.
    private final Map<PartitionId, Long> openedMs = new LinkedHashMap<>();

    SettlingReplicas(int atATime, Duration limit) {
        this.atATime = atATime;
        this.limitMs = limit.toMillis();
    }

    void opened(PartitionId id, long nowMs) {
        openedMs.remove(id);
        openedMs.put(id, nowMs);
    }

    /// It leads, knows a leader, or is over.
    void settled(PartitionId id) {
        openedMs.remove(id);
    }

    /// Whether another replica may start.
    boolean hasRoom(long nowMs) {
        Iterator<Long> oldest = openedMs.values().iterator();
        while (oldest.hasNext() && nowMs - oldest.next() >= limitMs) {
            oldest.remove();
        }
        return openedMs.size() < atATime;
    }
}
