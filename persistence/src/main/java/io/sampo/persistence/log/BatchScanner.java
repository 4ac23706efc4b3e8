package io.sampo.persistence.log;

import io.sampo.core.partition.BatchHeader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// Walks over the batch headers of a part of a segment, by reads of small chunks; records are not read. One thread.
final class BatchScanner {
    private static final int CHUNK_BYTES = 4096;

    private final FileChannel channel;
    private final Path path;
    private final int end;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    private long chunkPosition;
    private int next;
    private int position = -1;
    private int at;

    /// @param from position of a batch, inclusive
    /// @param end exclusive; a batch that reaches beyond it is damage
    BatchScanner(FileChannel channel, Path path, int from, int end) {
        this.channel = channel;
        this.path = path;
        this.next = from;
        this.end = end;
        chunk.limit(0);
    }

    /// Steps to the next batch.
    ///
    /// @return false at the end
    boolean next() throws IOException {
        if (next >= end) {
            return false;
        }
        if (end - next < BatchFormat.HEADER_BYTES) {
            throw new CorruptLogException(path, next, "an incomplete batch header");
        }
        if (next < chunkPosition || next + BatchFormat.HEADER_BYTES > chunkPosition + chunk.limit()) {
            load(next);
        }
        at = (int) (next - chunkPosition);
        if (!BatchFormat.isPlausible(chunk, at)) {
            throw new CorruptLogException(path, next, "not a record batch of format 2");
        }
        long size = BatchFormat.sizeInBytes(chunk, at);
        if (size > end - next) {
            throw new CorruptLogException(path, next, "a batch of " + size + " bytes reaches beyond the end");
        }
        position = next;
        next += (int) size;
        return true;
    }

    private void load(int from) throws IOException {
        chunk.clear().limit(Math.min(CHUNK_BYTES, end - from));
        readFully(channel, path, chunk, from);
        chunk.flip();
        chunkPosition = from;
    }

    int position() {
        return position;
    }

    /// Of the batch after this one.
    int nextPosition() {
        return next;
    }

    int sizeInBytes() {
        return next - position;
    }

    long baseOffset() {
        return BatchFormat.baseOffset(chunk, at);
    }

    long lastOffset() {
        return BatchFormat.lastOffset(chunk, at);
    }

    long maxTimestampMs() {
        return BatchFormat.maxTimestampMs(chunk, at);
    }

    BatchHeader header() {
        return BatchFormat.header(chunk, at);
    }

    static void readFully(FileChannel channel, Path path, ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new EOFException(path + " ends at " + at + ", and more was expected");
            }
            at += read;
        }
    }
}
