package io.sampo.tcp.connection;

import java.io.IOException;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.apache.kafka.common.network.TransferableChannel;

/// The two directions of a non-blocking socket, in the clear or through TLS. Writes take what the socket takes and
/// return; kafka-clients' `Send` writes itself to it, file-backed records by `transferFrom`.
///
/// Thread rule: the connection's loop.
public interface SocketIo extends ByteSource, TransferableChannel {

    /// Goes on with what comes before the first byte of payload (TLS).
    ///
    /// @return 0 when reads and writes may begin, else the operations to wait for, as in `SelectionKey`
    int handshake() throws IOException;

    /// The selector said that the socket can be read.
    void readable();

    /// Which bytes of files may be sent from the loop; `transferFrom` sends no others.
    ColdReads coldReads();

    /// The TLS session, once there is one.
    default Optional<SSLSession> tlsSession() {
        return Optional.empty();
    }
}
