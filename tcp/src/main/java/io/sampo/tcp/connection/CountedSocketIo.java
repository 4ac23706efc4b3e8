package io.sampo.tcp.connection;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/// Counts the bytes that pass, whatever is below it: a connection is alive when bytes come, even if a large frame
/// takes
/// long.
///
/// Thread rule: the connection's loop.
public final class CountedSocketIo implements SocketIo {

    private final SocketIo io;
    private long bytesRead;

    public CountedSocketIo(SocketIo io) {
        this.io = io;
    }

    public long bytesRead() {
        return bytesRead;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int read = io.read(target);
        bytesRead += Math.max(0, read);
        return read;
    }

    @Override
    public int handshake() throws IOException {
        return io.handshake();
    }

    @Override
    public void readable() {
        io.readable();
    }

    @Override
    public ColdReads coldReads() {
        return io.coldReads();
    }

    @Override
    public Optional<SSLSession> tlsSession() {
        return io.tlsSession();
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return io.write(source);
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return io.write(sources);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return io.write(sources, offset, length);
    }

    @Override
    public boolean hasPendingWrites() {
        return io.hasPendingWrites();
    }

    @Override
    public long transferFrom(FileChannel file, long position, long count) throws IOException {
        return io.transferFrom(file, position, count);
    }

    @Override
    public boolean isOpen() {
        return io.isOpen();
    }

    @Override
    public void close() throws IOException {
        io.close();
    }
}
