package io.sampo.core.partition;

import io.sampo.core.partition.ReplicaEvent.BatchAppended;
import io.sampo.core.partition.ReplicaMessage.TailMessage;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.Records;

/// Envelopes between nodes as bytes, big-endian: version, kind of the message, the envelope's fields in the order
/// of the record's components, the message's fields likewise. A message with a tail ends with the number of its
/// batches, their sizes, and the batches as they stand in the log.
///
/// | bytes | field |
/// |---|---|
/// | 1 | version: 1 |
/// | 1 | kind: [ReplicaMessageFormat] |
/// | 20 | partition: topic id, index |
/// | 20 | from: node id, directory id |
/// | 8 | incarnation |
/// | 20 | to: node id, directory id |
/// | ... | fields of the message |
/// | 4 + 4 n + ... | messages with a tail: n, sizes of n batches, n batches |
///
/// Every number that a stranger may have sent is compared with the bytes that are there before anything is
/// allocated for it; what is made of an input is a small multiple of it.
///
/// Thread rule: any thread.
public final class ReplicaEnvelopeCodec {

    /// Fields are never added to a version: nodes of both versions are in a cluster while it is upgraded.
    public static final byte VERSION = 1;

    private static final int FIRST_TRY_BYTES = 256;
    private static final int LEADER_EPOCH_AT = 12;

    private ReplicaEnvelopeCodec() {}

    /// To be written one after the other: the fields, then each batch's own bytes, not copied. They may not change
    /// until they are written.
    ///
    /// @throws IllegalArgumentException when a batch has no bytes, or others than its header says
    public static List<ByteBuffer> encode(ReplicaEnvelope envelope) {
        List<BatchAppended> batches = batchesOf(envelope);
        List<ByteBuffer> buffers = new ArrayList<>(1 + batches.size());
        buffers.add(head(envelope, batches));
        for (BatchAppended batch : batches) {
            buffers.add(bytesOf(batch));
        }
        return buffers;
    }

    /// The same bytes in one piece.
    public static byte[] encodeToBytes(ReplicaEnvelope envelope) {
        List<ByteBuffer> buffers = encode(envelope);
        ByteBuffer whole = ByteBuffer.allocate(sizeInBytes(buffers));
        buffers.forEach(whole::put);
        return whole.array();
    }

    /// Of one encoded envelope.
    public static int sizeInBytes(List<ByteBuffer> buffers) {
        int bytes = 0;
        for (ByteBuffer buffer : buffers) {
            bytes = Math.addExact(bytes, buffer.remaining());
        }
        return bytes;
    }

    private static List<BatchAppended> batchesOf(ReplicaEnvelope envelope) {
        return envelope.message() instanceof TailMessage tail ? tail.batches() : List.of();
    }

    private static ByteBuffer head(ReplicaEnvelope envelope, List<BatchAppended> batches) {
        boolean hasTail = envelope.message() instanceof TailMessage;
        for (int capacity = FIRST_TRY_BYTES; ; capacity = Math.multiplyExact(capacity, 2)) {
            ByteBuffer out = ByteBuffer.allocate(capacity);
            try {
                out.put(VERSION).put(ReplicaMessageFormat.kindOf(envelope.message()));
                WireFields.putPartition(out, envelope.partition());
                WireFields.putReplica(out, envelope.from());
                out.putLong(envelope.incarnation());
                WireFields.putReplica(out, envelope.to());
                ReplicaMessageFormat.put(out, envelope.message());
                if (hasTail) {
                    out.putInt(batches.size());
                    batches.forEach(batch -> out.putInt(batch.header().sizeInBytes()));
                }
                return out.flip();
            } catch (BufferOverflowException larger) {
                // tried again with twice the room
            }
        }
    }

