package io.sampo.persistence.retention;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.ReadView;
import java.util.Optional;

/// What maintenance needs from the replicas of this node. The log is theirs: maintenance proposes, the replica
/// persists `LogStartAdvanced`, and only then files go.
///
/// Thread rule: called on the maintenance thread; must not block.
public interface RetentionListener {

    /// What the replica lets be read: nothing at or above its high watermark expires, nothing at or above its last
    /// stable offset is compacted. Empty when the replica does not run here or does not know it yet; the partition
    /// is then left alone.
    Optional<ReadView> view(PartitionId id);

    /// Tells the replica that records below `newLogStartOffset` have expired. It may ignore that (it is asked
    /// again).
    void advance(PartitionId id, long newLogStartOffset);

    /// Asks the replica for a checkpoint at its next opportunity: its log has segments that may be removed or
    /// compacted, but lie beyond the last checkpoint, so recovery still needs them. It may ignore that (it is asked
    /// again).
    void requestCheckpoint(PartitionId id);
}
