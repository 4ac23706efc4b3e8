package io.sampo.core.produce;

import io.sampo.core.partition.AppendOutcome;
import java.nio.ByteBuffer;
import java.util.Iterator;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;

/// Decides whether the records that a client sent for one partition may be appended, with Kafka's error codes.
///
/// The cheap path, which is the usual one, reads the header and runs the checksum over the buffer as it came; it
/// looks into the records only where a rule needs them: keys on compacted topics, timestamp limits that the header
/// cannot prove, another codec, or `checkEveryRecord`. What the client wrote into the header about its own records
/// is believed otherwise, as the checksum covers it; so a client can deceive only the readers of its own batch
/// (docs/adr/0004).
///
/// Transactional batches get INVALID_TXN_STATE: what Kafka answers when a batch belongs to no transaction that is
/// known to the partition. Until transactions are served that holds for every one of them.
///
/// Thread rule: any thread; each keeps its own scratch space.
public final class BatchValidator {
    private static final short FIRST_ZSTD_VERSION = 7;
    private static final int ATTRIBUTES_OFFSET = DefaultRecordBatch.CRC_OFFSET + Integer.BYTES;
    private static final int CODEC_MASK = 0x07;
    private static final int HIGHEST_CODEC = CompressionType.ZSTD.id;
    private static final int DELETE_HORIZON_FLAG = 0x40;
    /// A byte each for length, attributes, both deltas, key and value (null) and the number of headers.
    private static final int SMALLEST_RECORD_BYTES = 7;

    private final ThreadLocal<RecordScan> scans = ThreadLocal.withInitial(RecordScan::new);

    /// @param records as decoded; null when the client sent none
    /// @param apiVersion of the produce request
    /// @param nowMs broker clock: the time of the append
    public Validation validate(@Nullable BaseRecords records, short apiVersion, ProduceSettings settings, long nowMs) {
        if (!(records instanceof MemoryRecords received)) {
            return refused(Errors.INVALID_RECORD, exactlyOneBatch(apiVersion));
        }
        try {
            Iterator<MutableRecordBatch> batches = received.batchIterator();
            if (!batches.hasNext()) {
                return refused(Errors.INVALID_RECORD, exactlyOneBatch(apiVersion));
            }
            MutableRecordBatch first = batches.next();
            if (!(first instanceof DefaultRecordBatch batch)) {
                return refused(
                        Errors.INVALID_RECORD,
                        "Produce requests with version " + apiVersion
                                + " are only allowed to contain record batches with magic version 2");
            }
            if (batch.sizeInBytes() < DefaultRecordBatch.RECORD_BATCH_OVERHEAD) {
                return refused(Errors.CORRUPT_MESSAGE, "The record batch is smaller than its header.");
            }
            if (batches.hasNext()) {
                return refused(Errors.INVALID_RECORD, exactlyOneBatch(apiVersion));
            }
            return validateBatch(received, batch, apiVersion, settings, nowMs);
        } catch (CorruptRecordException corrupt) {
            return refused(Errors.CORRUPT_MESSAGE, corrupt.getMessage());
        } catch (InvalidRecordException invalid) {
            return refused(Errors.INVALID_RECORD, invalid.getMessage());
        }
    }

