package io.sampo.actors.partition;

import io.sampo.core.partition.ReplicaStatus;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/// The local, active leader of one partition as API handlers and coordinators use it: the way past mailboxes for
/// reads, and a bounded way in for appends. A handle belongs to one leader epoch; once that is over, appends fail
/// with NOT_LEADER_OR_FOLLOWER and the view no longer moves.
///
/// Thread rule: any thread.
public interface LeaderHandle extends ReadHandle {

    int leaderEpoch();

    /// Hands a batch to the replica. Appends of one calling thread keep their order. The listener is called exactly
    /// once, on the replica's thread; it must not block.
    void append(Append append);

    /// Moves the log start to `beforeOffset` (exclusive end of what is deleted; -1: the high watermark), here
    /// and at the replicas that keep up. The listener is called exactly once: when all of them have moved it, with
    /// REQUEST_TIMED_OUT when that takes longer than `timeoutMs`, or with OFFSET_OUT_OF_RANGE when the offset is
    /// beyond the high watermark.
    void deleteRecords(long beforeOffset, int timeoutMs, DeleteRecordsListener listener);

    /// True while no other replica votes in this epoch, so nobody else can have led since it began: what is
    /// known here is the newest there is, and a [#barrier] would have nobody to ask. A volatile read.
    default boolean leadsAlone() {
        return true;
    }

    /// Makes sure that this replica still leads in this epoch, by a round of messages to a majority: for answers
    /// that must not be older than the question. Questions that come together share a round. The listener is called
    /// exactly once, with NOT_LEADER_OR_FOLLOWER when the epoch is over, on the replica's thread or the caller's.
    ///
    /// A leader that is cut off answers when check-quorum makes it step down.
    default void barrier(BarrierListener listener) {
        listener.completed(Errors.NONE, view().highWatermark());
    }

    @FunctionalInterface
    interface BarrierListener {
        /// @param highWatermark as of the call or later; -1 with an error
        void completed(Errors error, long highWatermark);
    }

    /// Tells `listener` once, on any thread, how far the replicas of the partition are, this one included; an empty
    /// list when that is not known. Never calls it when the replica is over.
    default void replicas(Consumer<List<ReplicaStatus>> listener) {
        listener.accept(List.of());
    }

    /// The same without waiting: what the replica last said, which is now unless it is just at work. Empty when
    /// that is not known yet.
    default List<ReplicaStatus> replicasAsLastKnown() {
        return List.of();
    }

    @FunctionalInterface
    interface DeleteRecordsListener {
        /// @param lowWatermark the lowest log start of all replicas that keep up; -1 with an error
        void completed(Errors error, long lowWatermark);
    }
}
