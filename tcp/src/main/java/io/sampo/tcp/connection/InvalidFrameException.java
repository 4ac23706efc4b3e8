package io.sampo.tcp.connection;

import java.io.IOException;

/// The peer sent something that is not a frame, or one above the limit. The connection cannot go on: where the next
/// frame begins is unknown.
public final class InvalidFrameException extends IOException {

    private static final long serialVersionUID = 1L;

    public InvalidFrameException(String message) {
        super(message);
    }
}
