package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import java.util.ArrayList;
import java.util.List;

/// Which replicas of this node have ended, for the other nodes: what those had asked of them is forgotten here.
///
/// Thread rule: any thread.
public final class EndedReplicas {

    /// More that end between two takes are counted only.
    static final int MAX_NAMED = 20_000;

    /// What happened since it was taken before.
    ///
    /// @param before how many had ended up to the first of them
    /// @param ids in the order of their ends
    public record Ended(long before, List<PartitionId> ids) {
        public long total() {
            return before + ids.size();
        }
    }

    private long before;
    private List<PartitionId> ids = new ArrayList<>();

    synchronized void ended(PartitionId id) {
        if (ids.size() >= MAX_NAMED) {
            // Whoever misses numbers takes all for ended.
            before += ids.size();
            ids = new ArrayList<>();
        }
        ids.add(id);
    }

    public synchronized Ended take() {
        Ended taken = new Ended(before, List.copyOf(ids));
        before += ids.size();
        ids = new ArrayList<>();
        return taken;
    }
}
