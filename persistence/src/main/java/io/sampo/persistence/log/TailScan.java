package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import io.sampo.core.partition.EpochStart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

/// Checks the batches after a checkpoint, one by one: size, magic, checksum, offsets, leader epochs against the
/// markers.
///
/// A batch that was not written whole is a torn tail; anything else that is wrong is damage. One thread.
final class TailScan {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final List<EpochStart> markers;
    private final boolean pageCacheKept;
    private final long logStartOffset;
    private final long gapsFrom;
    private final BatchChecksum checksum = new BatchChecksum();
    private long expectedOffset;
    private int lastEpoch = -1;

    /// @param pageCacheKept the operating system has not stopped since the bytes were written: a batch whose bytes
    ///     are
    ///     all there was written whole
    /// @param control what is known of the log: where it starts, its markers, where offsets may be missing
    TailScan(long fromOffset, ControlReplay control, boolean pageCacheKept) {
        this.expectedOffset = fromOffset;
        this.markers = control.markers();
        this.pageCacheKept = pageCacheKept;
        this.logStartOffset = control.logStartOffset();
        this.gapsFrom = control.gapsFrom();
    }

    /// Offset after the last good batch.
    long endOffset() {
        return expectedOffset;
    }

    /// Offsets up to here may be missing: a closed segment that was compacted ends before the next begins.
    void skipTo(long baseOffset) {
        expectedOffset = Math.max(expectedOffset, baseOffset);
    }

    interface Visitor {
        void visit(BatchHeader header, int position) throws IOException;
    }

    /// @param gapsAllowed the segment may have been compacted
    /// @return position of the end of the good batches; less than `size` when the rest is a torn tail
    /// @throws CorruptLogException when there is damage
    int scan(FileChannel channel, Path path, int from, int size, boolean gapsAllowed, Visitor visitor)
            throws IOException {
        BatchScanner scanner = new BatchScanner(channel, path, from, size);
        int good = from;
        while (good < size) {
            try {
                if (!scanner.next()) {
                    break;
                }
            } catch (CorruptLogException incomplete) {
                refuseUnlessTorn(channel, path, good, size, false, incomplete);
                return good;
            }
            BatchHeader header = scanner.header();
            if (!checksum.matches(channel, path, good, scanner.nextPosition())) {
                refuseUnlessTorn(
                        channel,
                        path,
                        good,
                        size,
                        true,
                        new CorruptLogException(path, good, "the batch's checksum does not match"));
                return good;
            }
            checkOrder(header, path, good, gapsAllowed);
            visitor.visit(header, good);
            expectedOffset = header.nextOffset();
            lastEpoch = header.leaderEpoch();
            good = scanner.nextPosition();
        }
        return good;
    }

    /// The checksum is right, so the batch was written whole: these fields, which it does not cover, were changed.
    private void checkOrder(BatchHeader header, Path path, int position, boolean gapsAllowed)
            throws CorruptLogException {
        if (!isInOrder(header, gapsAllowed || expectedOffset >= gapsFrom)) {
            throw new CorruptLogException(
                    path,
                    position,
                    "a batch at offset " + header.baseOffset() + " where " + expectedOffset + " is due");
        }
        if (header.leaderEpoch() < lastEpoch) {
            throw new CorruptLogException(
                    path, position, "leader epoch " + header.leaderEpoch() + " after " + lastEpoch);
        }
        int marked = markedEpoch(header.baseOffset());
        if (marked >= 0 && header.leaderEpoch() != marked) {
            throw new CorruptLogException(
                    path,
                    position,
                    "a batch of leader epoch " + header.leaderEpoch() + ", and the log's markers say " + marked);
        }
    }

    /// A log may begin in the middle of its first batch.
    private boolean isInOrder(BatchHeader header, boolean gapsAllowed) {
        if (header.baseOffset() < expectedOffset) {
            return lastEpoch < 0 && expectedOffset <= logStartOffset && header.lastOffset() >= expectedOffset;
        }
        return gapsAllowed || header.baseOffset() == expectedOffset;
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

    private void refuseUnlessTorn(
            FileChannel channel, Path path, int bad, int size, boolean whole, CorruptLogException why)
            throws IOException {
        if (whole && pageCacheKept) {
            throw why;
        }
        if (size - bad >= BatchFormat.HEADER_BYTES && checksum.matches(channel, path, bad, size)) {
            throw new CorruptLogException(path, bad, "the length of a whole batch was changed");
        }
        int behind = intactBatchBehind(channel, path, bad + 1, size);
        if (behind >= 0) {
            throw new CorruptLogException(
                    path,
                    bad,
                    "a damaged batch, and an intact one behind it at " + behind + " (" + why.getMessage() + ")");
        }
    }

    private int intactBatchBehind(FileChannel channel, Path path, int from, int size) throws IOException {
        ByteBuffer window = ByteBuffer.allocate(BUFFER_BYTES);
        int start = from;
        while (size - start >= BatchFormat.HEADER_BYTES) {
            window.clear().limit(Math.min(BUFFER_BYTES, size - start));
            BatchScanner.readFully(channel, path, window, start);
            int candidates = window.limit() - BatchFormat.HEADER_BYTES + 1;
            for (int at = 0; at < candidates; at++) {
                if (looksLikeSuccessor(window, at, size - start - at)) {
                    int end = start + at + (int) BatchFormat.sizeInBytes(window, at);
                    if (checksum.matches(channel, path, start + at, end)) {
                        return start + at;
                    }
                }
            }
            start += candidates;
        }
        return -1;
    }

    private boolean looksLikeSuccessor(ByteBuffer window, int at, int left) {
        return BatchFormat.isPlausible(window, at)
                && BatchFormat.sizeInBytes(window, at) <= left
                && BatchFormat.baseOffset(window, at) > expectedOffset;
    }
}
