package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// Writes to the end, whatever the system call took at once.
final class Writing {
    private Writing() {}

    /// At the channel's position.
    ///
    /// @return bytes written
    static int writeFully(FileOps files, FileChannel channel, Path path, ByteBuffer[] buffers) throws IOException {
        return writeFully(files, channel, path, buffers, buffers.length);
    }

    static int writeFully(FileOps files, FileChannel channel, Path path, ByteBuffer[] buffers, int count)
            throws IOException {
        long total = 0;
        int from = 0;
        while (from < count) {
            if (!buffers[from].hasRemaining()) {
                from++;
                continue;
            }
            long written = files.write(channel, path, buffers, from, count - from);
            if (written <= 0) {
                throw new IOException(path + ": nothing could be written");
            }
            total += written;
        }
        return Math.toIntExact(total);
    }
}
