package io.sampo.core.produce;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// Reads the records part of a batch from a stream without making objects, and copies what it reads to `sink` where
/// the batch is compressed anew. Holds one fixed chunk, whatever lengths the batch names.
///
/// Thread rule: one thread; reused batch after batch.
final class RecordReader {
    private final byte[] chunk;
    private @Nullable InputStream source;
    private @Nullable OutputStream sink;
    private int position;
    private int limit;
    private long readBytes;
    private long maxBytes;

    RecordReader(int chunkBytes) {
        chunk = new byte[chunkBytes];
    }

    /// @param maxBytes largest number of bytes taken from `source`, inclusive
    void open(InputStream source, @Nullable OutputStream sink, long maxBytes) {
        this.source = source;
        this.sink = sink;
        this.maxBytes = maxBytes;
        position = 0;
        limit = 0;
        readBytes = 0;
    }

    void close() {
        source = null;
        sink = null;
    }

    /// Bytes of the payload that were consumed so far.
    long consumed() {
        return readBytes - (limit - position);
    }

    boolean atEnd() throws IOException {
        return position == limit && !fill();
    }

    byte readByte() throws IOException {
        if (position == limit && !fill()) {
            throw new Malformed("records end too early");
        }
        return chunk[position++];
    }

    /// A zigzag varint of 32 bits.
    int readVarint() throws IOException {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte next = readByte();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new Malformed("a varint is longer than 5 bytes");
    }

    /// A zigzag varint of 64 bits.
    long readVarlong() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            byte next = readByte();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new Malformed("a varlong is longer than 10 bytes");
    }

    void skip(long byteCount) throws IOException {
        long left = byteCount;
        while (left > 0) {
            if (position == limit && !fill()) {
                throw new Malformed("records end too early");
            }
            int step = (int) Math.min(left, limit - position);
            position += step;
            left -= step;
        }
    }

    private boolean fill() throws IOException {
        InputStream in = source;
        if (in == null) {
            throw new IllegalStateException("not open");
        }
        int count = in.read(chunk, 0, chunk.length);
        if (count <= 0) {
            return false;
        }
        readBytes += count;
        if (readBytes > maxBytes) {
            throw new TooLarge();
        }
        if (sink != null) {
            sink.write(chunk, 0, count);
        }
        position = 0;
        limit = count;
        return true;
    }

    /// The bytes are not records.
    static final class Malformed extends IOException {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }

    /// More bytes than the limit allows.
    static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1L;

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }
}
