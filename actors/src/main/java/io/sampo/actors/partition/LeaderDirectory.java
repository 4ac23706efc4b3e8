package io.sampo.actors.partition;

import io.sampo.core.leadership.ReplicaStanding;
import io.sampo.core.metadata.LeaderView;
import io.sampo.core.partition.PartitionId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Which partitions this node leads right now, and who leads the others as far as is known.
///
/// Thread rule: any thread; lookups are lock-free.
public interface LeaderDirectory extends LeaderView {

    /// The handle if this node leads the partition and serves clients, else empty.
    Optional<LeaderHandle> local(PartitionId id);

    /// Calls `listener` whenever a partition of the topic starts or stops being led here. Used by the coordinators,
    /// which live on the leaders of their internal topics. Called on the replica's thread; must not block.
    void subscribe(String topic, LeadershipListener listener);

    /// A follower on this node that may be read up to its own high watermark: it follows a leader of the newest
    /// epoch
    /// that it knows, and is not suspect. Empty when this node leads the partition, has no replica of it, or has
    /// one
    /// that cannot be trusted now.
    default Optional<ReadHandle> follower(PartitionId id) {
        return Optional.empty();
    }

    /// Calls `listener` whenever a replica of the topic on this node begins or ceases to be readable as a follower.
    /// Followers that are readable already are reported at once, on the calling thread; later ones on the replica's
    /// thread; must not block.
    default void subscribeFollower(String topic, FollowerListener listener) {}

    /// Moves leadership of a partition to a node, wherever the leader is now. Done when the target leads, or with
    /// the reason why it does not.
    default CompletionStage<Transfer> transfer(PartitionId id, int targetNodeId) {
        return CompletableFuture.completedFuture(new Transfer(false, "leadership cannot be moved on this node"));
    }

    /// What replicas of a partition say of themselves. Bounded in time: who does not answer soon is left out.
    ///
    /// @param nodeIds where to ask
    default CompletionStage<List<ReplicaStanding>> standings(PartitionId id, Collection<Integer> nodeIds) {
        return CompletableFuture.completedFuture(List.of());
    }

    /// Runs the task when it is known who leads the partition after this node, on whichever thread brings the
    /// news: at once, when this node has not led it lately; in any case soon. Then [#leadership] names the
    /// leader, if there is one.
    default void whenLeaderKnown(PartitionId id, Runnable task) {
        task.run();
    }

    /// How a transfer ended.
    ///
    /// @param reason for people; empty when leadership moved
    record Transfer(boolean moved, String reason) {}

    interface FollowerListener {
        void started(ReadHandle follower);

        void ended(PartitionId id);
    }

    interface LeadershipListener {
        void started(LeaderHandle leader);

        void ended(PartitionId id, int leaderEpoch);
    }
}
