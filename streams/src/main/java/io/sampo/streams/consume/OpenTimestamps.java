package io.sampo.streams.consume;

/// When the records were written that are out and not done, or wait for one before them that is not. Costs
/// 16 bytes for each.
///
/// Deterministic. Thread rule: one thread at a time.
final class OpenTimestamps {
    private long[] offsets = new long[16];
    private long[] timestampsMs = new long[16];
    private int head;
    private int size;
    private long newestDoneMs = -1;

    /// @param offset higher than the one before
    void add(long offset, long timestampMs) {
        if (size == offsets.length) {
            grow();
        }
        int at = (head + size) & (offsets.length - 1);
        offsets[at] = offset;
        timestampsMs[at] = timestampMs;
        size++;
    }

    /// All before this offset are done.
    void done(long offset) {
        while (size > 0 && offsets[head] < offset) {
            newestDoneMs = timestampsMs[head];
            head = (head + 1) & (offsets.length - 1);
            size--;
        }
    }

    /// Of the first one that is not done; when none is out, of the last one that is; -1 before the first one.
    long firstMs() {
        return size == 0 ? newestDoneMs : timestampsMs[head];
    }

    private void grow() {
        long[] moreOffsets = new long[size * 2];
        long[] moreTimestampsMs = new long[size * 2];
        for (int i = 0; i < size; i++) {
            int from = (head + i) & (size - 1);
            moreOffsets[i] = offsets[from];
            moreTimestampsMs[i] = timestampsMs[from];
        }
        offsets = moreOffsets;
        timestampsMs = moreTimestampsMs;
        head = 0;
    }
}
