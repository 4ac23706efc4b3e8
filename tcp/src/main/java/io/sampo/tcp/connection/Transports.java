package io.sampo.tcp.connection;

import java.nio.channels.SocketChannel;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;

/// How the bytes of a listener travel over an accepted socket.
@FunctionalInterface
public interface Transports {

    /// In the clear.
    Transports PLAINTEXT = _ -> PlainSocketIo::new;

    /// Through TLS; one engine per connection.
    static Transports tls(Function<Connection, SSLEngine> engineOf) {
        return connection -> socket -> new TlsSocketIo(socket, engineOf.apply(connection), connection.pool());
    }

    Function<SocketChannel, SocketIo> ioOf(Connection connection);
}
