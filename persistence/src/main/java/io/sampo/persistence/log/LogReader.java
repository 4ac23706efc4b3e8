package io.sampo.persistence.log;

import io.sampo.core.partition.PartitionLog.BatchVisitor;
import io.sampo.core.partition.PartitionLog.Slice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;

/// Finds batches by offset and hands them out as file slices.
///
/// Thread rule: any thread, beside appends. A read of a consumer that reads on costs one small file read or none:
/// where it starts is known from the newest batches or from the last read's end.
final class LogReader {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final ThreadLocal<ByteBuffer> HEADER =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BatchFormat.HEADER_BYTES));

    private final Segments segments;
    private final OpenFiles openFiles;
    final ReadHints hints = new ReadHints();
    final KnownDamage damage = new KnownDamage();

    LogReader(Segments segments, OpenFiles openFiles) {
        this.segments = segments;
        this.openFiles = openFiles;
    }

    Slice read(long startOffset, long upperOffset, int maxBytes, boolean atLeastOneBatch) throws IOException {
        LogEnd end = segments.end();
        DamagedRange damaged = damage.after(startOffset);
        if (damaged != null && damaged.fromOffset() <= startOffset && startOffset < upperOffset) {
            throw new IOException(damaged.what() + "; offsets " + damaged.fromOffset() + " to " + damaged.toOffset()
                    + " (exclusive) cannot be read");
        }
        long upper = Math.min(upperOffset, end.offset());
        Location from = startOffset < upper ? locate(startOffset, end) : null;
        if (from == null || from.baseOffset() >= upper) {
            return new Slice(MemoryRecords.EMPTY, startOffset);
        }
        OpenFile file = openFiles.acquire(from.segment().handle);
        boolean handedOver = false;
        try {
            int limit = damaged != null
                            && damaged.segmentBaseOffset() == from.segment().baseOffset
                            && damaged.fromOffset() <= upper
                    ? damaged.fromPosition()
                    : limit(from.segment(), upper, end, file);
            int sliceEnd = limit;
            if (limit - from.position() > maxBytes) {
                sliceEnd = boundary(from, limit, maxBytes, atLeastOneBatch, file);
            }
            if (sliceEnd <= from.position()) {
                return new Slice(MemoryRecords.EMPTY, startOffset);
            }
            remember(from.segment(), sliceEnd, limit, upper, end, file);
            handedOver = true;
            return new Slice(new FileSlice(file, from.position(), sliceEnd - from.position()), from.baseOffset());
        } finally {
            if (!handedOver) {
                file.release();
            }
        }
    }

    private void remember(Segment segment, int sliceEnd, int limit, long upper, LogEnd end, OpenFile file)
            throws IOException {
        if (sliceEnd == limit) {
            if (segment == end.active() && sliceEnd == end.position() && upper == end.offset()) {
                hints.add(new Location(segment, sliceEnd, upper), end.cuts());
            }
        } else {
            hints.add(new Location(segment, sliceEnd, header(segment, sliceEnd, limit, file)), end.cuts());
        }
    }

    /// The first batch that ends at or after `offset`; null when there is none.
    @Nullable
    Location locate(long offset, LogEnd end) throws IOException {
        if (offset >= end.offset()) {
            return null;
        }
        Location known = segments.recent.find(offset);
        if (known == null) {
            known = hints.find(offset, end.cuts());
        }
        // A hint may be the end of a segment that was active then, and the log went on in the next one.
        if (known != null && known.position() < sizeOf(known.segment(), end)) {
            return known;
        }
        Segment[] list = segments.list();
        for (int i = floor(list, offset); i < list.length; i++) {
            Segment segment = list[i];
            if (segment.baseOffset > end.active().baseOffset) {
                return null;
            }
            OpenFile file = openFiles.acquire(segment.handle);
            try {
                Location found = scanTo(segment, offset, sizeOf(segment, end), file);
                if (found != null) {
                    return found;
                }
            } finally {
                file.release();
            }
        }
        return null;
    }

    private static int sizeOf(Segment segment, LogEnd end) {
        return segment == end.active() ? end.position() : segment.size;
    }

    static int floor(Segment[] list, long offset) {
        int low = 0;
        int high = list.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (list[middle].baseOffset <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /// The first batch of the segment that ends at or after `offset`, by index and headers.
    @Nullable
    Location scanTo(Segment segment, long offset, int size, OpenFile file) throws IOException {
        BatchScanner scanner =
                new BatchScanner(file.channel, segment.handle.path(), indexed(segment, offset, size, file), size);
        while (scanner.next()) {
            if (scanner.lastOffset() >= offset) {
                return new Location(segment, scanner.position(), scanner.baseOffset());
            }
        }
        return null;
    }

    /// Position of a batch at or before the one with `offset`. An index that does not fit the log is built again.
    private int indexed(Segment segment, long offset, int size, OpenFile file) throws IOException {
        int behindDamage = damage.positionBehind(segment, offset);
        for (int attempt = 0; ; attempt++) {
            try {
                ensureIndexed(segment);
                SegmentIndexes.Entry entry = segment.indexes.floorOffset(segment.handle.path(), segment.size, offset);
                if (behindDamage > 0 && (entry == null || entry.position() <= behindDamage)) {
                    return behindDamage;
                }
                if (entry == null || entry.position() >= size) {
                    return entry == null || entry.verified() ? 0 : verified(segment, entry, file);
                }
                return entry.verified() ? entry.position() : verified(segment, entry, file);
            } catch (IOException bad) {
                if (attempt > 0 || segment.removed) {
                    throw bad;
                }
                segments.noteAgain(segment);
            }
        }
    }

    /// Recovery leaves a segment unindexed when no checkpoint knows it.
    private void ensureIndexed(Segment segment) throws IOException {
        if (!segment.timesKnown && !segment.notesEndAtDamage && !segment.removed) {
            segments.noteAgain(segment);
        }
    }

    private static int verified(Segment segment, SegmentIndexes.Entry entry, OpenFile file) throws IOException {
        ByteBuffer header = HEADER.get().clear();
        BatchScanner.readFully(file.channel, segment.handle.path(), header, entry.position());
        if (!BatchFormat.isPlausible(header, 0) || BatchFormat.lastOffset(header, 0) != entry.lastOffset()) {
            throw new CorruptLogException(
                    SegmentFiles.sibling(segment.handle.path(), SegmentFiles.OFFSET_INDEX),
                    entry.position(),
                    "an entry does not point at its batch");
        }
        return entry.position();
    }

    /// Where batches end whose last offset is below `upper`.
    private int limit(Segment segment, long upper, LogEnd end, OpenFile file) throws IOException {
        if (segment == end.active()) {
            if (upper == end.offset()) {
                return end.position();
            }
        } else if (upper >= endOffsetOf(segment, end)) {
            return segment.size;
        }
        Location known = segments.recent.find(upper);
        if (known == null || known.segment() != segment) {
            known = hints.find(upper, end.cuts());
        }
        if (known == null || known.segment() != segment) {
            known = scanTo(segment, upper, sizeOf(segment, end), file);
        }
        return known == null ? sizeOf(segment, end) : known.position();
    }

    /// Base offset of the next segment.
    private long endOffsetOf(Segment segment, LogEnd end) {
        Segment[] list = segments.list();
        int at = Arrays.asList(list).indexOf(segment);
        return at >= 0 && at + 1 < list.length ? list[at + 1].baseOffset : end.offset();
    }

    /// The largest end of whole batches within `maxBytes` that costs no scan: an index entry, else batch by batch.
    private int boundary(Location from, int limit, int maxBytes, boolean atLeastOneBatch, OpenFile file)
            throws IOException {
        Segment segment = from.segment();
        int most = from.position() + Math.max(0, maxBytes);
        SegmentIndexes.Entry entry = entryBefore(segment, most, file);
        if (entry != null && entry.position() > from.position() && entry.position() <= limit) {
            return entry.position();
        }
        BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), from.position(), limit);
        int last = from.position();
        while (scanner.next() && scanner.nextPosition() <= most) {
            last = scanner.nextPosition();
        }
        return last == from.position() && atLeastOneBatch ? scanner.nextPosition() : last;
    }

    private SegmentIndexes.@Nullable Entry entryBefore(Segment segment, int position, OpenFile file)
            throws IOException {
        for (int attempt = 0; ; attempt++) {
            try {
                ensureIndexed(segment);
                SegmentIndexes.Entry entry =
                        segment.indexes.floorPosition(segment.handle.path(), segment.size, position);
                if (entry != null && !entry.verified()) {
                    verified(segment, entry, file);
                }
                return entry;
            } catch (IOException bad) {
                if (attempt > 0 || segment.removed) {
                    throw bad;
                }
                segments.noteAgain(segment);
            }
        }
    }

    /// Base offset of the batch at a position that is known to be a batch's.
    private static long header(Segment segment, int position, int limit, OpenFile file) throws IOException {
        if (limit - position < BatchFormat.HEADER_BYTES) {
            throw new CorruptLogException(segment.handle.path(), position, "an incomplete batch header");
        }
        ByteBuffer header = HEADER.get().clear();
        BatchScanner.readFully(file.channel, segment.handle.path(), header, position);
        return BatchFormat.baseOffset(header, 0);
    }

    /// Batches that overlap [startOffset, upperOffset), their checksums checked, read in chunks.
    void forEachBatch(long startOffset, long upperOffset, BatchVisitor visitor) throws IOException {
        long next = startOffset;
        while (next < upperOffset) {
            Slice slice = read(next, upperOffset, CHUNK_BYTES, true);
            if (!(slice.records() instanceof FileSlice file)) {
                return;
            }
            long before = next;
            try {
                for (MutableRecordBatch batch : load(file, next).batches()) {
                    batch.ensureValid();
                    visitor.visit(batch);
                    next = batch.nextOffset();
                }
            } catch (CorruptRecordException damaged) {
                throw new DamagedBatchException(next, String.valueOf(damaged.getMessage()));
            }
            if (next <= before) {
                throw new DamagedBatchException(before, "it ends at " + next);
            }
        }
    }

    private static MemoryRecords load(FileSlice slice, long offset) throws IOException {
        try {
            MemoryRecords records = slice.load();
            slice.close();
            return records;
        } catch (IOException failed) {
            throw new IOException("reading at offset " + offset + " failed: " + DataDirectory.describe(failed), failed);
        }
    }
}
