package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;
import org.apache.kafka.common.protocol.Errors;

/// The local, active leader of one partition as API handlers and coordinators use it: the way past mailboxes for
/// reads, and a bounded way in for appends. A handle belongs to one leader epoch; once that is over, appends fail
/// with NOT_LEADER_OR_FOLLOWER and the view no longer moves.
///
/// Thread rule: any thread.
public interface LeaderHandle {

    PartitionId id();

    int leaderEpoch();

    /// The newest view; a volatile read.
    ReadView view();

    PartitionLog log();

    /// Hands a batch to the replica. Appends of one calling thread keep their order. The listener is called exactly
    /// once, on the replica's thread; it must not block.
    void append(Append append);

    /// Moves the log start to `beforeOffset` (exclusive end of what is deleted; -1: the high watermark). The
    /// listener is called exactly once, with OFFSET_OUT_OF_RANGE when the offset is beyond the high watermark.
    void deleteRecords(long beforeOffset, DeleteRecordsListener listener);

    /// Calls `waiter` once, on any thread, when the high watermark (or last stable offset) passes the newest view,
    /// or when leadership ends. To be used as: register, then look at [#view()] again, then wait.
    void onNextAdvance(Runnable waiter);

    /// Forgets a waiter that is no longer interested.
    void removeWaiter(Runnable waiter);

    @FunctionalInterface
    interface DeleteRecordsListener {
        /// @param lowWatermark the log start afterwards; -1 with an error
        void completed(Errors error, long lowWatermark);
    }
}
