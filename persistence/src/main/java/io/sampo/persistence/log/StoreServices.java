package io.sampo.persistence.log;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;

/// What all logs of one store share.
///
/// @param bootId of the operating system; empty when it is not known
/// @param background for removals; never for work that somebody waits for
record StoreServices(
        FileOps files,
        OpenFiles openFiles,
        IndexCache indexCache,
        InstantSource clock,
        String bootId,
        LogStoreSettings settings,
        DiskReserve reserve,
        ScheduledExecutorService background) {

    SegmentIndexes newIndexes(long baseOffset, int entries, int timeEntries) {
        return new SegmentIndexes(baseOffset, indexCache, entries, timeEntries);
    }

    Segment newSegment(Path directory, long baseOffset, boolean writable) {
        return new Segment(directory, baseOffset, writable, newIndexes(baseOffset, 0, 0));
    }
}