    private static ByteBuffer bytesOf(BatchAppended batch) {
        BatchHeader header = batch.header();
        MemoryRecords records = batch.bytes();
        if (records == null) {
            throw new IllegalArgumentException("the bytes of the batch at " + header.baseOffset() + " are not there");
        }
        ByteBuffer bytes = records.buffer();
        int start = bytes.position();
        if (bytes.remaining() != header.sizeInBytes()
                || bytes.remaining() < DefaultRecordBatch.RECORD_BATCH_OVERHEAD
                || bytes.getLong(start) != header.baseOffset()
                || bytes.getInt(start + LEADER_EPOCH_AT) != header.leaderEpoch()) {
            throw new IllegalArgumentException("not the bytes of " + header);
        }
        return bytes;
    }

    /// @see #decode(ByteBuffer)
    public static ReplicaEnvelope decode(byte[] bytes) {
        return decode(ByteBuffer.wrap(bytes));
    }

    /// Reads one envelope, which takes all of `bytes`. Batches are slices of it, not copies; the checksum of each
    /// has been compared: nobody needs to do so again.
    ///
    /// @throws InvalidEnvelopeException.CorruptBatch when a batch is damaged
    /// @throws InvalidEnvelopeException for anything else that is no envelope; nothing else is thrown
    public static ReplicaEnvelope decode(ByteBuffer bytes) {
        ByteBuffer in = bytes.duplicate();
        try {
            byte version = in.get();
            if (version != VERSION) {
                throw new InvalidEnvelopeException(
                        "an envelope of version " + version + ", this node knows version " + VERSION);
            }
            byte kind = in.get();
            PartitionId partition = WireFields.partition(in);
            ReplicaId from = WireFields.replica(in);
            long incarnation = in.getLong();
            ReplicaId to = WireFields.replica(in);
            ReplicaMessage message = ReplicaMessageFormat.read(kind, in);
            if (message instanceof TailMessage tail) {
                message = withBatches(tail, in);
            }
            if (in.hasRemaining()) {
                throw new InvalidEnvelopeException(in.remaining() + " bytes after the end of an envelope");
            }
            return new ReplicaEnvelope(partition, from, incarnation, to, message);
        } catch (BufferUnderflowException tooShort) {
            throw new InvalidEnvelopeException("an envelope that ends too early", tooShort);
        }
    }

    private static TailMessage withBatches(TailMessage tail, ByteBuffer in) {
        int count = WireFields.count(in, Integer.BYTES);
        if (count == 0) {
            return tail;
        }
        int sizesAt = in.position();
        in.position(sizesAt + count * Integer.BYTES);
        List<BatchAppended> batches = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int sizeInBytes = in.getInt(sizesAt + i * Integer.BYTES);
            if (sizeInBytes < 0 || sizeInBytes > in.remaining()) {
                throw new InvalidEnvelopeException(
                        "a batch of " + sizeInBytes + " bytes with " + in.remaining() + " bytes left");
            }
            batches.add(batch(in.slice(in.position(), sizeInBytes)));
            in.position(in.position() + sizeInBytes);
        }
        return tail.withBatches(batches);
    }

    private static BatchAppended batch(ByteBuffer bytes) {
        if (bytes.remaining() < DefaultRecordBatch.RECORD_BATCH_OVERHEAD
                || bytes.get(Records.MAGIC_OFFSET) != RecordBatch.MAGIC_VALUE_V2
                || bytes.getInt(Records.SIZE_OFFSET) != bytes.remaining() - Records.LOG_OVERHEAD) {
            throw new InvalidEnvelopeException.CorruptBatch("not a record batch of its size and format");
        }
        MemoryRecords records = MemoryRecords.readableRecords(bytes);
        RecordBatch batch = records.batches().iterator().next();
        if (!batch.isValid()) {
            throw new InvalidEnvelopeException.CorruptBatch(
                    "the checksum of the batch at " + batch.baseOffset() + " is wrong");
        }
        if (batch.baseOffset() < 0 || batch.lastOffset() < batch.baseOffset()) {
            throw new InvalidEnvelopeException.CorruptBatch(
                    "a batch of the offsets " + batch.baseOffset() + " to " + batch.lastOffset());
        }
        return new BatchAppended(BatchHeader.of(batch), records);
    }
}
