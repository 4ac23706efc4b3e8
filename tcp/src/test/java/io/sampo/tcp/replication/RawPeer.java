package io.sampo.tcp.replication;

import io.sampo.core.partition.ReplicaEnvelope;
import io.sampo.core.partition.ReplicaEnvelopeCodec;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/// The other side of a connection, byte by byte.
final class RawPeer implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;

    RawPeer(InetSocketAddress address) throws IOException {
        this(new Socket(address.getAddress(), address.getPort()));
    }

    RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
    }

    /// As node `self` to node `to`.
    static RawPeer welcomed(InetSocketAddress address, int self, int to) throws IOException {
        RawPeer peer = new RawPeer(address);
        peer.write(Handshake.hello(TestNode.identity(self), to));
        Handshake.Welcome welcome = Handshake.readWelcome(ByteBuffer.wrap(peer.frame()));
        if (welcome == null || welcome.verdict() != Handshake.Verdict.WELCOME) {
            throw new AssertionError("not welcome: " + welcome);
        }
        return peer;
    }

    void write(ByteBuffer bytes) throws IOException {
        byte[] array = new byte[bytes.remaining()];
        bytes.get(array);
        write(array);
    }

    void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    static byte[] frameOf(ReplicaEnvelope envelope) {
        return frameOf(ReplicaEnvelopeCodec.encodeToBytes(envelope));
    }

    static byte[] frameOf(byte[] envelope) {
        return ByteBuffer.allocate(8 + envelope.length)
                .putInt(4 + envelope.length)
                .putInt(envelope.length)
                .put(envelope)
                .array();
    }

    byte[] frame() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }

    /// Whether the other side has closed, once all that it still sent is read.
    boolean isClosedByOther() {
        try {
            return in.skip(1_000_000) == 0 && in.read() < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    void awaitClosedByOther() {
        long deadlineNs = System.nanoTime() + 20_000_000_000L;
        while (!isClosedByOther()) {
            if (System.nanoTime() > deadlineNs) {
                throw new AssertionError("still open after 20 s");
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
