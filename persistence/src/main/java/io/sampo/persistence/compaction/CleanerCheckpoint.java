package io.sampo.persistence.compaction;

import io.sampo.persistence.log.SegmentRewrite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// How far a log has been cleaned, as a file in the partition's directory says. Only a hint: without it everything
/// counts as dirty and is cleaned again, with the same result.
///
/// File `cleaner-checkpoint`: 8 bytes offset, 4 bytes CRC32C of them, big endian.
public final class CleanerCheckpoint {
    static final String FILE = SegmentRewrite.CHECKPOINT_FILE;
    private static final int SIZE = 12;

    private final Path directory;
    private final long cleanedUpToOffset;

    private CleanerCheckpoint(Path directory, long cleanedUpToOffset) {
        this.directory = directory;
        this.cleanedUpToOffset = cleanedUpToOffset;
    }

    /// @param directory of the partition
    public static CleanerCheckpoint read(Path directory) throws IOException {
        return new CleanerCheckpoint(directory, offsetIn(directory.resolve(FILE)));
    }

    /// Exclusive end of the clean part; -1 when unknown (missing or damaged file).
    public long cleanedUpToOffset() {
        return cleanedUpToOffset;
    }

    private static long offsetIn(Path file) throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException missing) {
            return -1;
        }
        ByteBuffer buffer = ByteBuffer.wrap(content);
        if (content.length != SIZE || buffer.getInt(8) != checksum(content)) {
            return -1;
        }
        return buffer.getLong(0);
    }

    /// Written after the swap that it describes, so it never claims more than is clean.
    void write(long cleanedUpToOffset) throws IOException {
        byte[] content = new byte[SIZE];
        ByteBuffer buffer = ByteBuffer.wrap(content);
        buffer.putLong(cleanedUpToOffset).putInt(0);
        buffer.putInt(8, checksum(content));
        Path beside = directory.resolve(FILE + ".tmp");
        try (FileChannel channel = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            buffer.rewind();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(false);
        }
        Files.move(
                beside, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static int checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content, 0, 8);
        return (int) crc.getValue();
    }
}
