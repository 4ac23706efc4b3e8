package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.file.Path;

/// Bytes on disk are not what was written.
final class CorruptLogException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long segmentBaseOffset;

    CorruptLogException(Path file, long position, String reason) {
        super(file + " is damaged at position " + position + ": " + reason);
        this.segmentBaseOffset = SegmentFiles.number(String.valueOf(file.getFileName()), SegmentFiles.LOG)
                .orElse(-1);
    }

    /// Of the segment whose batches are damaged; -1 when it is another file.
    long segmentBaseOffset() {
        return segmentBaseOffset;
    }
}
