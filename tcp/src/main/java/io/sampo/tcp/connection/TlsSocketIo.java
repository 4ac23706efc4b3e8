package io.sampo.tcp.connection;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// A socket through TLS. File-backed records are read and encrypted in pieces; nothing is buffered beyond
/// [#OUT_BYTES] of encrypted output. An idle connection holds no buffers.
///
/// Renegotiation (TLS 1.2) ends the connection; key updates and tickets of TLS 1.3 are handled while reading.
///
/// Thread rule: the connection's loop; the engine's delegated tasks run there, too.
final class TlsSocketIo implements SocketIo {

    private static final int OUT_BYTES = 64 * 1024;
    private static final int FILE_BYTES = 64 * 1024;
    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

    private final SocketChannel socket;
    private final SSLEngine engine;
    private final BufferPool pool;
    private final ColdReads coldReads = new ColdReads(PageCache.KERNEL);
    /// Encrypted, from position 0 to position.
    private BufferPool.@Nullable Buffer netIn;
    /// Decrypted and not yet asked for, from position 0 to position.
    private BufferPool.@Nullable Buffer appIn;
    /// Encrypted and not yet taken by the socket, from position to limit.
    private BufferPool.@Nullable Buffer netOut;
    private boolean begun;
    private boolean established;
    private boolean mayHaveBytes = true;
    private boolean closed;

    TlsSocketIo(SocketChannel socket, SSLEngine engine, BufferPool pool) {
        this.socket = socket;
        this.engine = engine;
        this.pool = pool;
    }

    @Override
    public void readable() {
        mayHaveBytes = true;
    }

    @Override
    public Optional<SSLSession> tlsSession() {
        return established ? Optional.of(engine.getSession()) : Optional.empty();
    }

    @Override
    public int handshake() throws IOException {
        if (!begun) {
            begun = true;
            engine.beginHandshake();
        }
        try {
            return continueHandshake();
        } catch (SSLException e) {
            sendAlert();
            throw e;
        }
    }

