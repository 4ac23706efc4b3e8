package io.sampo.core.simulation;

import java.util.ArrayList;
import java.util.List;

/// What was ever committed: one value per offset, for ever. The judge of all logs.
final class CommittedLog {
    private final List<StoredBatch> batches = new ArrayList<>();
    private int lastIndex = -1;
    private final List<Integer> epochs = new ArrayList<>();

    /// Log start of the voter of a forced configuration: its log may begin there with nothing.
    private long minEnd;

    /// Exclusive.
    long end() {
        return batches.isEmpty() ? minEnd : Math.max(minEnd, batches.getLast().nextOffset());
    }

    List<StoredBatch> batches() {
        return batches;
    }

    void add(StoredBatch batch, int leaderEpoch) {
        batches.add(batch);
        epochs.add(leaderEpoch);
    }

    /// A configuration was forced without what follows.
    ///
    /// @param logStartOffset of its voter
    /// @return what was cut
    List<StoredBatch> cut(int fromIndex, long logStartOffset) {
        minEnd = logStartOffset;
        List<StoredBatch> tail = batches.subList(fromIndex, batches.size());
        List<StoredBatch> cut = List.copyOf(tail);
        tail.clear();
        epochs.subList(fromIndex, epochs.size()).clear();
        lastIndex = -1;
        return cut;
    }

    /// Of the leader that committed the batch with this index.
    int epochOfCommit(int index) {
        return epochs.get(index);
    }

    /// Index of the batch that holds the offset, or of the next; the size when there is none.
    int indexOf(long offset) {
        // Who reads a log asks for one batch after the other.
        int next = lastIndex + 1;
        if (isAt(next, offset)) {
            lastIndex = next;
            return next;
        }
        lastIndex = search(offset);
        return lastIndex;
    }

    private boolean isAt(int index, long offset) {
        return index > 0
                && index < batches.size()
                && batches.get(index - 1).nextOffset() <= offset
                && batches.get(index).nextOffset() > offset;
    }

    private int search(long offset) {
        return LogTail.firstAtOrAfter(batches, offset);
    }

    boolean contains(StoredBatch batch) {
        int index = indexOf(batch.baseOffset());
        return index < batches.size() && batches.get(index).isSame(batch);
    }
}
