package io.sampo.streams.connection;

import org.apache.kafka.common.errors.DisconnectException;

/// There was no connection: the request was certainly not sent.
final class UnreachableException extends DisconnectException {
    private static final long serialVersionUID = 1L;

    UnreachableException(String message) {
        super(message);
    }

    UnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
