package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/// The file `<20 digits of sequenceNr>.checkpoint`: a checkpoint and where the log stood.
///
/// On disk: int magic, int version, int CRC-32C of all that follows, long sequenceNr, long timestampMs, long
/// syncedEndOffset, long scanSegment, int scanPosition, long lastMetaNr, int number of segments, per segment the
/// components of [SegmentSummary], the checkpoint's bytes ([ReplicaEventCodec]).
///
/// @param syncedEndOffset end of the log when the file was written, at least the checkpoint's: all of it was synced
/// @param scanSegment base offset of the segment where the checkpoint's end lies
/// @param scanPosition of the checkpoint's end in that segment
/// @param lastMetaNr last record of the meta journal that was synced by then
record CheckpointFile(
        StoredCheckpoint stored,
        long syncedEndOffset,
        long scanSegment,
        int scanPosition,
        long lastMetaNr,
        List<SegmentSummary> segments) {
    static final String SUFFIX = ".checkpoint";
    private static final int MAGIC = 0x53504350;
    private static final int VERSION = 1;
    private static final int CHECKED_FROM = 12;
    private static final int FIXED_BYTES = CHECKED_FROM + 48;
    private static final int SUMMARY_BYTES = 40;

    CheckpointFile {
        segments = List.copyOf(segments);
    }

    static Path pathOf(Path directory, long sequenceNr) {
        return directory.resolve(SegmentFiles.digits(sequenceNr) + SUFFIX);
    }

    static OptionalLong sequenceNrOf(String fileName) {
        return SegmentFiles.number(fileName, SUFFIX);
    }

    void write(FileOps files, Path directory) throws IOException {
        DurableFiles.replace(files, pathOf(directory, stored.sequenceNr()), encode());
    }

    ByteBuffer encode() {
        ByteBuffer checkpoint = ReplicaEventCodec.encode(stored.checkpoint());
        ByteBuffer file = ByteBuffer.allocate(FIXED_BYTES + segments.size() * SUMMARY_BYTES + checkpoint.remaining());
        file.putInt(MAGIC).putInt(VERSION).putInt(0);
        file.putLong(stored.sequenceNr()).putLong(stored.timestampMs());
        file.putLong(syncedEndOffset).putLong(scanSegment).putInt(scanPosition);
        file.putLong(lastMetaNr);
        file.putInt(segments.size());
        for (SegmentSummary segment : segments) {
            file.putLong(segment.baseOffset()).putInt(segment.sizeInBytes());
            file.putLong(segment.maxTimestampMs()).putLong(segment.maxTimestampOffset());
            file.putInt(segment.offsetEntries()).putInt(segment.timeEntries()).putInt(segment.bytesSinceIndexEntry());
        }
        file.put(checkpoint).flip();
        file.putInt(8, checksum(file));
        return file;
    }

    /// @throws CorruptLogException when the file is damaged
    static CheckpointFile read(Path path) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path));
        if (file.limit() < FIXED_BYTES || file.getInt() != MAGIC || file.getInt() != VERSION) {
            throw new CorruptLogException(path, 0, "not a checkpoint of version " + VERSION);
        }
        if (file.getInt() != checksum(file)) {
            throw new CorruptLogException(path, 8, "its checksum does not match");
        }
        long sequenceNr = file.getLong();
        long timestampMs = file.getLong();
        long syncedEndOffset = file.getLong();
        long scanSegment = file.getLong();
        int scanPosition = file.getInt();
        long lastMetaNr = file.getLong();
        int count = file.getInt();
        if (count < 0 || count > file.remaining() / SUMMARY_BYTES) {
            throw new CorruptLogException(path, file.position(), count + " segments");
        }
        List<SegmentSummary> segments = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            segments.add(new SegmentSummary(
                    file.getLong(),
                    file.getInt(),
                    file.getLong(),
                    file.getLong(),
                    file.getInt(),
                    file.getInt(),
                    file.getInt()));
        }
        try {
            StoredCheckpoint stored =
                    new StoredCheckpoint(sequenceNr, timestampMs, ReplicaEventCodec.decodeCheckpoint(file.slice()));
            return new CheckpointFile(stored, syncedEndOffset, scanSegment, scanPosition, lastMetaNr, segments);
        } catch (IllegalArgumentException unreadable) {
            throw new CorruptLogException(path, file.position(), String.valueOf(unreadable.getMessage()));
        }
    }

    private static int checksum(ByteBuffer file) {
        CRC32C checksum = new CRC32C();
        checksum.update(file.slice(CHECKED_FROM, file.limit() - CHECKED_FROM));
        return (int) checksum.getValue();
    }
}
