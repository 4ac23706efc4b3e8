package io.sampo.persistence.log;

import java.io.IOException;

/// A batch that was read is not what was written.
final class DamagedBatchException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long offset;

    /// @param offset where it lies in the log
    DamagedBatchException(long offset, String reason) {
        super("the batch at offset " + offset + " is damaged: " + reason);
        this.offset = offset;
    }

    long offset() {
        return offset;
    }
}
