package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.file.Path;

/// Bytes on disk are not what was written.
final class CorruptLogException extends IOException {
    private static final long serialVersionUID = 1L;

    CorruptLogException(Path file, long position, String reason) {
        super(file + " is damaged at position " + position + ": " + reason);
    }
}
