package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.PeerHeard;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The newest life that was heard of each other replica: what an earlier life said counts no more, and a directory
/// that was set back to an older state is found out (design 1.10). A part of the history: written before anything
/// that a life says is counted.
final class Peers {

    /// Beyond it those who are no members are forgotten: what they say is not counted anyway.
    private static final int MAX_REMEMBERED = 64;

    private final Map<ReplicaId, Long> lives = new LinkedHashMap<>();

    /// [Life#NONE] when nothing was heard of it.
    long life(ReplicaId replica) {
        return lives.getOrDefault(replica, Life.NONE);
    }

    /// @param members who must not be forgotten for a stranger
    void heard(PeerHeard event, List<ReplicaId> members) {
        if (!lives.containsKey(event.replica()) && lives.size() >= MAX_REMEMBERED) {
            ReplicaId forgotten = lives.keySet().stream()
                    .filter(replica -> !members.contains(replica))
                    .findFirst()
                    .orElseGet(() -> lives.keySet().iterator().next());
            lives.remove(forgotten);
        }
        lives.put(event.replica(), event.life());
    }

    List<PeerHeard> all() {
        List<PeerHeard> all = new ArrayList<>();
        lives.forEach((replica, life) -> all.add(new PeerHeard(replica, life)));
        return all;
    }
}
