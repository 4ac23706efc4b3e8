package io.sampo.core.produce;

import io.sampo.core.partition.AppendOutcome;
import io.sampo.core.partition.AppendOutcome.RecordError;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.apache.kafka.common.utils.internals.Crc32C;
import org.jspecify.annotations.Nullable;

/// Walks over the records of one batch: their structure, offsets, keys and timestamps, and on the way compresses
/// the payload anew where the topic wants another codec. The payload is the same sequence of records under every
/// codec, so it is copied as bytes; no record object is ever made.
///
/// Thread rule: one thread; reused batch after batch.
final class RecordScan {
    /// How many records a refusal names at most (KIP-467); more tell a producer nothing new.
    static final int MAX_RECORD_ERRORS = 100;

    // Places in the header of a batch, format v2.
    private static final int ATTRIBUTES_OFFSET = DefaultRecordBatch.CRC_OFFSET + Integer.BYTES;
    private static final int MAX_TIMESTAMP_OFFSET =
            DefaultRecordBatch.LAST_OFFSET_DELTA_OFFSET + Integer.BYTES + Long.BYTES;
    private static final int LOG_APPEND_TIME_BIT = 0x08;

    private static final int CHUNK_BYTES = 16 * 1024;

    private final BufferSupplier buffers = BufferSupplier.create();
    private final RecordReader reader = new RecordReader(CHUNK_BYTES);

    // What the last scan found.
    private long maxTimestampMs;
    private final List<RecordError> recordErrors = new ArrayList<>();
    private int recordErrorCount;
    private boolean timestampRefused;

    /// Largest timestamp of the records that the last scan saw, -1 when none has one.
    long maxTimestampMs() {
        return maxTimestampMs;
    }

    /// Checks every record.
    ///
    /// @param payload the records part of the batch, as it came
    /// @return null when all is well
    @Nullable
    AppendOutcome check(DefaultRecordBatch batch, ByteBuffer payload, ProduceSettings settings, long nowMs) {
        return walk(batch, payload, settings, nowMs, false, null, null);
    }

