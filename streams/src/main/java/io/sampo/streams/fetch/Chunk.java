package io.sampo.streams.fetch;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/// Batches of one partition as a broker sent them. Chunks of a partition come in order; each begins where the one
/// before ended, unless `auto.offset.reset` led elsewhere between them.
///
/// Its memory counts against `sampo.prefetch.max.bytes` until it is closed, and is one with that of the other chunks
/// of the same answer: it is free when all of them are closed. Whoever gets a chunk closes it.
///
/// Thread rule: one thread at a time; `close` from any.
public final class Chunk implements AutoCloseable {
    private final TopicPartition partition;
    private final List<? extends RecordBatch> batches;
    private final @Nullable AbortedIndex aborted;
    private final long firstOffset;
    private final long nextOffset;
    private final long endOffset;
    private final int sizeBytes;
    private final int maxRecordBytes;
    private final Consumer<Chunk> onClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    /// The aborted transactions of the answer; each walk over the records needs its own filter.
    interface AbortedIndex {
        AbortedTransactions filter();
    }

    Chunk(
            TopicPartition partition,
            List<? extends RecordBatch> batches,
            @Nullable AbortedIndex aborted,
            long firstOffset,
            long nextOffset,
            long endOffset,
            int sizeBytes,
            int maxRecordBytes,
            Consumer<Chunk> onClose) {
        this.partition = partition;
        this.batches = batches;
        this.aborted = aborted;
        this.firstOffset = firstOffset;
        this.nextOffset = nextOffset;
        this.endOffset = endOffset;
        this.sizeBytes = sizeBytes;
        this.maxRecordBytes = maxRecordBytes;
        this.onClose = onClose;
    }

    public TopicPartition partition() {
        return partition;
    }

    /// Where reading stood before this chunk; no record has a smaller offset.
    public long firstOffset() {
        return firstOffset;
    }

    /// Where reading goes on after this chunk: what to commit when all its records are handled. It passes over control
    /// records, aborted ones and those that compaction took, so it may be larger than the last record's offset plus
    /// 1. It is never beyond the end of a bounded reading.
    public long nextOffset() {
        return nextOffset;
    }

    /// Whether a bounded reading of this partition comes to its end with this chunk: no other one follows. Such a chunk
    /// may be without records.
    public boolean endReached() {
        return EndRule.reached(nextOffset, endOffset);
    }

    /// Bytes of its batches as they were sent, compressed; 0 for one that only tells of an end.
    public int sizeBytes() {
        return sizeBytes;
    }

    /// The records, from the first one, without control records, and with `isolation.level=read_committed` without
    /// those of aborted transactions. Close the cursor before the chunk.
    ///
    /// @throws IllegalStateException when the chunk is closed
    public RecordCursor records() {
        if (closed.get()) {
            throw new IllegalStateException("the chunk of " + partition + " at " + firstOffset + " is closed");
        }
        return new RecordCursor(
                partition, batches, aborted == null ? null : aborted.filter(), firstOffset, endOffset, maxRecordBytes);
    }

    /// Gives the memory back. Later calls do nothing.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            onClose.accept(this);
        }
    }

    @Override
    public String toString() {
        return "Chunk(" + partition + " " + firstOffset + ".." + nextOffset + (endReached() ? ", end" : "") + ")";
    }
}
