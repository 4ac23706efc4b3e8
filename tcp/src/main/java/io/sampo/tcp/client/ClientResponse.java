package io.sampo.tcp.client;

import io.sampo.tcp.connection.Frame;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.Nullable;

/// A response and the buffer that its record batches are views of. Whoever gets it closes it, once.
///
/// @param body valid until `close`
/// @param frame null when nothing was sent back: Produce with acks=0
public record ClientResponse(
        AbstractResponse body, @Nullable Frame frame) implements AutoCloseable {

    @Override
    public void close() {
        if (frame != null) {
            frame.release();
        }
    }
}
