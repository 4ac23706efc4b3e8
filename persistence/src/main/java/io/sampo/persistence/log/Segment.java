package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.file.Path;

/// One segment file and what is known of it. Changed under the log's lock; `size` and `removed` are read by anyone.
final class Segment {
    final long baseOffset;
    final FileHandle handle;
    final SegmentIndexes indexes;

    /// Bytes of whole batches; the file may be longer while an append is under way.
    volatile int size;

    /// Taken out of the log: its positions mean nothing any more, its open channels still read.
    volatile boolean removed;

    /// Largest timestamp and last offset of the first batch with it; trusted only when `timesKnown`.
    volatile long maxTimestampMs = -1;

    volatile long maxTimestampOffset = -1;
    volatile boolean timesKnown;

    /// Its indexes could be built up to damage only.
    volatile boolean notesEndAtDamage;

    /// Bytes since the last index entry.
    int bytesSinceIndexEntry;

    /// Largest timestamp of the first batch; -1 before there is one. For `segment.ms`.
    long firstTimestampMs = -1;

    /// Has bytes that were not synced.
    boolean dirty;

    Segment(Path directory, long baseOffset, boolean writable, SegmentIndexes indexes) {
        this.baseOffset = baseOffset;
        this.handle = new FileHandle(SegmentFiles.log(directory, baseOffset), writable);
        this.indexes = indexes;
    }

    /// A batch lies at `position` (its first byte): counts it in the indexes as Kafka does.
    void note(long lastOffset, int position, int sizeInBytes, long batchMaxTimestampMs, int indexIntervalBytes) {
        if (batchMaxTimestampMs > maxTimestampMs) {
            maxTimestampOffset = lastOffset;
            maxTimestampMs = batchMaxTimestampMs;
        }
        if (position == 0) {
            firstTimestampMs = batchMaxTimestampMs;
        }
        if (bytesSinceIndexEntry > indexIntervalBytes) {
            indexes.add(handle.path(), lastOffset, position, maxTimestampMs, maxTimestampOffset);
            bytesSinceIndexEntry = 0;
        }
        bytesSinceIndexEntry += sizeInBytes;
    }

    /// Notes its batches up to `end` (a position), read from the file.
    ///
    /// @return offset after the last of them
    long noteBatches(OpenFiles openFiles, int end, int indexIntervalBytes) throws IOException {
        long next = baseOffset;
        OpenFile file = openFiles.acquire(handle);
        try {
            BatchScanner scanner = new BatchScanner(file.channel, handle.path(), 0, end);
            while (scanner.next()) {
                note(
                        scanner.lastOffset(),
                        scanner.position(),
                        scanner.sizeInBytes(),
                        scanner.maxTimestampMs(),
                        indexIntervalBytes);
                next = scanner.lastOffset() + 1;
            }
        } finally {
            file.release();
        }
        return next;
    }

    /// Before its batches are noted again from the start.
    void forgetNotes() throws IOException {
        indexes.reset(handle.path());
        maxTimestampMs = -1;
        maxTimestampOffset = -1;
        firstTimestampMs = -1;
        bytesSinceIndexEntry = 0;
    }

    void restore(SegmentSummary summary) {
        maxTimestampMs = summary.maxTimestampMs();
        maxTimestampOffset = summary.maxTimestampOffset();
        bytesSinceIndexEntry = summary.bytesSinceIndexEntry();
        indexes.startTimesAbove(summary.timeEntries() == 0 ? -1 : summary.maxTimestampMs());
        timesKnown = true;
    }

    SegmentSummary summary(int describedSize) {
        return new SegmentSummary(
                baseOffset,
                describedSize,
                maxTimestampMs,
                maxTimestampOffset,
                indexes.entries(),
                indexes.timeEntries(),
                bytesSinceIndexEntry);
    }
}
