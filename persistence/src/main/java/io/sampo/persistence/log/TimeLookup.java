package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionLog.TimestampedOffset;
import io.sampo.core.produce.DecompressionLimits;
import io.sampo.core.produce.StoredBatchCheck;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/// Finds records by timestamp: segments by their largest one, then the time index, then batch headers, then one
/// batch.
///
/// Thread rule: any thread, beside appends.
final class TimeLookup {
    private final Segments segments;
    private final LogReader reader;
    private final OpenFiles openFiles;

    private final DecompressionLimits decompression;

    TimeLookup(Segments segments, LogReader reader, OpenFiles openFiles, DecompressionLimits decompression) {
        this.segments = segments;
        this.reader = reader;
        this.openFiles = openFiles;
        this.decompression = decompression;
    }

    /// Offsets in [from, upper).
    private record Range(long from, long upper) {
        boolean contains(long offset) {
            return offset >= from && offset < upper;
        }
    }

    /// First record of at least `timestampMs` in [logStartOffset, upperOffset).
    Optional<TimestampedOffset> first(long timestampMs, long logStartOffset, long upperOffset) throws IOException {
        LogEnd end = segments.end();
        Range range = new Range(logStartOffset, Math.min(upperOffset, end.offset()));
        Segment[] list = segments.list();
        for (int i = LogReader.floor(list, range.from); i < list.length && list[i].baseOffset < range.upper; i++) {
            if (maxTimestampMs(list[i]) >= timestampMs) {
                Optional<TimestampedOffset> found = firstIn(list[i], timestampMs, range, end);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<TimestampedOffset> firstIn(Segment segment, long timestampMs, Range range, LogEnd end)
            throws IOException {
        OpenFile file = openFiles.acquire(segment.handle);
        try {
            int size = segment == end.active() ? end.position() : segment.size;
            long after = olderUpTo(segment, timestampMs, size, file);
            Location from = reader.scanTo(segment, Math.max(range.from, after + 1), size, file);
            if (from == null) {
                return Optional.empty();
            }
            BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), from.position(), size);
            while (scanner.next() && scanner.baseOffset() < range.upper) {
                if (scanner.maxTimestampMs() >= timestampMs) {
                    Optional<TimestampedOffset> found = firstRecord(scanner, file, segment, range, timestampMs);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
            return Optional.empty();
        } finally {
            file.release();
        }
    }

    /// All batches up to this offset are older than `timestampMs`, as a time index entry says that was checked
    /// against its batch; the offset before the segment when there is none.
    private long olderUpTo(Segment segment, long timestampMs, int size, OpenFile file) throws IOException {
        for (int attempt = 0; ; attempt++) {
            try {
                SegmentIndexes.TimeEntry entry = segment.indexes.floorTime(segment.handle.path(), timestampMs);
                if (entry == null) {
                    return segment.baseOffset - 1;
                }
                if (!entry.verified()) {
                    checkAgainstLog(segment, entry, size, file);
                }
                return entry.offset();
            } catch (IOException bad) {
                if (attempt > 0 || segment.removed) {
                    throw bad;
                }
                segments.noteAgain(segment);
            }
        }
    }

    private void checkAgainstLog(Segment segment, SegmentIndexes.TimeEntry entry, int size, OpenFile file)
            throws IOException {
        Location batch = reader.scanTo(segment, entry.offset(), size, file);
        if (batch != null) {
            BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), batch.position(), size);
            if (scanner.next()
                    && scanner.lastOffset() == entry.offset()
                    && scanner.maxTimestampMs() == entry.timestampMs()) {
                return;
            }
        }
        throw new CorruptLogException(
                SegmentFiles.sibling(segment.handle.path(), SegmentFiles.TIME_INDEX),
                0,
                "an entry does not point at its batch");
    }

    /// Largest record timestamp of the segment, -1 without one; built from the log when it is not known.
    long maxTimestampMs(Segment segment) throws IOException {
        if (!segment.timesKnown) {
            segments.noteAgain(segment);
        }
        return segment.maxTimestampMs;
    }

    /// First record with the largest timestamp in [logStartOffset, upperOffset) (KIP-734).
    Optional<TimestampedOffset> largest(long logStartOffset, long upperOffset) throws IOException {
        LogEnd end = segments.end();
        Range range = new Range(logStartOffset, Math.min(upperOffset, end.offset()));
        Segment[] list = segments.list();
        Segment best = null;
        Found found = null;
        for (int i = LogReader.floor(list, range.from); i < list.length && list[i].baseOffset < range.upper; i++) {
            Segment segment = list[i];
            if (maxTimestampMs(segment) < 0 || (found != null && segment.maxTimestampMs <= found.timestampMs)) {
                continue;
            }
            boolean whole = segment.baseOffset >= range.from
                    && (segment == end.active()
                            ? range.upper == end.offset()
                            : i + 1 < list.length && list[i + 1].baseOffset <= range.upper);
            Found known = new Found(segment.maxTimestampMs, segment.maxTimestampOffset);
            // appends go on: what the active segment says may be newer than the end that we read up to
            Found here = whole && known.lastOffset < range.upper ? known : largestByHeaders(segment, range, end);
            if (here != null && (found == null || here.timestampMs > found.timestampMs)) {
                found = here;
                best = segment;
            }
        }
        return found == null || best == null ? Optional.empty() : recordAt(best, found, range, end);
    }

    /// @param lastOffset of the batch
    private record Found(long timestampMs, long lastOffset) {}

    /// Batches that lie partly outside the range are looked into.
    private @Nullable Found largestByHeaders(Segment segment, Range range, LogEnd end) throws IOException {
        int size = segment == end.active() ? end.position() : segment.size;
        Found best = null;
        OpenFile file = openFiles.acquire(segment.handle);
        try {
            Location from = reader.scanTo(segment, range.from, size, file);
            if (from == null) {
                return null;
            }
            BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), from.position(), size);
            while (scanner.next() && scanner.baseOffset() < range.upper) {
                long timestampMs = scanner.maxTimestampMs();
                if (scanner.baseOffset() < range.from || scanner.lastOffset() >= range.upper) {
                    timestampMs = largestIn(load(scanner, file, segment), range);
                }
                if (timestampMs >= 0 && (best == null || timestampMs > best.timestampMs)) {
                    best = new Found(timestampMs, scanner.lastOffset());
                }
            }
        } finally {
            file.release();
        }
        return best;
    }

    private static long largestIn(Loaded loaded, Range range) {
        if (!loaded.readable) {
            return loaded.batch.maxTimestamp();
        }
        long largest = -1;
        for (Record record : loaded.batch) {
            if (range.contains(record.offset())) {
                largest = Math.max(largest, record.timestamp());
            }
        }
        return largest;
    }

    private Optional<TimestampedOffset> recordAt(Segment segment, Found found, Range range, LogEnd end)
            throws IOException {
        int size = segment == end.active() ? end.position() : segment.size;
        OpenFile file = openFiles.acquire(segment.handle);
        try {
            Location from = reader.scanTo(segment, found.lastOffset, size, file);
            if (from == null) {
                return Optional.empty();
            }
            BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), from.position(), size);
            return scanner.next() ? firstRecord(scanner, file, segment, range, found.timestampMs) : Optional.empty();
        } finally {
            file.release();
        }
    }

    private Optional<TimestampedOffset> firstRecord(
            BatchScanner scanner, OpenFile file, Segment segment, Range range, long timestampMs) throws IOException {
        Loaded loaded = load(scanner, file, segment);
        RecordBatch batch = loaded.batch;
        if (!loaded.readable) {
            // Rather too early than too late: who reads from there on misses nothing.
            long offset = Math.max(batch.baseOffset(), range.from);
            return Optional.of(new TimestampedOffset(batch.maxTimestamp(), offset, batch.partitionLeaderEpoch()));
        }
        for (Record record : batch) {
            if (record.timestamp() >= timestampMs && range.contains(record.offset())) {
                return Optional.of(
                        new TimestampedOffset(record.timestamp(), record.offset(), batch.partitionLeaderEpoch()));
            }
        }
        return Optional.empty();
    }

    /// @param readable false: the checksum is right and the records are malformed, or too many (docs/adr/0004)
    private record Loaded(RecordBatch batch, boolean readable) {}

    private Loaded load(BatchScanner scanner, OpenFile file, Segment segment) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(scanner.sizeInBytes());
        BatchScanner.readFully(file.channel, segment.handle.path(), bytes, scanner.position());
        MutableRecordBatch batch =
                MemoryRecords.readableRecords(bytes.flip()).batches().iterator().next();
        if (!batch.isValid()) {
            throw new CorruptLogException(
                    segment.handle.path(), scanner.position(), "the batch's checksum does not match");
        }
        boolean readable = !(batch instanceof DefaultRecordBatch stored)
                || new StoredBatchCheck(decompression).whyUnreadable(stored, bytes) == null;
        return new Loaded(batch, readable);
    }
}
