package io.sampo.actors.partition;

import io.sampo.core.metadata.LeaderView;
import io.sampo.core.partition.PartitionId;
import java.util.Optional;

/// Which partitions this node leads right now, and who leads the others as far as is known.
///
/// Thread rule: any thread; lookups are lock-free.
public interface LeaderDirectory extends LeaderView {

    /// The handle if this node leads the partition and serves clients, else empty.
    Optional<LeaderHandle> local(PartitionId id);

    /// Calls `listener` whenever a partition of the topic starts or stops being led here. Used by the coordinators,
    /// which live on the leaders of their internal topics. Called on the replica's thread; must not block.
    void subscribe(String topic, LeadershipListener listener);

    interface LeadershipListener {
        void started(LeaderHandle leader);

        void ended(PartitionId id, int leaderEpoch);
    }
}
