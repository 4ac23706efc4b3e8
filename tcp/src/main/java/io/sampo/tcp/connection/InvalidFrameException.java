package io.sampo.tcp.connection;

import java.io.IOException;

/// The peer sent something that is not a frame, one above the limit, or one that is no request. The connection
/// cannot
/// go on: where the next
/// frame begins is unknown, or there is nothing to answer.
public final class InvalidFrameException extends IOException {

    private static final long serialVersionUID = 1L;

    public InvalidFrameException(String message) {
        super(message);
    }
}
