package io.sampo.persistence.scrub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.CRC32C;

/// How far the round over one partition's closed segments came, as a file in its directory says. Only a hint: without
/// it the round begins again.
///
/// File `scrub-checkpoint`: 8 bytes wall clock of the round's beginning (milliseconds), 8 bytes offset, 4 bytes
/// CRC32C of both, big endian. Not synced.
///
/// @param beganMs wall clock; 0: no round has begun yet
/// @param nextOffset segments with a lower base offset are done; [#DONE]: all that there were
record ScrubProgress(long beganMs, long nextOffset) {
    static final String FILE = "scrub-checkpoint";
    static final long DONE = Long.MAX_VALUE;
    static final ScrubProgress NONE = new ScrubProgress(0, DONE);
    private static final int SIZE = 20;

    boolean isDone() {
        return nextOffset == DONE;
    }

    /// A clock that was set back does not put the next round off.
    boolean isDue(long nowMs, long intervalMs) {
        return !isDone() || nowMs - beganMs >= intervalMs || nowMs < beganMs;
    }

    /// @param directory of the partition
    static ScrubProgress read(Path directory) throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(directory.resolve(FILE));
        } catch (NoSuchFileException missing) {
            return NONE;
        }
        ByteBuffer buffer = ByteBuffer.wrap(content);
        if (content.length != SIZE || buffer.getInt(SIZE - 4) != checksum(content)) {
            return NONE;
        }
        return new ScrubProgress(buffer.getLong(0), buffer.getLong(8));
    }

    void write(Path directory) throws IOException {
        byte[] content = new byte[SIZE];
        ByteBuffer buffer = ByteBuffer.wrap(content);
        buffer.putLong(beganMs).putLong(nextOffset).putInt(0);
        buffer.putInt(SIZE - 4, checksum(content));
        Path beside = directory.resolve(FILE + ".tmp");
        Files.write(beside, content);
        Files.move(
                beside, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static int checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content, 0, SIZE - 4);
        return (int) crc.getValue();
    }
}
