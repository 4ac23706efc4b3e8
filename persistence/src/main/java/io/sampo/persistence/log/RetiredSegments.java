package io.sampo.persistence.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/// What happens to a segment that leaves the log: nobody writes, syncs or finds it any more; readers that hold it
/// read on.
///
/// Thread rule: under the lock of the log's segments, but for [#rename].
final class RetiredSegments {
    private final OpenFiles openFiles;
    private final SegmentSync syncing;
    private final AtomicLong renamed = new AtomicLong();

    RetiredSegments(OpenFiles openFiles, SegmentSync syncing) {
        this.openFiles = openFiles;
        this.syncing = syncing;
    }

    void retire(Segment segment) {
        segment.removed = true;
        syncing.forget(segment);
        segment.indexes.forget();
        openFiles.evict(segment.handle);
    }

    /// Renames its file, and drops its indexes: readers that still hold it find its bytes, nobody else does.
    void rename(Segment segment) throws IOException {
        Path log = segment.handle.path();
        Path deleted = SegmentFiles.sibling(log, "." + renamed.incrementAndGet() + SegmentFiles.DELETED);
        openFiles.rename(segment.handle, deleted);
        DirectoryContents.deleteIndexes(log);
    }

    static void delete(Segment segment) throws IOException {
        segment.handle.gone();
        DirectoryContents.deleteIndexes(segment.handle.path());
        Files.deleteIfExists(segment.handle.path());
    }
}
