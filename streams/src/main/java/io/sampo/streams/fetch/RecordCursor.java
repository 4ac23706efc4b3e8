package io.sampo.streams.fetch;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;
import org.jspecify.annotations.Nullable;

/// Walks the records of a chunk in the order of their offsets. A compressed batch is decompressed while it is walked:
/// at any time one block of it and one record are in memory.
///
/// Thread rule: one thread at a time.
public final class RecordCursor implements Iterator<FetchedRecord>, AutoCloseable {
    private final TopicPartition partition;
    private final Iterator<? extends RecordBatch> batches;
    private final @Nullable AbortedTransactions aborted;
    private final long fromOffset;
    private final long endOffset;
    private final int maxRecordBytes;
    private final BufferSupplier buffers = BufferSupplier.create();
    private @Nullable RecordBatch batch;
    private @Nullable CloseableIterator<Record> records;
    private Optional<Integer> leaderEpoch = Optional.empty();
    private @Nullable FetchedRecord next;
    private long lastOffset;

    /// @param aborted null: records of aborted transactions are seen too
    /// @param fromOffset records below it are left out
    /// @param endOffset exclusive
    /// @param maxRecordBytes the most that a record of a compressed batch may be, inclusive
    RecordCursor(
            TopicPartition partition,
            Iterable<? extends RecordBatch> batches,
            @Nullable AbortedTransactions aborted,
            long fromOffset,
            long endOffset,
            int maxRecordBytes) {
        this.partition = partition;
        this.batches = batches.iterator();
        this.aborted = aborted;
        this.fromOffset = fromOffset;
        this.endOffset = endOffset;
        this.maxRecordBytes = maxRecordBytes;
        this.lastOffset = fromOffset - 1;
    }

    /// @throws FetchFailure.CorruptBatch when the next batch cannot be decoded
    @Override
    public boolean hasNext() {
        if (next == null) {
            try {
                next = advance();
            } catch (KafkaException | IllegalArgumentException | java.nio.BufferUnderflowException failure) {
                throw new FetchFailure.CorruptBatch(partition, lastOffset + 1, failure);
            }
        }
        return next != null;
    }

    /// @throws FetchFailure.CorruptBatch when the next batch cannot be decoded
    @Override
    public FetchedRecord next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        FetchedRecord result = java.util.Objects.requireNonNull(next);
        next = null;
        lastOffset = result.offset();
        return result;
    }

    private @Nullable FetchedRecord advance() {
        while (true) {
            if (records == null && !openBatch()) {
                return null;
            }
            RecordBatch from = java.util.Objects.requireNonNull(batch);
            CloseableIterator<Record> open = java.util.Objects.requireNonNull(records);
            while (open.hasNext()) {
                Record record = open.next();
                if (record.offset() >= endOffset) {
                    break;
                }
                if (record.offset() >= fromOffset) {
                    return new FetchedRecord(
                            record.offset(),
                            record.timestamp(),
                            from.timestampType(),
                            leaderEpoch,
                            record.key(),
                            record.value(),
                            record.headers());
                }
            }
            closeBatch();
        }
    }

    private boolean openBatch() {
        while (batches.hasNext()) {
            RecordBatch candidate = batches.next();
            boolean admitted = aborted == null ? !candidate.isControlBatch() : aborted.admits(candidate);
            if (admitted && candidate.lastOffset() >= fromOffset) {
                batch = candidate;
                int epoch = candidate.partitionLeaderEpoch();
                leaderEpoch = epoch < 0 ? Optional.empty() : Optional.of(epoch);
                records = candidate.streamingIterator(buffers, maxRecordBytes);
                return true;
            }
        }
        return false;
    }

    private void closeBatch() {
        if (records != null) {
            records.close();
            records = null;
            batch = null;
        }
    }

    /// Gives the memory for decompression back; what is left of the records is not walked.
    @Override
    public void close() {
        closeBatch();
        buffers.close();
    }
}