    private Validation validateBatch(
            MemoryRecords received, DefaultRecordBatch batch, short apiVersion, ProduceSettings settings, long nowMs) {
        int sizeInBytes = batch.sizeInBytes();
        ByteBuffer buffer = received.buffer();
        int start = buffer.position();
        short attributes = buffer.getShort(start + ATTRIBUTES_OFFSET);
        int codecId = attributes & CODEC_MASK;
        if (codecId == CompressionType.ZSTD.id && apiVersion < FIRST_ZSTD_VERSION) {
            return refused(
                    Errors.UNSUPPORTED_COMPRESSION_TYPE,
                    "Produce requests with version " + apiVersion + " are not allowed to use ZStandard compression");
        }
        if (batch.baseOffset() != 0) {
            return refused(
                    Errors.INVALID_RECORD, "The baseOffset of a record batch should be 0, it is " + batch.baseOffset());
        }
        if (sizeInBytes > settings.maxMessageBytes()) {
            return new Validation.Refused(tooLarge(sizeInBytes, settings.maxMessageBytes()));
        }
        if (!batch.isValid()) {
            return refused(Errors.CORRUPT_MESSAGE, "Record is corrupt: its stored and its computed checksum differ");
        }
        if (sizeInBytes > settings.segmentBytes()) {
            return refused(
                    Errors.RECORD_LIST_TOO_LARGE,
                    "The record batch of " + sizeInBytes + " bytes is larger than a segment of "
                            + settings.segmentBytes());
        }
        long mostPayloadBytes = codecId == CompressionType.NONE.id
                ? sizeInBytes - DefaultRecordBatch.RECORD_BATCH_OVERHEAD
                : settings.decompression().maxDecompressedBytes();
        String violation = structureViolation(batch, buffer, start, attributes, codecId, mostPayloadBytes);
        if (violation != null) {
            return refused(Errors.INVALID_RECORD, violation);
        }
        if (batch.isTransactional()) {
            return refused(Errors.INVALID_TXN_STATE, "The batch is part of no transaction that this partition knows.");
        }
        if (settings.timestampType() == TimestampType.LOG_APPEND_TIME
                && batch.timestampType() == TimestampType.LOG_APPEND_TIME) {
            return refused(
                    Errors.INVALID_TIMESTAMP,
                    "Producer should not set the timestamp type of a batch to LogAppendTime.");
        }
        MemoryRecords exact = received.sizeInBytes() == sizeInBytes ? received : firstBatchOf(buffer, sizeInBytes);
        return withRecords(exact, batch, settings, nowMs);
    }

    /// The rules of the header (LogValidator.validateBatch of Kafka); null when all hold.
    private static @Nullable String structureViolation(
            DefaultRecordBatch batch,
            ByteBuffer buffer,
            int start,
            short attributes,
            int codecId,
            long mostPayloadBytes) {
        if (codecId > HIGHEST_CODEC) {
            return "Unknown compression type id: " + codecId;
        }
        int lastOffsetDelta = buffer.getInt(start + DefaultRecordBatch.LAST_OFFSET_DELTA_OFFSET);
        if (lastOffsetDelta < 0) {
            return "Batch has an invalid offset range: [0, " + lastOffsetDelta + "]";
        }
        int recordCount = buffer.getInt(start + DefaultRecordBatch.RECORDS_COUNT_OFFSET);
        if (recordCount <= 0) {
            return "Invalid reported count for record batch: " + recordCount;
        }
        if ((long) lastOffsetDelta + 1 != recordCount) {
            return "Inconsistent batch offset range [0, " + lastOffsetDelta + "] and count of records " + recordCount;
        }
        long leastBytes = (long) recordCount * SMALLEST_RECORD_BYTES;
        if (leastBytes > mostPayloadBytes) {
            return "The batch cannot hold the " + recordCount + " records that it counts";
        }
        if (batch.isControlBatch()) {
            return "Clients are not allowed to write control records";
        }
        if ((attributes & DELETE_HORIZON_FLAG) != 0) {
            return "Clients are not allowed to set a delete horizon";
        }
        if (batch.hasProducerId() && batch.baseSequence() < 0) {
            return "Invalid sequence number " + batch.baseSequence() + " in record batch with producerId "
                    + batch.producerId();
        }
        return null;
    }

