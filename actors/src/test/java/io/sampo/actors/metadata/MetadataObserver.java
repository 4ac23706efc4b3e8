package io.sampo.actors.metadata;

import io.sampo.actors.partition.LeaderDirectory;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.actors.partition.ReadHandle;
import io.sampo.core.partition.PartitionId;
import io.sampo.core.partition.PartitionLog;
import io.sampo.core.partition.ReadView;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The metadata partition as a node sees it that does not lead it: the log of a [MetadataPartition], as far as the
/// test
/// lets it come.
final class MetadataObserver implements LeaderDirectory {
    private final MetadataPartition partition;
    private @Nullable FollowerListener listener;
    private @Nullable Follower follower;
    private int leaderNodeId;

    MetadataObserver(MetadataPartition partition, int leaderNodeId) {
        this.partition = partition;
        this.leaderNodeId = leaderNodeId;
    }

    synchronized void leaderIs(int nodeId) {
        leaderNodeId = nodeId;
    }

    /// Everything that is in the log is known to be committed here.
    void catchUp() {
        Follower current;
        synchronized (this) {
            current = follower;
            if (current == null) {
                current = new Follower();
                follower = current;
                if (listener != null) {
                    listener.started(current);
                }
            }
        }
        current.advance(partition.logEndOffset());
    }

    synchronized void end() {
        follower = null;
        if (listener != null) {
            listener.ended(Controller.METADATA_PARTITION);
        }
    }

    @Override
    public Optional<LeaderHandle> local(PartitionId id) {
        return Optional.empty();
    }

    @Override
    public void subscribe(String topic, LeadershipListener ignored) {}

    @Override
    public synchronized void subscribeFollower(String topic, FollowerListener newListener) {
        listener = newListener;
        if (follower != null) {
            newListener.started(follower);
        }
    }

    @Override
    public synchronized Optional<Leadership> leadership(PartitionId id) {
        return leaderNodeId < 0
                ? Optional.empty()
                : Optional.of(new Leadership(leaderNodeId, 1, List.of(leaderNodeId), List.of()));
    }

    private final class Follower implements ReadHandle {
        private final Set<Runnable> waiters = new LinkedHashSet<>();
        private long highWatermark;

        void advance(long to) {
            Set<Runnable> woken;
            synchronized (this) {
                highWatermark = to;
                woken = new LinkedHashSet<>(waiters);
                waiters.clear();
            }
            woken.forEach(Runnable::run);
        }

        @Override
        public PartitionId id() {
            return Controller.METADATA_PARTITION;
        }

        @Override
        public synchronized ReadView view() {
            return new ReadView(1, 0, highWatermark, highWatermark, partition.logEndOffset());
        }

        @Override
        public PartitionLog log() {
            return partition;
        }

        @Override
        public synchronized void onNextAdvance(Runnable waiter) {
            waiters.add(waiter);
        }

        @Override
        public synchronized void removeWaiter(Runnable waiter) {
            waiters.remove(waiter);
        }
    }
}
