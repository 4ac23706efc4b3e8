package io.sampo.streams.connection;

import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;

/// A broker's response and the memory that its record batches are views of. Whoever gets it closes it, once, when
/// nothing of it is needed any more.
///
/// @param body valid until `close`
/// @param release gives the memory back
public record Answer(AbstractResponse body, Runnable release) implements AutoCloseable {

    /// Whether the response, or any part of it, has this error.
    public boolean has(Errors error) {
        return body.errorCounts().containsKey(error);
    }

    /// @throws ClassCastException when another API was asked
    public <R extends AbstractResponse> R as(Class<R> type) {
        return type.cast(body);
    }

    @Override
    public void close() {
        release.run();
    }
}