    private int continueHandshake() throws IOException {
        while (true) {
            if (!flush()) {
                return SelectionKey.OP_WRITE;
            }
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> {
                    if (wrap(NOTHING, 0, 1) < 0) {
                        throw new SSLException("closed during the handshake");
                    }
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    SSLEngineResult result = unwrap(appBuffer());
                    if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                        throw new SSLException("closed by the peer during the handshake");
                    }
                    if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                        int read = readSocket();
                        if (read < 0) {
                            throw new EOFException("the peer closed during the TLS handshake");
                        }
                        if (read == 0) {
                            return SelectionKey.OP_READ;
                        }
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> {
                    established = true;
                    dropEmptyBuffers();
                    return 0;
                }
            }
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        while (true) {
            int moved = moveDecrypted(target);
            if (moved > 0) {
                return moved;
            }
            boolean direct = target.remaining() >= engine.getSession().getApplicationBufferSize();
            int before = target.position();
            SSLEngineResult result = unwrap(direct ? target : appBuffer());
            if (target.position() > before) {
                int produced = target.position() - before;
                dropEmptyBuffers();
                return produced;
            }
            if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                return -1;
            }
            afterHandshakeMessage();
            if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                int read = readSocket();
                if (read <= 0) {
                    dropEmptyBuffers();
                    return read;
                }
            }
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return (int) write(new ByteBuffer[] {source}, 0, 1);
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        long written = 0;
        while (flush() && hasRemaining(sources, offset, length)) {
            long taken = wrap(sources, offset, length);
            if (taken < 0) {
                throw new ClosedChannelException();
            }
            if (taken == 0) {
                afterHandshakeMessage();
            }
            written += taken;
        }
        return written;
    }

    @Override
    public long transferFrom(FileChannel file, long position, long count) throws IOException {
        long sendable = coldReads.sendable(file, position, count);
        if (sendable == 0) {
            return 0;
        }
        BufferPool.Buffer piece = pool.acquire(FILE_BYTES);
        try {
            long written = 0;
            while (written < sendable && flush()) {
                ByteBuffer bytes = piece.bytes().clear();
                bytes.limit((int) Math.min(bytes.capacity(), sendable - written));
                long startNs = System.nanoTime();
                int read = file.read(bytes, position + written);
                coldReads.sent(System.nanoTime() - startNs);
                if (read < 0) {
                    throw new EOFException("the file ends before position " + (position + written));
                }
                long taken = write(bytes.flip());
                written += taken;
                if (bytes.hasRemaining()) {
                    break;
                }
            }
            return written;
        } finally {
            pool.release(piece);
        }
    }

    @Override
    public ColdReads coldReads() {
        return coldReads;
    }

    @Override
    public boolean hasPendingWrites() {
        return netOut != null && netOut.bytes().hasRemaining();
    }

    @Override
    public boolean isOpen() {
        return !closed && socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (established && socket.isConnected() && flush()) {
                engine.closeOutbound();
                sendAlert();
            }
        } catch (IOException peerHasGone) {
            // Nobody is left to be told.
        } finally {
            netIn = release(netIn);
            appIn = release(appIn);
            netOut = release(netOut);
            socket.close();
        }
    }

    /// What the engine still has to say (an alert, close_notify), if the socket takes it.
    private void sendAlert() {
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP || !engine.isOutboundDone()) {
                if (wrap(NOTHING, 0, 1) < 0 || !flush()) {
                    break;
                }
                if (engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
                    break;
                }
            }
            boolean done = flush();
            mayHaveBytes = mayHaveBytes && done;
        } catch (IOException peerHasGone) {
            mayHaveBytes = false;
        }
    }

    /// TLS 1.3 sends messages of its own between the data; in TLS 1.2 they would be a renegotiation.
    private void afterHandshakeMessage() throws IOException {
        HandshakeStatus status = engine.getHandshakeStatus();
        if (status == HandshakeStatus.NOT_HANDSHAKING || status == HandshakeStatus.FINISHED) {
            return;
        }
        if (!engine.getSession().getProtocol().equals("TLSv1.3")) {
            throw new SSLException("renegotiation is not supported");
        }
        if (status == HandshakeStatus.NEED_TASK) {
            runTasks();
        } else if (status == HandshakeStatus.NEED_WRAP && flush()) {
            wrap(NOTHING, 0, 1);
            flush();
        }
    }

    private void runTasks() {
        Runnable task = engine.getDelegatedTask();
        while (task != null) {
            task.run();
            task = engine.getDelegatedTask();
        }
    }

    /// Encrypts as much as fits into the output buffer, which is empty.
    ///
    /// @return bytes taken from the sources, -1 when the engine is closed
    private long wrap(ByteBuffer[] sources, int offset, int length) throws IOException {
        if (netOut == null) {
            netOut = pool.acquire(OUT_BYTES);
        }
        ByteBuffer out = netOut.bytes().clear();
        long taken = 0;
        try {
            do {
                SSLEngineResult result = engine.wrap(sources, offset, length, out);
                taken += result.bytesConsumed();
                if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                    return -1;
                }
                if (result.getStatus() != SSLEngineResult.Status.OK || result.bytesConsumed() == 0) {
                    break;
                }
            } while (hasRemaining(sources, offset, length)
                    && out.remaining() >= engine.getSession().getPacketBufferSize());
        } finally {
            out.flip();
        }
        return taken;
    }

    /// @return whether nothing is left to write
    private boolean flush() throws IOException {
        BufferPool.Buffer pending = netOut;
        if (pending == null) {
            return true;
        }
        ByteBuffer bytes = pending.bytes();
        while (bytes.hasRemaining()) {
            if (socket.write(bytes) == 0) {
                return false;
            }
        }
        netOut = release(pending);
        return true;
    }

    private SSLEngineResult unwrap(ByteBuffer target) throws IOException {
        ByteBuffer encrypted = netBuffer().flip();
        try {
            return engine.unwrap(encrypted, target);
        } finally {
            encrypted.compact();
        }
    }

    private int readSocket() throws IOException {
        if (!mayHaveBytes) {
            return 0;
        }
        ByteBuffer encrypted = netBuffer();
        int room = encrypted.remaining();
        if (room == 0) {
            throw new SSLException("a TLS record of more than " + encrypted.capacity() + " bytes");
        }
        int read = socket.read(encrypted);
        mayHaveBytes = read == room || read < 0;
        return read;
    }

    private int moveDecrypted(ByteBuffer target) {
        if (appIn == null || appIn.bytes().position() == 0) {
            return 0;
        }
        ByteBuffer decrypted = appIn.bytes().flip();
        int count = Math.min(decrypted.remaining(), target.remaining());
        target.put(target.position(), decrypted, 0, count);
        target.position(target.position() + count);
        decrypted.position(count).compact();
        dropEmptyBuffers();
        return count;
    }

    private ByteBuffer netBuffer() {
        if (netIn == null) {
            netIn = pool.acquire(engine.getSession().getPacketBufferSize());
        }
        return netIn.bytes();
    }

    private ByteBuffer appBuffer() {
        if (appIn == null) {
            appIn = pool.acquire(engine.getSession().getApplicationBufferSize());
        }
        return appIn.bytes();
    }

    private void dropEmptyBuffers() {
        if (netIn != null && netIn.bytes().position() == 0) {
            netIn = release(netIn);
        }
        if (appIn != null && appIn.bytes().position() == 0) {
            appIn = release(appIn);
        }
    }

    private BufferPool.@Nullable Buffer release(BufferPool.@Nullable Buffer buffer) {
        if (buffer != null) {
            pool.release(buffer);
        }
        return null;
    }

    private static boolean hasRemaining(ByteBuffer[] buffers, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (buffers[i].hasRemaining()) {
                return true;
            }
        }
        return false;
    }
}
