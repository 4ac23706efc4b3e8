package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;

/// A replica on this node that lets itself be read: the leader, or a follower up to its own high watermark
/// (KIP-392). Once its role is over the view no longer moves.
///
/// Thread rule: any thread.
public interface ReadHandle {

    PartitionId id();

    /// The newest view; a volatile read.
    ReadView view();

    PartitionLog log();

    /// Calls `waiter` once, on any thread, when the high watermark (or last stable offset) passes the newest view,
    /// or when the role ends. To be used as: register, then look at [#view()] again, then wait.
    void onNextAdvance(Runnable waiter);

    /// Forgets a waiter that is no longer interested.
    void removeWaiter(Runnable waiter);
}
