package io.sampo.tcp.connection;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Where a connection's bytes come from, without waiting for them.
@FunctionalInterface
interface ByteSource {

    /// @return bytes put into `target`, 0 when none are there now, -1 when the peer closed its side
    int read(ByteBuffer target) throws IOException;
}
