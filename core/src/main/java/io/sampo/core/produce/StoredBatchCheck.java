package io.sampo.core.produce;

import io.sampo.core.partition.AppendOutcome;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.jspecify.annotations.Nullable;

/// Whether the records of a batch in the log can be read, within the limits of decompression.
///
/// A correct checksum does not say so: it covers what the client sent, and the usual way of a batch into the log
/// looks no further than its header (docs/adr/0004). Whoever makes objects of stored records and must not fail on
/// them asks here first: a record may name any length, and Kafka's reader takes that much memory before it reads
/// on.
///
/// Thread rule: one thread; reused batch after batch.
public final class StoredBatchCheck {
    private final RecordScan scan = new RecordScan();
    private final ProduceSettings settings;

    public StoredBatchCheck(DecompressionLimits limits) {
        settings = new ProduceSettings(
                Integer.MAX_VALUE,
                Integer.MAX_VALUE,
                false,
                TimestampType.LOG_APPEND_TIME, // any timestamp will do
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                null,
                true,
                limits);
    }

    /// @param bytes holds the whole batch, from its position on
    /// @return why its records cannot be read, or null
    public @Nullable String whyUnreadable(DefaultRecordBatch batch, ByteBuffer bytes) {
        int header = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
        ByteBuffer payload = bytes.slice(bytes.position() + header, batch.sizeInBytes() - header);
        AppendOutcome refusal = scan.checkStored(batch, payload, settings);
        return refusal == null ? null : String.valueOf(refusal.message());
    }
}
