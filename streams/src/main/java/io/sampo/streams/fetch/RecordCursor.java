package io.sampo.streams.fetch;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;
import org.jspecify.annotations.Nullable;

/// Walks the records of a chunk in the order of their offsets, and stands on one of them: what is asked of it is asked
/// of that record. A compressed batch is decompressed while it is walked: at any time one block of it and one record
/// are
/// in memory.
///
/// It is no iterator, as an object more for each record is what small records cost.
///
/// Thread rule: one thread at a time.
public final class RecordCursor implements AutoCloseable {
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
    private @Nullable Record current;
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

    /// Goes to the next record, or to the first one.
    ///
    /// @return false at the end
    /// @throws FetchFailure.CorruptBatch when the next batch cannot be decoded
    public boolean next() {
        try {
            current = advance();
        } catch (KafkaException | IllegalArgumentException | java.nio.BufferUnderflowException failure) {
            throw new FetchFailure.CorruptBatch(partition, lastOffset + 1, failure);
        }
        if (current == null) {
            return false;
        }
        lastOffset = current.offset();
        return true;
    }

    private @Nullable Record advance() {
        while (true) {
            CloseableIterator<Record> open = records;
            if (open == null) {
                if (!openBatch()) {
                    return null;
                }
                continue;
            }
            while (open.hasNext()) {
                Record record = open.next();
                if (record.offset() >= endOffset) {
                    break;
                }
                if (record.offset() >= fromOffset) {
                    return record;
                }
            }
            closeBatch();
        }
    }

    public TopicPartition partition() {
        return partition;
    }

    /// In the partition.
    public long offset() {
        return record().offset();
    }

    /// Since the epoch; -1 when the record has none.
    public long timestampMs() {
        return record().timestamp();
    }

    public TimestampType timestampType() {
        return Objects.requireNonNull(batch).timestampType();
    }

    /// Of the batch; empty before message format v2.
    public Optional<Integer> leaderEpoch() {
        return leaderEpoch;
    }

    /// A copy of the key, valid for ever; null when the record has none.
    public byte @Nullable [] key() {
        return copy(record().key());
    }

    /// A copy of the value, valid for ever; null for a tombstone.
    public byte @Nullable [] value() {
        return copy(record().value());
    }

    /// Not to be changed; empty when there are none.
    public Header[] headers() {
        return record().headers();
    }

    private Record record() {
        Record standing = current;
        if (standing == null) {
            throw new IllegalStateException("the cursor stands on no record");
        }
        return standing;
    }

    private static byte @Nullable [] copy(@Nullable ByteBuffer view) {
        if (view == null) {
            return null;
        }
        byte[] bytes = new byte[view.remaining()];
        view.get(view.position(), bytes);
        return bytes;
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
        current = null;
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
