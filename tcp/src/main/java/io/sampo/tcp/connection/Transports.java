package io.sampo.tcp.connection;

import java.nio.channels.SocketChannel;
import java.util.function.Function;

/// How the bytes of a listener travel over an accepted socket.
@FunctionalInterface
public interface Transports {

    /// In the clear.
    Transports PLAINTEXT = _ -> PlainSocketIo::new;

    Function<SocketChannel, SocketIo> ioOf(Connection connection);
}
