package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sparse indexes of one segment, in Kafka's formats: `.index` (int relative last offset of a batch, int its
/// position) and `.timeindex` (long largest timestamp so far, int relative last offset of the first batch with it).
///
/// The newest entries are in memory; when [#SPILL_ENTRIES] have gathered, and at roll, checkpoint and close, they
/// are appended to the files. The files are not synced before a checkpoint vouches for their length: what is
/// missing or bad is built again from the log. The file part of the offset index is loaded on demand, within
/// [IndexCache].
///
/// Thread rule: any thread; one lock per segment, never held while waiting for another segment's.
final class SegmentIndexes {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentIndexes.class);
    static final int OFFSET_ENTRY_BYTES = 8;
    static final int TIME_ENTRY_BYTES = 12;
    private static final int SPILL_ENTRIES = 256;
    private static final int[] NONE = {};
    private static final long[] NONE_LONG = {};

    private final long baseOffset;
    private final IndexCache cache;

    private int fileEntries;
    private int fileTimeEntries;
    private int[] offsets = NONE;
    private int[] positions = NONE;
    private int count;
    private long[] times = NONE_LONG;
    private int[] timeOffsets = NONE;
    private int timeCount;
    private long lastTime = -1;

    /// Pairs (relative offset, position) of the file's first entries; a longer file only adds to them.
    private volatile int @Nullable [] loaded;

    SegmentIndexes(long baseOffset, IndexCache cache, int fileEntries, int fileTimeEntries) {
        this.baseOffset = baseOffset;
        this.cache = cache;
        this.fileEntries = fileEntries;
        this.fileTimeEntries = fileTimeEntries;
    }

    /// An entry for a lookup; `verified` when it never left this process's memory.
    record Entry(long lastOffset, int position, boolean verified) {}

    synchronized int entries() {
        return fileEntries + count;
    }

    synchronized int timeEntries() {
        return fileTimeEntries + timeCount;
    }

    synchronized int sizeInBytes() {
        return Math.max(entries() * OFFSET_ENTRY_BYTES, timeEntries() * TIME_ENTRY_BYTES);
    }

    /// @param maxTimestampMs largest so far; a time entry is added when it grew since the last one
    synchronized void add(Path log, long lastOffset, int position, long maxTimestampMs, long maxTimestampOffset) {
        if (count >= SPILL_ENTRIES && count == offsets.length) {
            trySpill(log);
        }
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, grown(count));
            positions = Arrays.copyOf(positions, grown(count));
        }
        offsets[count] = (int) (lastOffset - baseOffset);
        positions[count++] = position;
        addTime(maxTimestampMs, maxTimestampOffset);
    }

    /// The last word of a segment that is closed: its largest timestamp.
    synchronized void addTime(long maxTimestampMs, long maxTimestampOffset) {
        if (maxTimestampMs <= lastTime || maxTimestampOffset < baseOffset) {
            return;
        }
        if (timeCount == times.length) {
            times = Arrays.copyOf(times, grown(timeCount));
            timeOffsets = Arrays.copyOf(timeOffsets, grown(timeCount));
        }
        times[timeCount] = maxTimestampMs;
        timeOffsets[timeCount++] = (int) (maxTimestampOffset - baseOffset);
        lastTime = maxTimestampMs;
    }

    private static int grown(int size) {
        return Math.max(8, size * 2);
    }

    /// Restored from a checkpoint: later time entries must be larger than this.
    synchronized void startTimesAbove(long timestampMs) {
        lastTime = timestampMs;
    }

    /// @param log path of the segment: its indexes lie beside it
    private void spill(Path log) throws IOException {
        if (count > 0) {
            ByteBuffer bytes = ByteBuffer.allocate(count * OFFSET_ENTRY_BYTES);
            for (int i = 0; i < count; i++) {
                bytes.putInt(offsets[i]).putInt(positions[i]);
            }
            writeAt(SegmentFiles.sibling(log, SegmentFiles.OFFSET_INDEX), bytes.flip(), (long) fileEntries * 8);
            fileEntries += count;
            count = 0;
        }
        if (timeCount > 0) {
            ByteBuffer bytes = ByteBuffer.allocate(timeCount * TIME_ENTRY_BYTES);
            for (int i = 0; i < timeCount; i++) {
                bytes.putLong(times[i]).putInt(timeOffsets[i]);
            }
            writeAt(SegmentFiles.sibling(log, SegmentFiles.TIME_INDEX), bytes.flip(), (long) fileTimeEntries * 12);
            fileTimeEntries += timeCount;
            timeCount = 0;
        }
    }

    /// Writes what is in memory to the files and frees the arrays of an idle segment; where the disk takes nothing,
    /// they stay in memory. An index is never worth a failure: it can be built again from the log.
    synchronized void spillAndShrink(Path log) {
        if (trySpill(log)) {
            offsets = NONE;
            positions = NONE;
            times = NONE_LONG;
            timeOffsets = NONE;
        }
    }

    private boolean trySpill(Path log) {
        try {
            spill(log);
            return true;
        } catch (IOException failed) {
            LOG.warn("Index entries of {} stay in memory: {}", log, DataDirectory.describe(failed));
            return false;
        }
    }

    private static void writeAt(Path file, ByteBuffer bytes, long position) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (channel.size() > position) {
                channel.truncate(position);
            }
            channel.position(position);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    /// Whether the files are there with the length that a checkpoint says; only then are they used.
    synchronized boolean filesAreWhole(Path log) throws IOException {
        return length(SegmentFiles.sibling(log, SegmentFiles.OFFSET_INDEX)) >= (long) fileEntries * OFFSET_ENTRY_BYTES
                && length(SegmentFiles.sibling(log, SegmentFiles.TIME_INDEX))
                        >= (long) fileTimeEntries * TIME_ENTRY_BYTES;
    }

    private static long length(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException missing) {
            return 0;
        }
    }

    /// Forgets everything; the caller adds the entries again.
    synchronized void reset(Path log) throws IOException {
        fileEntries = 0;
        fileTimeEntries = 0;
        count = 0;
        timeCount = 0;
        lastTime = -1;
        unload();
        cache.forget(this);
        Files.deleteIfExists(SegmentFiles.sibling(log, SegmentFiles.OFFSET_INDEX));
        Files.deleteIfExists(SegmentFiles.sibling(log, SegmentFiles.TIME_INDEX));
    }

    void unload() {
        loaded = null;
    }

    void forget() {
        unload();
        cache.forget(this);
    }

    /// The last entry whose batch ends at or before `offset`; null when there is none: start at position 0.
    ///
    /// @throws CorruptLogException when the file is damaged: build it again
    synchronized @Nullable Entry floorOffset(Path log, int logSize, long offset) throws IOException {
        long relative = offset - baseOffset;
        for (int i = count - 1; i >= 0 && i >= count - 4; i--) {
            if (offsets[i] <= relative) {
                return memoryEntry(i);
            }
        }
        if (count > 0 && offsets[0] <= relative) {
            int at = Arrays.binarySearch(offsets, 0, count, (int) Math.min(relative, Integer.MAX_VALUE));
            return memoryEntry(at >= 0 ? at : -at - 2);
        }
        return floorInFile(log, logSize, relative, 0);
    }

    /// The last entry at or before `position`.
    synchronized @Nullable Entry floorPosition(Path log, int logSize, int position) throws IOException {
        if (count > 0 && positions[0] <= position) {
            int at = Arrays.binarySearch(positions, 0, count, position);
            return memoryEntry(at >= 0 ? at : -at - 2);
        }
        return floorInFile(log, logSize, position, 1);
    }

    private Entry memoryEntry(int at) {
        return new Entry(baseOffset + offsets[at], positions[at], true);
    }

    /// @param field 0 to search by relative offset, 1 by position
    private @Nullable Entry floorInFile(Path log, int logSize, long key, int field) throws IOException {
        if (fileEntries == 0) {
            return null;
        }
        int[] pairs = load(log, logSize);
        int low = 0;
        int high = fileEntries - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (pairs[2 * middle + field] <= key) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high < 0 ? null : new Entry(baseOffset + pairs[2 * high], pairs[2 * high + 1], false);
    }

    private int[] load(Path log, int logSize) throws IOException {
        int[] have = loaded;
        int known = have == null ? 0 : have.length / 2;
        if (have == null || known < fileEntries) {
            Path file = SegmentFiles.sibling(log, SegmentFiles.OFFSET_INDEX);
            int[] pairs = have == null ? new int[2 * fileEntries] : Arrays.copyOf(have, 2 * fileEntries);
            ByteBuffer bytes = ByteBuffer.allocate((fileEntries - known) * OFFSET_ENTRY_BYTES);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                BatchScanner.readFully(channel, file, bytes, (long) known * OFFSET_ENTRY_BYTES);
            } catch (NoSuchFileException missing) {
                throw new CorruptLogException(file, 0, "missing");
            }
            bytes.flip().asIntBuffer().get(pairs, 2 * known, 2 * (fileEntries - known));
            for (int i = Math.max(1, known); i < fileEntries; i++) {
                if (pairs[2 * i] <= pairs[2 * i - 2] || pairs[2 * i + 1] <= pairs[2 * i - 1]) {
                    throw new CorruptLogException(file, (long) i * OFFSET_ENTRY_BYTES, "entries do not increase");
                }
            }
            if (pairs[0] < 0 || pairs[1] < 0 || pairs[2 * fileEntries - 1] >= logSize) {
                throw new CorruptLogException(file, 0, "an entry points outside the segment");
            }
            loaded = pairs;
            have = pairs;
        }
        cache.used(this, have.length * Integer.BYTES);
        return have;
    }

    /// The last time entry below `timestampMs`: all batches up to its offset are older. Null when there is none.
    ///
    /// @throws CorruptLogException when the file is damaged: build it again
    synchronized @Nullable TimeEntry floorTime(Path log, long timestampMs) throws IOException {
        for (int i = timeCount - 1; i >= 0; i--) {
            if (times[i] < timestampMs) {
                return new TimeEntry(times[i], baseOffset + timeOffsets[i], true);
            }
        }
        ByteBuffer bytes = timeFile(log);
        TimeEntry found = null;
        for (int i = 0; i < fileTimeEntries; i++) {
            long time = bytes.getLong(i * TIME_ENTRY_BYTES);
            int offset = bytes.getInt(i * TIME_ENTRY_BYTES + Long.BYTES);
            if (found != null && (time <= found.timestampMs || baseOffset + offset <= found.offset)) {
                throw new CorruptLogException(
                        SegmentFiles.sibling(log, SegmentFiles.TIME_INDEX),
                        (long) i * TIME_ENTRY_BYTES,
                        "entries do not increase");
            }
            if (time >= timestampMs) {
                break;
            }
            found = new TimeEntry(time, baseOffset + offset, false);
        }
        return found;
    }

    private ByteBuffer timeFile(Path log) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(fileTimeEntries * TIME_ENTRY_BYTES);
        if (fileTimeEntries > 0) {
            Path file = SegmentFiles.sibling(log, SegmentFiles.TIME_INDEX);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                BatchScanner.readFully(channel, file, bytes, 0);
            } catch (NoSuchFileException missing) {
                throw new CorruptLogException(file, 0, "missing");
            }
        }
        return bytes;
    }

    record TimeEntry(long timestampMs, long offset, boolean verified) {}
}
