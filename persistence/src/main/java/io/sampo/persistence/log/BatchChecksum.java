package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// Whether the bytes of a batch in a file are those that its checksum was made of. One thread.
final class BatchChecksum {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

    /// @param from position of the batch, at least a header before `end`
    /// @param end exclusive
    boolean matches(FileChannel channel, Path path, int from, int end) throws IOException {
        CRC32C checksum = new CRC32C();
        buffer.clear().limit(Math.min(BUFFER_BYTES, end - from));
        BatchScanner.readFully(channel, path, buffer, from);
        buffer.flip();
        long stored = BatchFormat.checksum(buffer, 0);
        checksum.update(buffer.position(BatchFormat.CRC_STARTS_AT));
        int at = from + buffer.limit();
        while (at < end) {
            buffer.clear().limit(Math.min(BUFFER_BYTES, end - at));
            BatchScanner.readFully(channel, path, buffer, at);
            at += buffer.flip().remaining();
            checksum.update(buffer);
        }
        return checksum.getValue() == stored;
    }
}
