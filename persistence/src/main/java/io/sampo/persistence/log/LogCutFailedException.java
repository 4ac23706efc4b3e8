package io.sampo.persistence.log;

import java.io.IOException;

/// A failed append could not be cut off again: the log is not what it says.
final class LogCutFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    LogCutFailedException(IOException cause) {
        super("a failed append could not be cut off again: " + DataDirectory.describe(cause), cause);
    }
}
