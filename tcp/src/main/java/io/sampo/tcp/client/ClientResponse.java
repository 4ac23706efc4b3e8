package io.sampo.tcp.client;

import io.sampo.tcp.connection.Frame;
import org.apache.kafka.common.requests.AbstractResponse;

/// A response and the buffer that its record batches are views of. Whoever gets it closes it, once.
///
/// @param body valid until `close`
public record ClientResponse(AbstractResponse body, Frame frame) implements AutoCloseable {

    @Override
    public void close() {
        frame.release();
    }
}
