package io.sampo.streams.produce;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;

/// Records of one partition in Kafka's batch format (v2), and who waits for them. Not thread-safe: it is
/// filled under the lock of its [PartitionBuffer], and belongs to the sender once it was taken.
final class RecordBatch implements BatchContent {

    /// What batches of a producer have in common.
    ///
    /// @param work counts batches that have no outcome
    record Origin(Compression compression, BufferMemory memory, OpenWork work) {}

    private static final byte MAGIC = org.apache.kafka.common.record.internal.RecordBatch.MAGIC_VALUE_V2;
    private static final int FIRST_CAPACITY = 16;

    private final TopicPartition partition;
    private final Origin origin;
    private final BatchSizes sizes;
    private final long memoryBytes;
    private final long createdMs;
    private final OpenWork.Generation generation;
    private final MemoryRecordsBuilder builder;
    private SendOutcome[] outcomes = new SendOutcome[FIRST_CAPACITY];
    private long[] timestampsMs = new long[FIRST_CAPACITY];
    private int recordCount;
    private @Nullable MemoryRecords built;
    private @Nullable ProducerIdentity builtIdentity;
    private int builtSequence;

    /// @param memoryBytes that were taken for it; are given back with the outcome
    /// @param generation in which it is counted already
    RecordBatch(
            TopicPartition partition,
            Origin origin,
            BatchSizes sizes,
            long memoryBytes,
            long createdMs,
            OpenWork.Generation generation) {
        this.partition = partition;
        this.origin = origin;
        this.sizes = sizes;
        this.memoryBytes = memoryBytes;
        this.createdMs = createdMs;
        this.generation = generation;
        this.builder = new MemoryRecordsBuilder(
                new ByteBufferOutputStream((int) memoryBytes),
                MAGIC,
                origin.compression(),
                TimestampType.CREATE_TIME,
                0,
                org.apache.kafka.common.record.internal.RecordBatch.NO_TIMESTAMP,
                org.apache.kafka.common.record.internal.RecordBatch.NO_PRODUCER_ID,
                org.apache.kafka.common.record.internal.RecordBatch.NO_PRODUCER_EPOCH,
                org.apache.kafka.common.record.internal.RecordBatch.NO_SEQUENCE,
                false,
                false,
                org.apache.kafka.common.record.internal.RecordBatch.NO_PARTITION_LEADER_EPOCH,
                (int) memoryBytes);
        builder.setEstimatedCompressionRatio(sizes.ratio().expected());
    }

    /// @return false: it is full, and nothing was done
    boolean append(long timestampMs, byte @Nullable [] key, byte @Nullable [] value, Header[] headers, SendOutcome to) {
        if (!builder.hasRoomFor(timestampMs, key, value, headers)) {
            return false;
        }
        builder.append(timestampMs, key, value, headers);
        expect(timestampMs, to);
        return true;
    }

    private void expect(long timestampMs, SendOutcome to) {
        if (recordCount == outcomes.length) {
            outcomes = Arrays.copyOf(outcomes, 2 * recordCount);
            timestampsMs = Arrays.copyOf(timestampsMs, 2 * recordCount);
        }
        outcomes[recordCount] = to;
        timestampsMs[recordCount++] = timestampMs;
    }

    @Override
    public int recordCount() {
        return recordCount;
    }

    @Override
    public int sizeBytes() {
        return built == null ? builder.estimatedSizeInBytes() : built.sizeInBytes();
    }

    @Override
    public long createdMs() {
        return createdMs;
    }

    boolean isFull() {
        return builder.isFull();
    }

    /// Whether it has `batch.size` bytes; one that began behind a backlog may have room for more.
    boolean isEnough() {
        return sizes.isEnough(sizeBytes());
    }

    /// Ends appending.
    void seal() {
        builder.closeForRecordAppends();
    }

    /// As the broker gets it. Numbered anew it is a copy: the bytes that were sent before may still be on
    /// their way out.
    MemoryRecords records(@Nullable ProducerIdentity identity, int baseSequence) {
        MemoryRecords records = built;
        if (records == null) {
            if (identity != null) {
                builder.setProducerState(identity.producerId(), identity.producerEpoch(), baseSequence, false);
            }
            records = builder.build();
            if (builder.compression().type() != CompressionType.NONE) {
                sizes.ratio().observed(builder.compressionRatio());
            }
        } else if (identity != null && (!identity.equals(builtIdentity) || baseSequence != builtSequence)) {
            records = renumbered(records, identity, baseSequence);
        }
        built = records;
        builtIdentity = identity;
        builtSequence = baseSequence;
        return records;
    }

    private static MemoryRecords renumbered(MemoryRecords records, ProducerIdentity identity, int baseSequence) {
        ByteBuffer copy = ByteBuffer.allocate(records.sizeInBytes());
        copy.put(records.buffer().duplicate()).flip();
        MutableRecordBatch batch = records.batches().iterator().next();
        DefaultRecordBatch.writeHeader(
                copy.duplicate(),
                batch.baseOffset(),
                (int) (batch.lastOffset() - batch.baseOffset()),
                batch.sizeInBytes(),
                batch.magic(),
                batch.compressionType(),
                batch.timestampType(),
                ((DefaultRecordBatch) batch).baseTimestamp(),
                batch.maxTimestamp(),
                identity.producerId(),
                identity.producerEpoch(),
                baseSequence,
                batch.isTransactional(),
                batch.isControlBatch(),
                false,
                batch.partitionLeaderEpoch(),
                batch.countOrNull());
        return MemoryRecords.readableRecords(copy);
    }

    @Override
    public List<BatchContent> split() {
        MemoryRecords whole = records(builtIdentity, builtSequence);
        sizes.tooLarge(whole.sizeInBytes());
        List<BatchContent> halves = new ArrayList<>(2);
        RecordBatch half = null;
        int index = 0;
        for (Record record : whole.records()) {
            if (half == null || index == (recordCount + 1) / 2) {
                half = part();
                halves.add(half);
            }
            half.builder.append(record);
            half.expect(timestampsMs[index], outcomes[index]);
            index++;
        }
        origin.memory().release(memoryBytes);
        origin.work().end(generation);
        return halves;
    }

    private RecordBatch part() {
        origin.memory().force(memoryBytes);
        origin.work().begin(generation);
        return new RecordBatch(partition, origin, sizes, memoryBytes, createdMs, generation);
    }

    /// Gives the memory back and tells everybody who waits, in this order: whoever sends another record as soon as he
    /// hears of one finds room for it.
    void complete(BatchOutcome outcome) {
        builder.closeForRecordAppends();
        origin.memory().release(memoryBytes);
        for (int index = 0; index < recordCount; index++) {
            switch (outcome) {
                case BatchOutcome.Acknowledged(long baseOffset, long logAppendTimeMs) ->
                    outcomes[index].sent(
                            partition,
                            baseOffset < 0 ? -1 : baseOffset + index,
                            logAppendTimeMs < 0 ? timestampsMs[index] : logAppendTimeMs);
                case BatchOutcome.Failed failed -> outcomes[index].failed(failure(failed, index));
            }
        }
        origin.work().end(generation);
    }

    private static Throwable failure(BatchOutcome.Failed failed, int index) {
        Map<Integer, String> culprits = failed.recordFailures();
        if (culprits.isEmpty()) {
            return failed.failure();
        }
        String message = culprits.get(index);
        return message != null
                ? new InvalidRecordException(message)
                : new KafkaException(
                        "the record was in a batch with " + culprits.size() + " that were refused", failed.failure());
    }
}
