package io.sampo.actors.partition;

import io.sampo.core.partition.PartitionId;
import java.util.HashMap;
import java.util.Map;

/// How many partitions of a node that stops hand over at the same time: as many as do not make each other slow.
///
/// A partition takes no writes from the moment its leader lets go until the next one is elected, and each election
/// costs every node of the cluster some work: the more are under way, the longer each waits. So the number is found
/// while the node stops, as TCP finds its congestion window from the delay: it begins small, grows by one with each
/// window of hand-overs that were quick, and is halved by one that was slow. Those that had begun before it was halved
/// say nothing about the smaller number.
///
/// Not thread-safe; time comes in.
final class HandOverWindow {
    /// Fewer would leave nodes idle that wait for each other's disks.
    static final int MIN_AT_A_TIME = 4;

    /// A hand-over that takes longer is slow: a third of the gap that clients may see, as one request of theirs may
    /// wait for several partitions one after another.
    static final long QUICK_MS = 100;

    private final int maxAtATime;
    private final Map<PartitionId, Long> begunMs = new HashMap<>();
    private int atATime;
    private int quickCount;
    private long halvedMs = Long.MIN_VALUE;

    /// @param maxAtATime never more, however quick they are
    HandOverWindow(int maxAtATime) {
        this.maxAtATime = maxAtATime;
        this.atATime = Math.min(MIN_AT_A_TIME, maxAtATime);
    }

    /// Whether another one may begin.
    boolean hasRoom() {
        return begunMs.size() < atATime;
    }

    boolean isEmpty() {
        return begunMs.isEmpty();
    }

    void begun(PartitionId id, long nowMs) {
        begunMs.put(id, nowMs);
    }

    /// Somebody else leads now, or nobody else can. Of one that did not begin here: nothing.
    void ended(PartitionId id, long nowMs) {
        Long begun = begunMs.remove(id);
        if (begun == null) {
            return;
        }
        if (nowMs - begun <= QUICK_MS) {
            quickCount++;
            if (quickCount >= atATime) {
                quickCount = 0;
                atATime = Math.min(atATime + 1, maxAtATime);
            }
        } else if (begun >= halvedMs) {
            halvedMs = nowMs;
            quickCount = 0;
            atATime = Math.max(atATime / 2, Math.min(MIN_AT_A_TIME, maxAtATime));
        }
    }

    /// Nothing is waited for any more.
    void clear() {
        begunMs.clear();
    }
}
