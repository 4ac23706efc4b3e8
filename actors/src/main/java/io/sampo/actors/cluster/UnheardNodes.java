package io.sampo.actors.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Members of the cluster that can be reached and all the same do not exchange heartbeats with this node's
/// messenger: the way of ordinary messages is broken, and nothing else says so. A process that starts or is
/// overloaded is in that state for a moment.
///
/// Belongs to the [NodeMessenger]; time comes in.
final class UnheardNodes {
    private final long patienceMs;

    /// Since when; Long.MAX_VALUE once it was said.
    private final Map<Integer, Long> unheardSinceMs = new HashMap<>();

    /// @param patienceMs a node in that state for so long is worth a line
    UnheardNodes(long patienceMs) {
        this.patienceMs = patienceMs;
    }

    /// @param reachable ids of the other members that can be reached
    /// @param hearing of those with which messages pass both ways
    /// @return those of which it is to be said now; each once, until it is heard again
    List<Integer> overdue(Set<Integer> reachable, List<Integer> hearing, long nowMs) {
        unheardSinceMs.keySet().removeIf(node -> !reachable.contains(node) || hearing.contains(node));
        List<Integer> overdue = new ArrayList<>();
        for (int node : reachable) {
            if (!hearing.contains(node)) {
                long sinceMs = unheardSinceMs.computeIfAbsent(node, _ -> nowMs);
                if (sinceMs != Long.MAX_VALUE && nowMs - sinceMs >= patienceMs) {
                    unheardSinceMs.put(node, Long.MAX_VALUE);
                    overdue.add(node);
                }
            }
        }
        return overdue;
    }
}
