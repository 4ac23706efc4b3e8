package io.sampo.actors.group;

import io.sampo.actors.partition.Append;
import io.sampo.actors.partition.LeaderHandle;
import io.sampo.core.group.Decision;
import io.sampo.core.group.GroupRecord;
import io.sampo.core.group.GroupRecordFormat;
import io.sampo.core.partition.AppendOutcome;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// The way of a coordinator's records into its partition: one batch is under way, everything that comes meanwhile
/// is gathered into the next one. Decisions come out in the order in which they went in.
///
/// Owned by one coordinator, on its thread; the batch's outcome comes by `onOutcome` on the replica's.
final class GroupLog {
    /// What a record costs in a batch beyond its key and value, at most.
    private static final int RECORD_OVERHEAD_BYTES = 32;

    private final LeaderHandle leader;
    private final IntSupplier maxBatchBytes;
    private final Compression compression;
    private final Consumer<AppendOutcome> onOutcome;
    /// In order: first those whose last record is in the batch under way, then the others.
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    private boolean inFlight;
    private long inFlightSinceMs;

    /// A decision on its way; `appended` records of it are in batches already.
    private static final class Entry {
        final Decision decision;
        final List<SimpleRecord> records;
        int appended;
        int committed;

        Entry(Decision decision, List<SimpleRecord> records) {
            this.decision = decision;
            this.records = records;
        }

        boolean isCommitted() {
            return committed == records.size();
        }
    }

    /// @param maxBatchBytes asked with every batch, as it may change
    GroupLog(
            LeaderHandle leader,
            IntSupplier maxBatchBytes,
            CompressionType compression,
            Consumer<AppendOutcome> onOutcome) {
        this.leader = leader;
        this.maxBatchBytes = maxBatchBytes;
        this.compression = Compression.of(compression).build();
        this.onOutcome = onOutcome;
    }

    boolean isIdle() {
        return entries.isEmpty();
    }

    /// True while a batch has been under way for at least so long.
    boolean isStuck(long nowMs, long timeoutMs) {
        return inFlight && nowMs - inFlightSinceMs >= timeoutMs;
    }

    /// Decisions that wait, oldest first.
    List<Decision> waiting() {
        return entries.stream().map(entry -> entry.decision).toList();
    }

    /// @return false when one of its records can never fit into a batch: nothing was taken
    boolean offer(Decision decision, long nowMs) {
        int limit = maxBatchBytes.getAsInt();
        List<SimpleRecord> encoded = new ArrayList<>(decision.records().size());
        for (GroupRecord record : decision.records()) {
            SimpleRecord each = new SimpleRecord(nowMs, GroupRecordFormat.key(record), GroupRecordFormat.value(record));
            if (DefaultRecordBatch.RECORD_BATCH_OVERHEAD + cost(each) > limit) {
                return false;
            }
            encoded.add(each);
        }
        entries.add(new Entry(decision, encoded));
        return true;
    }

    /// Sends what was gathered, unless a batch is under way.
    void flush(long nowMs) {
        if (inFlight) {
            return;
        }
        List<SimpleRecord> batch = takeBatch();
        if (batch.isEmpty()) {
            return;
        }
        inFlight = true;
        inFlightSinceMs = nowMs;
        leader.append(new Append(build(batch), Append.Origin.COORDINATOR, (short) -1, onOutcome::accept));
    }

    private List<SimpleRecord> takeBatch() {
        int limit = maxBatchBytes.getAsInt();
        List<SimpleRecord> batch = new ArrayList<>();
        int bytes = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
        for (Entry entry : entries) {
            while (entry.appended < entry.records.size()) {
                SimpleRecord next = entry.records.get(entry.appended);
                bytes += cost(next);
                // What was taken in when the limit was larger goes alone.
                if (bytes > limit && !batch.isEmpty()) {
                    return batch;
                }
                batch.add(next);
                entry.appended++;
            }
        }
        return batch;
    }

    private MemoryRecords build(List<SimpleRecord> batch) {
        int bytes = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
        for (SimpleRecord record : batch) {
            bytes += cost(record);
        }
        try (MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(bytes), RecordBatch.MAGIC_VALUE_V2, compression, TimestampType.CREATE_TIME, 0L)) {
            batch.forEach(builder::append);
            return builder.build();
        }
    }

    /// The batch under way is committed.
    ///
    /// @return the decisions that are complete now, oldest first
    List<Decision> committed() {
        inFlight = false;
        List<Decision> complete = new ArrayList<>();
        for (Iterator<Entry> all = entries.iterator(); all.hasNext(); ) {
            Entry entry = all.next();
            entry.committed = entry.appended;
            if (!entry.isCommitted()) {
                break;
            }
            complete.add(entry.decision);
            all.remove();
        }
        return complete;
    }

    /// Gives back everything that waits, oldest first, and starts empty.
    ///
    /// @return empty when a decision is in the log in part, so that it cannot be taken back
    Optional<List<Decision>> failed() {
        inFlight = false;
        boolean isTorn = entries.stream().anyMatch(entry -> entry.committed > 0);
        List<Decision> failed = waiting();
        entries.clear();
        return isTorn ? Optional.empty() : Optional.of(failed);
    }

    private static int cost(SimpleRecord record) {
        int key = record.key() == null ? 0 : record.key().remaining();
        int value = record.value() == null ? 0 : record.value().remaining();
        return RECORD_OVERHEAD_BYTES + key + value;
    }
}