    private Validation withRecords(
            MemoryRecords exact, DefaultRecordBatch batch, ProduceSettings settings, long nowMs) {
        Compression target = settings.compression();
        boolean recompress = target != null && target.type() != batch.compressionType();
        boolean stampsAppendTime = settings.timestampType() == TimestampType.LOG_APPEND_TIME;
        long logAppendTimeMs = stampsAppendTime ? nowMs : RecordBatch.NO_TIMESTAMP;
        if (target != null && recompress) {
            return recompressed(exact, batch, settings, target, nowMs, logAppendTimeMs);
        }
        long maxTimestampMs = batch.maxTimestamp();
        if (needsRecords(batch, settings, nowMs)) {
            RecordScan scan = scans.get();
            AppendOutcome refusal = scan.check(batch, payloadOf(exact), settings, nowMs);
            if (refusal != null) {
                return new Validation.Refused(refusal);
            }
            maxTimestampMs = scan.maxTimestampMs();
        }
        // Both leave the bytes alone when nothing changes; else they write the header and its checksum anew.
        if (stampsAppendTime) {
            batch.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, nowMs);
        } else {
            batch.setMaxTimestamp(TimestampType.CREATE_TIME, maxTimestampMs);
        }
        return new Validation.Accepted(exact, logAppendTimeMs);
    }

    private static boolean needsRecords(DefaultRecordBatch batch, ProduceSettings settings, long nowMs) {
        if (settings.keyRequired() || settings.checkEveryRecord()) {
            return true;
        }
        if (settings.timestampType() == TimestampType.LOG_APPEND_TIME) {
            return false;
        }
        return settings.timestampBeforeMaxMs() != Long.MAX_VALUE
                || (settings.timestampAfterMaxMs() < Long.MAX_VALUE - nowMs
                        && batch.maxTimestamp() > nowMs + settings.timestampAfterMaxMs());
    }

    private Validation recompressed(
            MemoryRecords exact,
            DefaultRecordBatch batch,
            ProduceSettings settings,
            Compression target,
            long nowMs,
            long logAppendTimeMs) {
        RecordScan scan = scans.get();
        ByteBufferOutputStream rewritten = new ByteBufferOutputStream(batch.sizeInBytes() + 512);
        AppendOutcome refusal = scan.recompress(batch, payloadOf(exact), settings, target, nowMs, rewritten);
        if (refusal != null) {
            return new Validation.Refused(refusal);
        }
        int sizeInBytes = rewritten.position();
        if (sizeInBytes > settings.maxMessageBytes()) {
            return new Validation.Refused(tooLarge(sizeInBytes, settings.maxMessageBytes()));
        }
        long maxTimestampMs = settings.timestampType() == TimestampType.LOG_APPEND_TIME ? nowMs : scan.maxTimestampMs();
        MemoryRecords records =
                RecordScan.finish(exact.buffer(), target.type(), settings.timestampType(), maxTimestampMs, rewritten);
        return new Validation.Accepted(records, logAppendTimeMs);
    }

    /// Bytes behind the batch that are not a whole batch are dropped, as Kafka does.
    private static MemoryRecords firstBatchOf(ByteBuffer buffer, int sizeInBytes) {
        return MemoryRecords.readableRecords(buffer.slice(buffer.position(), sizeInBytes));
    }

    private static ByteBuffer payloadOf(MemoryRecords exact) {
        ByteBuffer buffer = exact.buffer();
        int header = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
        return buffer.slice(buffer.position() + header, exact.sizeInBytes() - header);
    }

    static AppendOutcome tooLarge(int sizeInBytes, int maxMessageBytes) {
        return AppendOutcome.failed(
                Errors.MESSAGE_TOO_LARGE,
                "The record batch size is " + sizeInBytes + " bytes which exceeds the maximum configured value of "
                        + maxMessageBytes + ".");
    }

    private static String exactlyOneBatch(short apiVersion) {
        return "Produce requests with version " + apiVersion + " must have exactly one record batch per partition";
    }

    private static Validation refused(Errors error, @Nullable String message) {
        return new Validation.Refused(AppendOutcome.failed(error, message));
    }
}
