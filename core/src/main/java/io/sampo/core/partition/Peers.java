package io.sampo.core.partition;

import java.util.LinkedHashMap;
import java.util.Map;

/// The highest incarnation heard of each other replica: what an earlier life said counts no more, and a disk that
/// was
/// set back to an older state is found out (design 1.10).
final class Peers {

    /// Strangers beyond it are not remembered; what they say is not counted anyway.
    private static final int MAX_REMEMBERED = 64;

    private final Map<ReplicaId, Long> incarnations = new LinkedHashMap<>();

    /// @return false when a later life of the sender was heard of
    boolean accept(ReplicaId from, long incarnation) {
        Long known = incarnations.get(from);
        if (known != null && incarnation < known) {
            return false;
        }
        if (known != null || incarnations.size() < MAX_REMEMBERED) {
            incarnations.put(from, incarnation);
        }
        return true;
    }

    /// -1 when it is unknown.
    long incarnation(ReplicaId replica) {
        return incarnations.getOrDefault(replica, -1L);
    }
}
