package io.sampo.tcp.connection;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;

/// A socket without TLS. File-backed records go from the page cache to the socket inside the kernel.
///
/// Thread rule: the connection's loop.
public final class PlainSocketIo implements SocketIo {

    /// Heap buffers are written in pieces: the JDK copies each to a direct buffer of its size and keeps that one.
    private static final int MAX_HEAP_WRITE_BYTES = 256 * 1024;

    private final SocketChannel socket;
    private final ColdReads coldReads = new ColdReads(PageCache.KERNEL);
    /// A read that filled less than it could has emptied the socket: the next one would be a wasted system call.
    private boolean mayHaveBytes = true;

    public PlainSocketIo(SocketChannel socket) {
        this.socket = socket;
    }

    @Override
    public int handshake() {
        return 0;
    }

    @Override
    public void readable() {
        mayHaveBytes = true;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!mayHaveBytes) {
            return 0;
        }
        int room = target.remaining();
        int read = socket.read(target);
        mayHaveBytes = read == room || read < 0;
        return read;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int limit = source.limit();
        if (source.isDirect() || source.remaining() <= MAX_HEAP_WRITE_BYTES) {
            return socket.write(source);
        }
        source.limit(source.position() + MAX_HEAP_WRITE_BYTES);
        try {
            return socket.write(source);
        } finally {
            source.limit(limit);
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        long heapBytes = 0;
        for (int i = offset; i < offset + length; i++) {
            heapBytes += sources[i].isDirect() ? 0 : sources[i].remaining();
        }
        if (heapBytes <= MAX_HEAP_WRITE_BYTES) {
            return socket.write(sources, offset, length);
        }
        long written = 0;
        for (int i = offset; i < offset + length; i++) {
            while (sources[i].hasRemaining()) {
                int wanted = Math.min(sources[i].remaining(), MAX_HEAP_WRITE_BYTES);
                int count = write(sources[i]);
                written += count;
                if (count < wanted) {
                    return written;
                }
            }
        }
        return written;
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    @Override
    public boolean hasPendingWrites() {
        return false;
    }

    @Override
    public long transferFrom(FileChannel file, long position, long count) throws IOException {
        long sendable = coldReads.sendable(file, position, count);
        if (sendable == 0) {
            return 0;
        }
        long startNs = System.nanoTime();
        long written = file.transferTo(position, sendable, socket);
        coldReads.sent(System.nanoTime() - startNs);
        if (written == 0 && count > 0 && position >= file.size()) {
            throw new EOFException("the file ends before position " + position);
        }
        return written;
    }

    @Override
    public ColdReads coldReads() {
        return coldReads;
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
