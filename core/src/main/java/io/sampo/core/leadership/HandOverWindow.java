package io.sampo.core.leadership;

import io.sampo.core.partition.PartitionId;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// How many partitions of a node that stops hand over at the same time: as many as do not make each other slow.
///
/// A partition takes no writes from the moment its leader lets go until the next one is elected, and each election
/// costs every node of the cluster some work: the more are under way, the longer each waits. So the number is found
/// while the node stops, as TCP finds its congestion window from the delay: it begins small, grows by one with each
/// window of hand-overs that were quick, and is halved by one that was slow. Those that had begun before it was halved
/// say nothing about the smaller number.
///
/// One that does not come to its end waits for something else, such as a majority that is not there. Others need not
/// wait for it: it gives its place away, and makes room for one more.
///
/// Not thread-safe; time comes in.
public final class HandOverWindow {
    /// Fewer would leave nodes idle that wait for each other's disks.
    public static final int MIN_AT_A_TIME = 4;

    /// A hand-over that takes longer is slow: a third of the gap that clients may see, as one request of theirs may
    /// wait for several partitions one after another.
    static final long QUICK_MS = 100;

    /// One that takes so long is stuck.
    static final long STUCK_MS = 500;

    private final int maxAtATime;

    /// When each began, oldest first.
    private final Map<PartitionId, Long> underWay = new LinkedHashMap<>();

    private final Set<PartitionId> stuck = new HashSet<>();
    private int atATime;
    private int quickCount;
    private long halvedMs = Long.MIN_VALUE;

    /// @param maxAtATime never more that are not stuck, however quick they are
    public HandOverWindow(int maxAtATime) {
        this.maxAtATime = maxAtATime;
        this.atATime = Math.min(MIN_AT_A_TIME, maxAtATime);
    }

    /// Whether another one may begin.
    public boolean hasRoom(long nowMs) {
        Iterator<Map.Entry<PartitionId, Long>> oldest = underWay.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<PartitionId, Long> next = oldest.next();
            if (nowMs - next.getValue() < STUCK_MS) {
                break;
            }
            stuck.add(next.getKey());
            oldest.remove();
            atATime = Math.min(atATime + 1, maxAtATime);
        }
        return underWay.size() < atATime;
    }

    /// Whose end is waited for.
    public int size() {
        return underWay.size() + stuck.size();
    }

    public void begun(PartitionId id, long nowMs) {
        underWay.put(id, nowMs);
    }

    /// Somebody else leads now, or nobody else can. Of one that did not begin here: nothing.
    public void ended(PartitionId id, long nowMs) {
        stuck.remove(id);
        Long begun = underWay.remove(id);
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
    public void clear() {
        underWay.clear();
        stuck.clear();
    }
}
