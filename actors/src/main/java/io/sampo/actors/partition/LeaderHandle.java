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

    /// Moves the log start to `beforeOffset` (exclusive end of what is deleted; -1: the high watermark). The
    /// listener is called exactly once, with OFFSET_OUT_OF_RANGE when the offset is beyond the high watermark.
    void deleteRecords(long beforeOffset, DeleteRecordsListener listener);

    /// Makes sure that this replica still leads, by a round of messages to a majority: for answers that must not be
    /// older
    /// than the question. The listener is called exactly once, on the replica's thread or the caller's.
    default void barrier(BarrierListener listener) {
        // Who has no other replicas is its own majority.
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

    @FunctionalInterface
    interface DeleteRecordsListener {
        /// @param lowWatermark the log start afterwards; -1 with an error
        void completed(Errors error, long lowWatermark);
    }
}