    /// Checks every record and writes the batch with another codec.
    ///
    /// @param rewritten takes the new batch, with room for a header in front of the payload
    /// @return null when all is well
    @Nullable
    AppendOutcome recompress(
            DefaultRecordBatch batch,
            ByteBuffer payload,
            ProduceSettings settings,
            Compression target,
            long nowMs,
            ByteBufferOutputStream rewritten) {
        rewritten.position(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        return walk(batch, payload, settings, nowMs, false, target, rewritten);
    }

    /// Checks the records of a batch from the log: one that was compacted has gaps in its offsets.
    ///
    /// @return null when all is well
    @Nullable
    AppendOutcome checkStored(DefaultRecordBatch batch, ByteBuffer payload, ProduceSettings settings) {
        return walk(batch, payload, settings, 0, true, null, null);
    }

    private @Nullable AppendOutcome walk(
            DefaultRecordBatch batch,
            ByteBuffer payload,
            ProduceSettings settings,
            long nowMs,
            boolean mayHaveGaps,
            @Nullable Compression target,
            @Nullable ByteBufferOutputStream rewritten) {
        maxTimestampMs = RecordBatch.NO_TIMESTAMP;
        recordErrors.clear();
        recordErrorCount = 0;
        timestampRefused = false;
        CompressionType codec = batch.compressionType();
        long allowedBytes = codec == CompressionType.NONE
                ? payload.remaining()
                : settings.decompression().allowedBytes(payload.remaining());
        if (codec == CompressionType.SNAPPY) {
            long declaredBytes = SnappyBounds.declaredBytes(payload);
            if (declaredBytes == SnappyBounds.MALFORMED) {
                return AppendOutcome.failed(Errors.INVALID_RECORD, "The snappy payload is malformed.");
            }
            if (declaredBytes > allowedBytes) {
                return tooLarge(allowedBytes);
            }
        }
        try (InputStream source = batch.recordInputStream(buffers);
                OutputStream sink = target == null || rewritten == null
                        ? null
                        : new Bounded(
                                target.wrapForOutput(rewritten, RecordBatch.MAGIC_VALUE_V2),
                                rewritten,
                                settings.maxMessageBytes())) {
            reader.open(source, sink, allowedBytes);
            walkRecords(batch, settings, nowMs, mayHaveGaps);
        } catch (RecordReader.TooLarge bomb) {
            return tooLarge(allowedBytes);
        } catch (OutgrowsMaxMessageBytes outgrown) {
            return BatchValidator.tooLarge(outgrown.bytes, settings.maxMessageBytes());
        } catch (IOException | RuntimeException damaged) {
            // Codecs answer damaged input with their own exceptions, checked and unchecked.
            return AppendOutcome.failed(
                    Errors.INVALID_RECORD, "The records of the batch cannot be read: " + damaged.getMessage());
        } finally {
            reader.close();
        }
        return refusal();
    }

    private void walkRecords(DefaultRecordBatch batch, ProduceSettings settings, long nowMs, boolean mayHaveGaps)
            throws IOException {
        boolean createTime = settings.timestampType() == TimestampType.CREATE_TIME;
        long earliestMs = createTime ? nowMs - settings.timestampBeforeMaxMs() : Long.MIN_VALUE;
        long latestMs = createTime && settings.timestampAfterMaxMs() < Long.MAX_VALUE - nowMs
                ? nowMs + settings.timestampAfterMaxMs()
                : Long.MAX_VALUE;
        long baseTimestampMs = batch.baseTimestamp();
        boolean batchTime = batch.timestampType() == TimestampType.LOG_APPEND_TIME;
        int lastOffsetDelta = (int) (batch.lastOffset() - batch.baseOffset());
        int recordCount = mayHaveGaps ? countOf(batch) : lastOffsetDelta + 1;
        int previousDelta = -1;
        for (int index = 0; index < recordCount; index++) {
            int length = reader.readVarint();
            if (length < 0) {
                throw new RecordReader.Malformed("a record has a negative length");
            }
            long end = reader.consumed() + length;
            reader.readByte(); // attributes: none are in use
            long timestampDelta = reader.readVarlong();
            long timestampMs = batchTime ? batch.maxTimestamp() : baseTimestampMs + timestampDelta;
            int offsetDelta = reader.readVarint();
            if (mayHaveGaps ? offsetDelta <= previousDelta || offsetDelta > lastOffsetDelta : offsetDelta != index) {
                throw new RecordReader.Malformed("offsets of the records are not consecutive");
            }
            previousDelta = offsetDelta;
            boolean hasKey = skipField(end);
            skipField(end);
            skipHeaders(end);
            if (reader.consumed() != end) {
                throw new RecordReader.Malformed("a record is longer or shorter than its length says");
            }
            maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
            if (settings.keyRequired() && !hasKey) {
                refuseRecord(index, "Compacted topic cannot accept message without key");
            } else if (createTime
                    && timestampMs != RecordBatch.NO_TIMESTAMP
                    && (timestampMs < earliestMs || timestampMs > latestMs)) {
                timestampRefused = true;
                refuseRecord(
                        index,
                        "Timestamp " + timestampMs + " is out of range. The timestamp should be within [" + earliestMs
                                + ", " + latestMs + "]");
            }
        }
        if (!reader.atEnd()) {
            throw new RecordReader.Malformed("the batch holds more than the records that it counts");
        }
    }

    private static int countOf(DefaultRecordBatch batch) throws IOException {
        Integer count = batch.countOrNull();
        if (count == null || count < 0) {
            throw new RecordReader.Malformed("a negative count of records");
        }
        return count;
    }

    /// A length (-1: null) and so many bytes.
    ///
    /// @return false for null
    private boolean skipField(long end) throws IOException {
        int length = reader.readVarint();
        if (length < -1 || length > end - reader.consumed()) {
            throw new RecordReader.Malformed("a key or value does not fit into its record");
        }
        reader.skip(length);
        return length >= 0;
    }

    private void skipHeaders(long end) throws IOException {
        int headerCount = reader.readVarint();
        if (headerCount < 0 || headerCount > end - reader.consumed()) {
            throw new RecordReader.Malformed("a record names an impossible number of headers");
        }
        for (int i = 0; i < headerCount; i++) {
            if (!skipField(end)) {
                throw new RecordReader.Malformed("a header has no key");
            }
            skipField(end);
        }
    }

    private void refuseRecord(int index, String message) {
        recordErrorCount++;
        if (recordErrors.size() < MAX_RECORD_ERRORS) {
            recordErrors.add(new RecordError(index, message));
        }
    }

    private @Nullable AppendOutcome refusal() {
        if (recordErrorCount == 0) {
            return null;
        }
        return timestampRefused
                ? new AppendOutcome(
                        Errors.INVALID_TIMESTAMP,
                        -1,
                        -1,
                        -1,
                        -1,
                        "One or more records have been rejected due to invalid timestamp",
                        List.copyOf(recordErrors))
                : new AppendOutcome(
                        Errors.INVALID_RECORD,
                        -1,
                        -1,
                        -1,
                        -1,
                        "One or more records have been rejected due to " + recordErrorCount + " record errors in total",
                        List.copyOf(recordErrors));
    }

    private static AppendOutcome tooLarge(long allowedBytes) {
        return AppendOutcome.failed(
                Errors.MESSAGE_TOO_LARGE,
                "The batch decompresses to more than the " + allowedBytes + " bytes that are allowed for its size.");
    }

    /// Puts the header in front of the payload that [#recompress] wrote: the client's, but for what has changed.
    static MemoryRecords finish(
            ByteBuffer original,
            CompressionType codec,
            TimestampType timestampType,
            long maxTimestampMs,
            ByteBufferOutputStream rewritten) {
        ByteBuffer buffer = rewritten.buffer().flip();
        int sizeInBytes = buffer.limit();
        buffer.put(0, original, original.position(), DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        buffer.putInt(Records.SIZE_OFFSET, sizeInBytes - Records.LOG_OVERHEAD);
        int timestampBit = timestampType == TimestampType.LOG_APPEND_TIME ? LOG_APPEND_TIME_BIT : 0;
        buffer.putShort(ATTRIBUTES_OFFSET, (short) (codec.id | timestampBit));
        buffer.putLong(MAX_TIMESTAMP_OFFSET, maxTimestampMs);
        long checksum = Crc32C.compute(buffer, ATTRIBUTES_OFFSET, sizeInBytes - ATTRIBUTES_OFFSET);
        buffer.putInt(DefaultRecordBatch.CRC_OFFSET, (int) checksum);
        return MemoryRecords.readableRecords(buffer);
    }

    /// Stops compressing when the new batch is already larger than a batch may be.
    private static final class Bounded extends OutputStream {
        private final OutputStream compressor;
        private final ByteBufferOutputStream written;
        private final int maxBytes;

        Bounded(OutputStream compressor, ByteBufferOutputStream written, int maxBytes) {
            this.compressor = compressor;
            this.written = written;
            this.maxBytes = maxBytes;
        }

        @Override
        public void write(int b) throws IOException {
            compressor.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            compressor.write(bytes, offset, length);
            if (written.position() > maxBytes) {
                throw new OutgrowsMaxMessageBytes(written.position());
            }
        }

        @Override
        public void close() throws IOException {
            compressor.close();
        }
    }

    private static final class OutgrowsMaxMessageBytes extends IOException {
        private static final long serialVersionUID = 1L;

        private final int bytes;

        OutgrowsMaxMessageBytes(int bytes) {
            this.bytes = bytes;
        }

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }
}
