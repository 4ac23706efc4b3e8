package io.sampo.streams.fetch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// A partition's log as a broker would have it, with what a checker wants to know of its past.
final class ModelLog {

    enum Marker {
        NONE,
        COMMIT,
        ABORT
    }

    /// @param values one a record; empty for a marker
    record Batch(
            long baseOffset,
            long lastOffset,
            int epoch,
            long producerId,
            Marker marker,
            List<Long> values,
            byte[] bytes) {}

    int leader;
    int leaderEpoch = -1;
    long logStartOffset;
    long endOffset;
    final List<Batch> batches = new ArrayList<>();
    /// All that was ever appended and not truncated, whether compaction or retention took it or not: by base offset.
    final TreeMap<Long, Batch> history = new TreeMap<>();
    /// The largest end that this log ever had.
    long highestEnd;
    private final TreeMap<Integer, Long> epochStarts = new TreeMap<>();

    /// Another leadership begins at the log's end.
    void lead(int node) {
        leader = node;
        leaderEpoch++;
        epochStarts.values().removeIf(start -> start >= endOffset);
        epochStarts.put(leaderEpoch, endOffset);
    }

    void append(List<Long> values, int payloadBytes, Compression compression, long producerId, long nowMs) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(512 + values.size() * (payloadBytes + 40)),
                RecordBatch.CURRENT_MAGIC_VALUE,
                compression,
                TimestampType.CREATE_TIME,
                endOffset,
                nowMs,
                producerId,
                (short) (producerId < 0 ? -1 : 0),
                producerId < 0 ? -1 : 0,
                producerId >= 0,
                leaderEpoch);
        for (long value : values) {
            ByteBuffer payload = ByteBuffer.allocate(8 + payloadBytes);
            payload.putLong(value).rewind();
            builder.append(new SimpleRecord(nowMs, null, payload.array()));
        }
        add(values.size(), producerId, Marker.NONE, values, builder.build());
    }

    void endTransaction(long producerId, Marker marker, long nowMs) {
        MemoryRecords records = MemoryRecords.withEndTransactionMarker(
                endOffset,
                nowMs,
                leaderEpoch,
                producerId,
                (short) 0,
                new EndTransactionMarker(
                        marker == Marker.COMMIT ? ControlRecordType.COMMIT : ControlRecordType.ABORT, 0));
        add(1, producerId, marker, List.of(), records);
    }

    private void add(int count, long producerId, Marker marker, List<Long> values, MemoryRecords records) {
        byte[] bytes = new byte[records.sizeInBytes()];
        records.buffer().duplicate().get(bytes);
        Batch batch = new Batch(endOffset, endOffset + count - 1, leaderEpoch, producerId, marker, values, bytes);
        batches.add(batch);
        history.put(batch.baseOffset(), batch);
        endOffset += count;
        highestEnd = Math.max(highestEnd, endOffset);
    }

    void truncate(long offset) {
        batches.removeIf(batch -> batch.baseOffset() >= offset);
        history.tailMap(offset, true).clear();
        epochStarts.values().removeIf(start -> start >= offset);
        endOffset = offset;
    }

    void retain(long offset) {
        batches.removeIf(batch -> batch.lastOffset() < offset);
        logStartOffset = offset;
    }

    /// Producers with an open transaction in the batches before an offset.
    Map<Long, Long> openTransactions(long before) {
        Map<Long, Long> open = new HashMap<>();
        for (Batch batch : history.headMap(before).values()) {
            if (batch.producerId() >= 0) {
                if (batch.marker() == Marker.NONE) {
                    open.putIfAbsent(batch.producerId(), batch.baseOffset());
                } else {
                    open.remove(batch.producerId());
                }
            }
        }
        return open;
    }

    long lastStableOffset() {
        return openTransactions(endOffset).values().stream()
                .mapToLong(offset -> offset)
                .min()
                .orElse(endOffset);
    }

    List<AbortedTransaction> abortedBetween(long from, long end) {
        List<AbortedTransaction> aborted = new ArrayList<>();
        Map<Long, Long> open = new HashMap<>();
        for (Batch batch : history.values()) {
            if (batch.producerId() < 0) {
                continue;
            }
            if (batch.marker() == Marker.NONE) {
                open.putIfAbsent(batch.producerId(), batch.baseOffset());
            } else {
                Long first = open.remove(batch.producerId());
                if (batch.marker() == Marker.ABORT && first != null && first < end && batch.lastOffset() >= from) {
                    aborted.add(new AbortedTransaction()
                            .setProducerId(batch.producerId())
                            .setFirstOffset(first));
                }
            }
        }
        return aborted;
    }

    /// Values by offset of what an application may see of these batches.
    TreeMap<Long, Long> visible(Iterable<Batch> of, boolean committedOnly) {
        TreeMap<Long, Long> all = new TreeMap<>();
        for (Batch batch : of) {
            if (batch.marker() != Marker.NONE || (committedOnly && batch.producerId() >= 0 && !committed(batch))) {
                continue;
            }
            for (int i = 0; i < batch.values().size(); i++) {
                all.put(batch.baseOffset() + i, batch.values().get(i));
            }
        }
        return all;
    }

    private boolean committed(Batch data) {
        for (Batch later : history.tailMap(data.baseOffset(), false).values()) {
            if (later.producerId() == data.producerId() && later.marker() != Marker.NONE) {
                return later.marker() == Marker.COMMIT;
            }
        }
        return false;
    }

    /// As OffsetForLeaderEpoch answers: {epoch, end offset}.
    long[] epochEnd(int epoch) {
        if (epoch >= leaderEpoch) {
            return new long[] {epoch, endOffset};
        }
        Map.Entry<Integer, Long> higher = epochStarts.higherEntry(epoch);
        if (higher == null) {
            return new long[] {-1, -1};
        }
        Map.Entry<Integer, Long> floor = epochStarts.floorEntry(epoch);
        return new long[] {floor == null ? epoch : floor.getKey(), higher.getValue()};
    }
}
