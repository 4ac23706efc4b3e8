package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.EpochStart;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Looks at every batch of one segment: header, checksum, place in the log, leader epoch. Offsets may be missing
/// between batches: the segment may have been compacted.
///
/// Beside appends and reads; one thread.
final class SegmentCheck {
    private final Segment segment;
    private final OpenFile file;
    private final int size;
    private final long endOffset;
    private final List<EpochStart> markers;
    private final IntPredicate pace;
    private final BatchChecksum checksum = new BatchChecksum();
    private final List<DamagedRange> damaged = new ArrayList<>();

    /// Of the batch that is looked at, and of the one before it.
    private int position;

    private long expectedOffset;
    private int leaderEpoch = -1;
    private int previousPosition = -1;
    private long previousOffset;

    /// @param size bytes of whole batches
    /// @param endOffset exclusive end of what the segment may hold
    /// @param markers of the log, oldest first
    /// @param pace is told of bytes that were read, may wait, and says whether to go on
    SegmentCheck(
            Segment segment, OpenFile file, int size, long endOffset, List<EpochStart> markers, IntPredicate pace) {
        this.segment = segment;
        this.file = file;
        this.size = size;
        this.endOffset = endOffset;
        this.markers = markers;
        this.pace = pace;
        this.expectedOffset = segment.baseOffset;
        this.previousOffset = segment.baseOffset;
    }

    /// @return what is damaged, in order; null when it was stopped before the end
    /// @throws ClosedChannelException the file was closed meanwhile
    @Nullable
    List<DamagedRange> run() throws ClosedChannelException {
        while (position < size) {
            int before = position;
            Batch batch = lookAt(position);
            if (batch.problem == null) {
                previousPosition = position;
                previousOffset = expectedOffset;
                expectedOffset = batch.nextOffset;
                leaderEpoch = batch.leaderEpoch;
                position = batch.end;
            } else {
                pass(batch);
            }
            if (!pace.test(position - before)) {
                return null;
            }
        }
        return damaged;
    }

    /// @param problem null for a good one
    /// @param end position behind it, when its length can be trusted that far; else that of `size`
    /// @param misplaced its bytes are whole, but it does not fit behind the one before
    private record Batch(
            int end,
            long nextOffset,
            int leaderEpoch,
            @Nullable String problem,
            boolean misplaced) {
        static Batch damaged(int end, String problem) {
            return new Batch(end, -1, -1, problem, false);
        }
    }

    private Batch lookAt(int at) throws ClosedChannelException {
        int end = size;
        try {
            BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), at, size);
            if (!scanner.next()) {
                return Batch.damaged(size, "nothing can be read");
            }
            end = scanner.nextPosition();
            BatchHeader header = scanner.header();
            if (!checksum.matches(file.channel, segment.handle.path(), at, end)) {
                return Batch.damaged(end, "the batch's checksum does not match");
            }
            String misfit = misfit(header);
            return new Batch(end, header.nextOffset(), header.leaderEpoch(), misfit, misfit != null);
        } catch (ClosedChannelException closed) {
            throw closed;
        } catch (IOException unreadable) {
            return Batch.damaged(end, DataDirectory.describe(unreadable));
        }
    }

    /// Base offset and leader epoch are not under the checksum.
    private @Nullable String misfit(BatchHeader header) {
        if (header.baseOffset() < expectedOffset && header.lastOffset() >= header.baseOffset()) {
            return "a batch at offset " + header.baseOffset() + " behind the end " + expectedOffset;
        }
        if (header.nextOffset() > endOffset) {
            return "a batch up to offset " + header.lastOffset() + " in a segment that ends at " + endOffset;
        }
        int marked = markedEpoch(header.baseOffset());
        if (header.leaderEpoch() < leaderEpoch || marked >= 0 && header.leaderEpoch() != marked) {
            return "a batch of leader epoch " + header.leaderEpoch() + ", and the log has "
                    + Math.max(leaderEpoch, marked) + " there";
        }
        return null;
    }

    private int markedEpoch(long offset) {
        int epoch = -1;
        for (EpochStart marker : markers) {
            if (marker.startOffset() <= offset) {
                epoch = marker.leaderEpoch();
            }
        }
        return epoch;
    }

    /// Notes the damage and goes on at the next batch that is surely one: where the damaged one's length leads to it,
    /// or the offset index. Never where something merely looks like a batch: records may hold such bytes.
    private void pass(Batch batch) throws ClosedChannelException {
        int from = position;
        long fromOffset = expectedOffset;
        if (batch.misplaced && previousPosition >= 0) {
            // Either of the two may be the one whose offset was changed.
            from = previousPosition;
            fromOffset = previousOffset;
        }
        int next = isGoodFrom(batch.end, fromOffset) ? batch.end : indexedBehind(position, fromOffset);
        long toOffset = next < size ? baseOffsetAt(next) : endOffset;
        damaged.add(new DamagedRange(
                segment.baseOffset,
                fromOffset,
                toOffset,
                from,
                next,
                segment.handle.path() + " at position " + from + ": " + batch.problem));
        previousPosition = -1;
        expectedOffset = toOffset;
        position = next;
    }

    private boolean isGoodFrom(int at, long minOffset) throws ClosedChannelException {
        if (at >= size) {
            return true;
        }
        Batch next = lookAt(at);
        return (next.problem == null || next.misplaced)
                && next.nextOffset <= endOffset
                && baseOffsetAt(at) >= minOffset;
    }

    private long baseOffsetAt(int at) {
        try {
            BatchScanner scanner = new BatchScanner(file.channel, segment.handle.path(), at, size);
            return scanner.next() ? scanner.baseOffset() : -1;
        } catch (IOException unreadable) {
            return -1;
        }
    }

    /// The first batch behind `at` that the offset index points at and that is good; the end when there is none.
    private int indexedBehind(int at, long minOffset) throws ClosedChannelException {
        int behind = at;
        while (true) {
            int next = nextIndexed(behind);
            if (next >= size || isGoodFrom(next, minOffset)) {
                return next;
            }
            behind = next;
        }
    }

    /// Position of the first index entry behind `at`; the segment's end when there is none.
    private int nextIndexed(int at) {
        try {
            int low = at;
            int high = size;
            while (high - low > 1) {
                int middle = (low + high) >>> 1;
                SegmentIndexes.Entry entry = segment.indexes.floorPosition(segment.handle.path(), size, middle);
                if (entry != null && entry.position() > at) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            return high;
        } catch (IOException noIndex) {
            return size;
        }
    }
}
