package io.sampo.core.simulation;

import io.sampo.core.partition.ReplicaEffect;
import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import java.util.ArrayList;
import java.util.List;

/// Whole batches of a log for another replica: as many as fit, but at least one.
final class LogTail {
    private final ReplicaEffect.SendTail wanted;
    private final List<BatchAppended> batches = new ArrayList<>();
    private int bytes;
    private boolean full;

    LogTail(ReplicaEffect.SendTail wanted) {
        this.wanted = wanted;
    }

    /// In the order of the log.
    void offer(BatchAppended batch) {
        int size = batch.header().sizeInBytes();
        boolean fits = batches.isEmpty() || bytes + size <= wanted.maxBytes();
        full |= !fits || batch.header().baseOffset() >= wanted.upToOffset();
        if (!full && batch.header().nextOffset() > wanted.fromOffset()) {
            batches.add(batch);
            bytes += size;
        }
    }

    List<BatchAppended> batches() {
        return batches;
    }

    /// Index of the batch that contains the offset, or of the next.
    static int firstAtOrAfter(List<StoredBatch> log, long offset) {
        int low = 0;
        int high = log.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (log.get(middle).nextOffset() > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
