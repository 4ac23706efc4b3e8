package io.sampo.streams.fetch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Sessions with brokers, and to which of them a fetch is under way: at most one to each.
///
/// Deterministic; one thread.
final class Brokers {
    private final Map<Integer, FetchSession> sessions = new HashMap<>();
    private final Set<Integer> fetching = new HashSet<>();

    boolean isFetching(int node) {
        return fetching.contains(node);
    }

    FetchSession session(int node) {
        return sessions.computeIfAbsent(node, _ -> new FetchSession());
    }

    void sent(int node) {
        fetching.add(node);
    }

    void settled(int node) {
        fetching.remove(node);
    }

    /// Forgets all sessions.
    ///
    /// @return what tells the brokers so; those with a fetch under way forget by themselves in time
    List<Ask.Farewell> farewells() {
        List<Ask.Farewell> farewells = new ArrayList<>();
        sessions.forEach((node, session) -> {
            if (!isFetching(node)) {
                session.farewell().ifPresent(metadata -> farewells.add(new Ask.Farewell(node, metadata)));
            }
        });
        sessions.clear();
        return farewells;
    }
}
