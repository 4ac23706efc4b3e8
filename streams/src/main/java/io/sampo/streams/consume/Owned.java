package io.sampo.streams.consume;

import io.sampo.streams.group.AckTracker;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// One ownership of a partition: what of it is out for work, how far it is done, how far that is committed.
///
/// Thread rule: any thread.
final class Owned {
    private static final AtomicLong TOKENS = new AtomicLong();

    /// Hears of acknowledgements.
    interface Listener {
        /// Something that was out is done. On the thread that acknowledges.
        ///
        /// @param idle nothing of this ownership is out any more
        void acknowledged(boolean idle);
    }

    private final TopicPartition partition;
    private final AckTracker tracker;
    private final Listener listener;
    private long committedOffset;
    private final OpenTimestamps timestamps = new OpenTimestamps();
    private boolean moved;
    private boolean over;
    private boolean gone;

    /// @param committedOffset where the group stands; -1: nowhere yet
    Owned(TopicPartition partition, long startOffset, long committedOffset, Listener listener) {
        this.partition = partition;
        this.tracker = new AckTracker(TOKENS.incrementAndGet(), startOffset);
        this.committedOffset = committedOffset;
        this.listener = listener;
    }

    TopicPartition partition() {
        return partition;
    }

    synchronized void delivered(long offset, int leaderEpoch, long timestampMs) {
        moved = true;
        tracker.delivered(offset, offset + 1, leaderEpoch);
        timestamps.add(offset, timestampMs);
    }

    /// Nothing before this offset is left to be delivered.
    synchronized void passed(long nextOffset) {
        moved = true;
        tracker.passed(nextOffset);
    }

    void acknowledge(long offset) {
        boolean idle;
        synchronized (this) {
            if (gone || !tracker.acked(tracker.token(), offset)) {
                return;
            }
            timestamps.done(tracker.committableOffset());
            idle = tracker.outstanding() == 0;
        }
        listener.acknowledged(idle);
    }

    synchronized int outstanding() {
        return tracker.outstanding();
    }

    /// What may be committed and is not yet; null when there is nothing new. A partition of which nothing was seen yet
    /// has no position that could be committed: the group may begin at its end.
    synchronized @Nullable OffsetAndMetadata due() {
        return moved && tracker.committableOffset() > committedOffset ? tracker.committable() : null;
    }

    /// The answer to a commit of an earlier ownership, that was ahead of this one, says nothing of it.
    synchronized void committed(long offset) {
        if (offset <= tracker.committableOffset()) {
            committedOffset = Math.max(committedOffset, offset);
        }
    }

    synchronized long done() {
        return tracker.committableOffset();
    }

    /// When the first record that is not done was written. When none is out: the last one that is done,
    /// which the next one is not older than, as far as timestamps ascend; -1 before the first one.
    synchronized long behindSinceMs() {
        return timestamps.firstMs();
    }

    /// The partition has gone: nothing of it is delivered any more.
    synchronized void end() {
        over = true;
    }

    /// The partition is lost: acknowledgements that still come mean nothing.
    ///
    /// @return what was out
    synchronized int abandon() {
        over = true;
        gone = true;
        return tracker.outstanding();
    }

    synchronized boolean isOver() {
        return over;
    }
}
